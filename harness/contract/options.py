"""Options of a protocol: a frozen dataclass, built and validated when a task is declared."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, get_args, get_origin

from harness.errors import ConfigError, suggestion


@dataclass(frozen=True)
class NoOptions:
    """Options of a protocol that has none."""


def build_options(kind: type, given: Mapping[str, Any], owner: str) -> Any:
    """Return the options of a task as an instance of `kind`; lists become tuples.

    Args:
        kind: the protocol's dataclass of options; it raises ValueError for values out of range.
        owner: the task, as the message names it.

    Raises:
        ConfigError: an unknown or missing name, or a value of another type or out of range: which option, and what
            is allowed.
    """
    known = {one.name: one for one in fields(kind)}
    for name in given:
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise ConfigError(f"{owner}: unknown option {name!r}{suggestion(name, known)} Allowed: {allowed}.")
    required = [n for n, one in known.items() if one.default is MISSING and one.default_factory is MISSING]
    if missing := [name for name in required if name not in given]:
        raise ConfigError(f"{owner}: needs the option{'s' * (len(missing) > 1)} {', '.join(missing)}.")
    values = {name: frozen(value) for name, value in given.items()}
    for name, value in values.items():
        annotation: Any = known[name].type
        if not _fits(value, annotation):
            expected = annotation if get_args(annotation) else annotation.__name__
            raise ConfigError(f"{owner}: option {name!r} must be {expected}, got {value!r}.")
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{owner}: {error}") from error


def frozen(value: Any) -> Any:
    """Return lists, also nested ones, as tuples, since JSON turns tuples into lists."""
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value


def _fits(value: Any, annotation: Any) -> bool:
    """Return whether a value is of a plain annotated type; other annotations fit any value."""
    if annotation in (int, float):
        return isinstance(value, int | annotation) and not isinstance(value, bool)
    if annotation in (bool, str):
        return isinstance(value, annotation)
    if get_origin(annotation) is tuple and get_args(annotation)[1:] == (...,):
        return isinstance(value, tuple) and all(_fits(item, get_args(annotation)[0]) for item in value)
    return True
