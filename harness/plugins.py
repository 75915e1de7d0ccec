"""Declarations that installed packages add by entry point; a broken one is named on standard error and left out."""

import sys
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def plugins(group: str, kind: type[T]) -> Iterator[tuple[str, T]]:
    """Yield the name and the declaration of each entry point of a group that is a `kind`."""
    for point in entry_points(group):
        package = point.dist.name if point.dist else "an installed package"
        try:
            loaded = point.load()
        except (Exception, SystemExit) as error:
            fault = f"{type(error).__name__}: {error}"
        else:
            if isinstance(loaded, kind):
                yield point.name, loaded
                continue
            fault = f"expected a {kind.__name__}, got {type(loaded).__name__}"
        print(f"bench: {group} {point.name!r} of {package} left out: {fault}", file=sys.stderr)


def entry_points(group: str) -> Iterable[Any]:
    """Return the entry points of a group, also where the metadata of some installed package is damaged."""
    try:
        return _installed().select(group=group)
    except Exception:  # any error of a damaged file of an installed package
        return [point for point in _sound_entry_points() if point.group == group]


@cache
def _installed() -> Any:
    from importlib.metadata import entry_points as installed

    return installed()


@cache
def _sound_entry_points() -> tuple[Any, ...]:
    """Return the entry points of every package that can be read; name the others on standard error."""
    from importlib.metadata import distributions

    found: list[Any] = []
    for distribution in distributions():
        try:
            found += distribution.entry_points
        except Exception as error:
            place = getattr(distribution, "_path", "an installed package")
            fault = f"{type(error).__name__}: {error}"
            print(f"bench: the entry points in {place} are left out: {fault}", file=sys.stderr)
    return tuple(found)
