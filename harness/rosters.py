"""Rosters: all contenders and kernels, ours first, then those of installed packages.

A roster is ``ROSTER`` in the module ``roster`` of a folder of `methods` or `baselines`; a package adds one in the
entry point group ``bench.rosters``. No contender and no kernel is imported.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from harness.contract.roster import ContenderEntry, KernelEntry, Roster
from harness.declared import by_name, declared, extended
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
    pointed = (
        (f"{point.group} {point.name!r}", ContenderEntry(point.name, name, "plug-in", _origin(point), point.value))
        for name in protocols
        for point in entry_points(f"bench.contenders.{name.replace('-', '_')}")
    )
    rostered = ((origin, entry) for origin, roster in _of_packages() for entry in roster.contenders)
    return extended("contender", known, chain(rostered, pointed))


def kernels() -> dict[str, KernelEntry]:
    """Return every kernel by name: ours, then those of packages, which cannot replace one of ours.

    Raises:
        DeclarationError: two of our rosters have a kernel of the same name.
    """
    known = by_name("kernel", ((place, entry) for place, roster in _ours() for entry in roster.kernels))
    pointed = (
        (f"bench.kernels {point.name!r}", KernelEntry(point.name, _origin(point), point.value))
        for point in entry_points("bench.kernels")
    )
    rostered = ((origin, entry) for origin, roster in _of_packages() for entry in roster.kernels)
    return extended("kernel", known, chain(rostered, pointed))


def _of_packages() -> Iterator[tuple[str, Roster]]:
    for name, roster in plugins("bench.rosters", Roster):
        yield f"bench.rosters {name!r}", roster


def _ours() -> Iterator[tuple[str, Roster]]:
    for room in ROOMS:
        yield from declared(room, "roster", "ROSTER")


def _origin(point: Any) -> str:
    return f"from {point.dist.name}" if point.dist else "plug-in"
