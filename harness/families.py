"""The families that exist, found by listing folders and entry points; and what they declare, by name.

Nothing heavy is imported: a family's declarations are light, its protocols are imported on use.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.family import Family, ProtocolEntry
from harness.errors import UnknownName
from harness.plugins import plugins

if TYPE_CHECKING:
    from harness.data.entry import DatasetEntry

ROOM = "harness.protocols"


@cache
def families() -> Mapping[str, Family]:
    """Return every family by name: ours, then those of installed packages, which cannot replace one of ours."""
    found = [import_module(f"{ROOM}.{name}.family").FAMILY for name in folders(ROOM, "family")]
    known: dict[str, Family] = {family.name: family for family in found}
    for _, family in plugins("bench.families", Family):
        known.setdefault(family.name, family)
    return known


def folders(package: str, module: str) -> list[str]:
    """Return the names of a package's folders that hold a module, in alphabetic order."""
    places = import_module(package).__path__
    return sorted(file.parent.name for place in places for file in Path(place).glob(f"*/{module}.py"))


@cache
def protocol_entries() -> Mapping[str, ProtocolEntry]:
    """Return the declaration of every protocol by name; a package cannot replace one of ours."""
    known: dict[str, ProtocolEntry] = {}
    for family in families().values():
        for entry in family.protocols:
            known.setdefault(entry.name, entry)
    return known


def protocol_entry(name: str) -> ProtocolEntry:
    """Return the declaration of a protocol; raises UnknownName."""
    known = protocol_entries()
    if name not in known:
        raise UnknownName("protocol", name, known, listing="bench list protocols")
    return known[name]


@cache
def dataset_entries() -> "Mapping[str, DatasetEntry]":
    """Return the entry of every data set by name; a package cannot replace one of ours."""
    known: dict[str, DatasetEntry] = {}
    for family in families().values():
        for entry in family.datasets:
            known.setdefault(entry.name, entry)
    return known
