"""Families, found by listing folders and entry points; and their declarations, by name.

Nothing heavy is imported: a family's declarations are light, its protocols are imported on use.
"""

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.contract.family import Family, ProtocolEntry
from harness.errors import DeclarationError, UnknownName
from harness.plugins import plugins

if TYPE_CHECKING:
    from harness.data.entry import DatasetEntry

ROOM = "harness.protocols"


@cache
def families() -> Mapping[str, Family]:
    """Return every family by name: ours, then those of installed packages, which cannot replace one of ours.

    A family of a package that repeats the name of a family, protocol or data set is left out and named on standard
    error.
    """
    found = [import_module(f"{ROOM}.{name}.family").FAMILY for name in folders(ROOM, "family")]
    known: dict[str, Family] = {family.name: family for family in found}
    for _, family in plugins("bench.families", Family):
        taken = _names(known.values()) & _names([family])
        if taken:
            kind, name = sorted(taken)[0]
            print(
                f"bench: family {family.name!r} left out: another family has the {kind} {name!r}", file=sys.stderr
            )
        else:
            known[family.name] = family
    return known


def _names(found: Iterable[Family]) -> set[tuple[str, str]]:
    names = {("name", family.name) for family in found}
    names |= {("protocol", entry.name) for family in found for entry in family.protocols}
    return names | {("data set", entry.name) for family in found for entry in family.datasets}


def folders(package: str, module: str) -> list[str]:
    """Return the names of a package's folders that hold a module, in alphabetic order."""
    places = import_module(package).__path__
    return sorted(file.parent.name for place in places for file in Path(place).glob(f"*/{module}.py"))


@cache
def protocol_entries() -> Mapping[str, ProtocolEntry]:
    """Return the declaration of every protocol by name."""
    return _by_name("protocol", "protocols")


def _by_name(kind: str, attribute: str) -> dict[str, Any]:
    """Return the declarations of families by name; raises DeclarationError where two of ours declare one name."""
    known: dict[str, Any] = {}
    for family in families().values():
        for entry in getattr(family, attribute):
            if entry.name in known:
                raise DeclarationError(f"{kind} {entry.name!r} is declared twice, again in family {family.name!r}")
            known[entry.name] = entry
    return known


def protocol_entry(name: str) -> ProtocolEntry:
    """Return the declaration of a protocol; raises UnknownName."""
    known = protocol_entries()
    if name not in known:
        raise UnknownName("protocol", name, known, listing="bench list protocols")
    return known[name]


@cache
def dataset_entries() -> "Mapping[str, DatasetEntry]":
    """Return the entry of every data set by name."""
    return _by_name("data set", "datasets")


def dataset_entry(name: str) -> "DatasetEntry":
    """Return the entry of a data set; raises UnknownName."""
    known = dataset_entries()
    if name not in known:
        raise UnknownName("data set", name, known, listing="bench list datasets")
    return known[name]
