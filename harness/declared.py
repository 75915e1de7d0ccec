"""Declarations in our folders: in each, a light module of the same name with a value of the same name."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Protocol, TypeVar

from harness.errors import DeclarationError
from harness.families import folders


class Named(Protocol):
    """A declaration with a name."""

    @property
    def name(self) -> str:
        """The name."""


Declaration = TypeVar("Declaration", bound=Named)


def declared(room: str, module: str, attribute: str) -> Iterator[tuple[str, Any]]:
    """Yield the attribute of each folder's module, with the name of the module, in alphabetic order."""
    for folder in folders(room, module):
        place = f"{room}.{folder}.{module}"
        yield place, getattr(import_module(place), attribute)


def by_name(kind: str, found: Iterable[tuple[str, Declaration]]) -> dict[str, Declaration]:
    """Return declarations by name, given each with the name of its module.

    Raises:
        DeclarationError: two have the same name.
    """
    known: dict[str, Declaration] = {}
    places: dict[str, str] = {}
    for place, entry in found:
        if entry.name in known:
            raise DeclarationError(
                f"{kind} {entry.name!r} is declared twice, in {places[entry.name]} and {place}: rename one of them"
            )
        known[entry.name], places[entry.name] = entry, place
    return known


def extended(
    kind: str, known: Mapping[str, Declaration], added: Iterable[tuple[str, Declaration]]
) -> dict[str, Declaration]:
    """Return declarations by name with those of packages added, each given with its origin.

    A declaration that equals the known one of its name is that one; another of the same name is left out and named
    on standard error.
    """
    found = dict(known)
    for origin, entry in added:
        if found.setdefault(entry.name, entry) != entry:
            print(
                f"bench: {kind} {entry.name!r} of {origin} left out: another {kind} has this name", file=sys.stderr
            )
    return found
