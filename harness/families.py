"""The families that exist, found by listing folders and entry points; and what they declare, by name.

Nothing heavy is imported: a family's declarations are light, its protocols are imported on use.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from harness.contract.family import Family, ProtocolEntry
from harness.errors import UnknownName, UsageError
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
    """Return the declaration of every protocol by name."""
    return {entry.name: entry for family in families().values() for entry in family.protocols}


def protocol_entry(name: str) -> ProtocolEntry:
    """Return the declaration of a protocol; raises UnknownName."""
    known = protocol_entries()
    if name not in known:
        raise UnknownName("protocol", name, known, listing="bench list protocols")
    return known[name]


@cache
def dataset_entries() -> "Mapping[str, DatasetEntry]":
    """Return the entry of every data set by name.

    Raises:
        UsageError: two families declare one name.
    """
    known: dict[str, DatasetEntry] = {}
    owners: dict[str, str] = {}
    for family in families().values():
        for entry in family.datasets:
            if entry.name in known:
                raise UsageError(
                    f"the families {owners[entry.name]!r} and {family.name!r} declare a data set {entry.name!r}; "
                    f"expected one name for one data set. Rename one, or uninstall the package of one family."
                )
            known[entry.name], owners[entry.name] = entry, family.name
    return known


def dataset_entry(name: str) -> "DatasetEntry":
    """Return the entry of a data set; raises UnknownName."""
    known = dataset_entries()
    if name not in known:
        raise UnknownName("data set", name, known, listing="bench list datasets")
    return known[name]
