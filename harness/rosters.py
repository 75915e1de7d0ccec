"""Rosters: all contenders and kernels, ours first, then those of installed packages.

A roster is ``ROSTER`` in the module ``roster`` of a folder of `methods` or `baselines`; a package adds one in the
entry point group ``bench.rosters``. No contender and no kernel is imported.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from harness.contract.roster import ContenderEntry, KernelEntry, Roster
from harness.declared import by_name, declared
from harness.plugins import entry_points, plugins

ROOMS = ("methods", "baselines")


def contenders(protocols: Iterable[str]) -> dict[str, ContenderEntry]:
    """Return every contender by name: ours, then those of packages, which cannot replace one of ours.

    Args:
        protocols: names of all protocols; a package adds a contender of one in ``bench.contenders.<protocol>``.

    Raises:
        DeclarationError: two of our rosters have a contender of the same name.
    """
    known = by_name("contender", ((place, entry) for place, roster in _ours() for entry in roster.contenders))
    for _, roster in plugins("bench.rosters", Roster):
        for entry in roster.contenders:
            known.setdefault(entry.name, entry)
    for protocol in protocols:
        for point in entry_points(f"bench.contenders.{protocol.replace('-', '_')}"):
            added = ContenderEntry(point.name, protocol, "plug-in", _origin(point), point.value)
            known.setdefault(point.name, added)
    return known


def kernels() -> dict[str, KernelEntry]:
    """Return every kernel by name: ours, then those of packages, which cannot replace one of ours.

    Raises:
        DeclarationError: two of our rosters have a kernel of the same name.
    """
    known = by_name("kernel", ((place, entry) for place, roster in _ours() for entry in roster.kernels))
    for _, roster in plugins("bench.rosters", Roster):
        for entry in roster.kernels:
            known.setdefault(entry.name, entry)
    for point in entry_points("bench.kernels"):
        known.setdefault(point.name, KernelEntry(point.name, _origin(point), point.value))
    return known


def _ours() -> Iterator[tuple[str, Roster]]:
    for room in ROOMS:
        yield from declared(room, "roster", "ROSTER")


def _origin(point: Any) -> str:
    return f"from {point.dist.name}" if point.dist else "plug-in"
