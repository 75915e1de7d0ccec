"""Families, found by listing folders and entry points; and their declarations, by name.

Nothing heavy is imported: a family's declarations are light, its protocols are imported on use.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.contract.family import Family, ProtocolEntry
from harness.errors import DeclarationError, UnknownName, suggestion
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
    ours = {name: import_module(f"{ROOM}.{name}.family").FAMILY for name in folders(ROOM, "family")}
    known: dict[str, Family] = {family.name: family for family in ours.values()}
    for _, family in plugins("bench.families", Family):
        taken = set(_names(known.values()))
        try:
            own = list(_names([family]))
        except (AttributeError, TypeError) as error:
            _left_out(f"family {family.name!r}", f"it declares what is no protocol or data set ({error})")
            continue
        clashes = sorted(taken & set(own))
        if clashes:
            kind, name = clashes[0]
            _left_out(f"family {family.name!r}", f"another family has the {kind} {name!r}")
        elif repeated := sorted({pair for pair in own if own.count(pair) > 1}):
            kind, name = repeated[0]
            _left_out(f"family {family.name!r}", f"it declares the {kind} {name!r} twice")
        else:
            known[family.name] = family
    return _with_sound_datasets(known, {family.name for family in ours.values()})


def _with_sound_datasets(known: dict[str, Family], ours: Set[str]) -> dict[str, Family]:
    """Return families without the data sets whose declaration is at fault; each is named on standard error.

    Raises:
        DeclarationError: one of ours is at fault.
    """
    sound = dict(known)
    while True:
        entries = {entry.name: entry for family in sound.values() for entry in family.datasets}
        faults = {
            name: fault for name, entry in entries.items() if (fault := entry.fault or _base_fault(entry, entries))
        }
        if not faults:
            return sound
        for family in sound.values():
            for entry in family.datasets:
                if entry.name not in faults:
                    continue
                place = f"data set {entry.name!r} of family {family.name!r}"
                if family.name in ours:
                    raise DeclarationError(f"{place}: {faults[entry.name]}")
                _left_out(place, faults[entry.name])
        sound = {
            name: replace(family, datasets=tuple(one for one in family.datasets if one.name not in faults))
            for name, family in sound.items()
        }


def _base_fault(entry: "DatasetEntry", entries: "Mapping[str, DatasetEntry]") -> str:
    """Return why the base of a data set, the base of that, and so on, end in no data set; "" if they do."""
    seen, base = [entry.name], entry.base
    while base:
        if base in seen:
            return f"it is computed from itself: {' from '.join([*seen, base])}"
        if base not in entries:
            return f"its base {base!r} is unknown{suggestion(base, entries)}" if len(seen) == 1 else ""
        seen.append(base)
        base = entries[base].base
    return ""


def _left_out(place: str, fault: str) -> None:
    print(f"bench: {place} left out: {fault}", file=sys.stderr)


def _names(found: Iterable[Family]) -> Iterator[tuple[str, str]]:
    for family in found:
        yield "name", family.name
        yield from (("protocol", entry.name) for entry in family.protocols)
        yield from (("data set", entry.name) for entry in family.datasets)


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
