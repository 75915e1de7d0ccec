"""Options of a protocol: a frozen dataclass, built and validated when a task is declared."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from harness.errors import ConfigError, suggestion

PLAIN = "int, float, bool, str, None, Literal, tuple, and unions of these"


@dataclass(frozen=True)
class NoOptions:
    """Options of a protocol that has none."""


class _Mismatch(Exception):
    """A value that is not of an annotated type."""


class _UnknownAnnotation(Exception):
    """An annotation that options cannot have."""


def build_options(kind: type, given: Mapping[str, Any], owner: str) -> Any:
    """Return the options of a task as an instance of `kind`; lists become tuples, whole numbers floats if declared.

    Args:
        kind: the protocol's dataclass of options; it raises ValueError for values out of range.
        owner: the task, as the message names it.

    Raises:
        ConfigError: an unknown or missing name, or a value of another type or out of range: which option, and what
            is allowed.
    """
    if not isinstance(given, Mapping):
        raise ConfigError(f"{owner}: options must map names to values, got {given!r:.80}.")
    known = {one.name: one for one in fields(kind)}
    for name in given:
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise ConfigError(f"{owner}: unknown option {name!r}{suggestion(str(name), known)} Allowed: {allowed}.")
    required = [n for n, one in known.items() if one.default is MISSING and one.default_factory is MISSING]
    if missing := [name for name in required if name not in given]:
        raise ConfigError(f"{owner}: needs the option{'s' * (len(missing) > 1)} {', '.join(missing)}.")
    try:
        return kind(**{name: _value(kind, name, value) for name, value in given.items()})
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{owner}: {error}") from error


def frozen(value: Any) -> Any:
    """Return lists, also nested ones, as tuples, since JSON turns tuples into lists."""
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value


def _value(kind: type, name: str, given: Any) -> Any:
    """Return the value of an option; raises TypeError with its annotation."""
    annotation = _annotations(kind)[name]
    shown = annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
    shown = shown.replace("typing.", "")
    try:
        return _typed(frozen(given), annotation)
    except _Mismatch:
        raise TypeError(f"option {name!r} must be {shown}, got {frozen(given)!r:.80}.") from None
    except _UnknownAnnotation:
        raise TypeError(f"option {name!r} is declared as {shown}; options are {PLAIN}.") from None


@cache
def _annotations(kind: type) -> dict[str, Any]:
    """Return the types of all fields, also where annotations are texts; raises TypeError."""
    try:
        return get_type_hints(kind)
    except Exception as error:  # an annotation may be any expression
        raise TypeError(f"the annotations of {kind.__qualname__} cannot be read: {error}") from error


def _typed(value: Any, annotation: Any) -> Any:
    """Return a value as an annotated type; raises _Mismatch or _UnknownAnnotation.

    A whole number becomes a float where one is declared, so that equal options have an equal identity.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return _of_union(value, sorted(arguments, key=lambda one: one is not float))
    if origin is Literal:
        for choice in arguments:
            if type(value) is type(choice) and value == choice:
                return choice
        raise _Mismatch
    if origin is tuple:
        if arguments[1:] == (...,):
            arguments = (arguments[0],) * len(value) if isinstance(value, tuple) else arguments
        if not isinstance(value, tuple) or len(value) != len(arguments):
            raise _Mismatch
        return tuple(map(_typed, value, arguments))
    if annotation not in (int, float, bool, str, None, NoneType):
        raise _UnknownAnnotation
    if annotation is float and type(value) in (int, float):
        return _number(value)
    if type(value) is (NoneType if annotation is None else annotation):
        return value
    raise _Mismatch


def _of_union(value: Any, alternatives: list[Any]) -> Any:
    for alternative in alternatives:
        try:
            return _typed(value, alternative)
        except _Mismatch:
            continue
    raise _Mismatch


def _number(value: float) -> float:
    """Return a number as a float; NaN, which equals no default, and numbers beyond a float are no options."""
    try:
        number = float(value)
    except OverflowError:
        raise _Mismatch from None
    if math.isnan(number):
        raise _Mismatch
    return number
