"""Log times relative to the peers that ran beside them, from the records of timing processes.

The log time is the interquartile mean over peers of log(our time / peer's time), each the median over common
rounds: one peer that was disturbed, or has a new version, moves it little. Only peers that every process of both
sides timed count. A case without such a peer uses the plain reference, and the report names it; since the reference
is part of this project, it may have changed as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.kernels.contract import Kernel
from harness.kernels.ratios import log_ratio, rounds_of
from harness.trial import Record

Processes = Mapping[int, Record]
"""Process -> its record of one case."""


@dataclass(frozen=True)
class Yardstick:
    """Implementations that times are relative to; `role` is *peer*, or *reference* where there is no peer."""

    names: tuple[str, ...]
    role: str


def yardstick(kernel: Kernel, count: int, sides: Sequence[Processes]) -> Yardstick | None:
    """Return the peers that all processes of all `sides` timed with `count` threads; None if there are none."""
    for role in ("peer", "reference"):
        named = tuple(
            entry.name
            for entry in kernel.implementations
            if entry.role == role and all(_rounds(r, entry.name, count) for side in sides for r in side.values())
        )
        if named:
            return Yardstick(named, role)
    return None


def log_times(name: str, count: int, against: Yardstick, processes: Processes) -> list[float]:
    """Return log(time of `name` / time of the yardstick) of each process that timed it with `count` threads."""
    from scipy.stats import trim_mean

    found = []
    for _, record in sorted(processes.items()):
        ours = _rounds(record, name, count)
        if ours:
            ratios = [log_ratio(_rounds(record, peer, count), ours) for peer in against.names]
            found.append(float(trim_mean(ratios, 0.25)))
    return found


def thread_counts(name: str, processes: Processes) -> list[int]:
    """Return the numbers of threads at which any process timed `name`."""
    counts = {
        int(n) for record in processes.values() for n, t in finding(record, name).get("seconds", {}).items() if t
    }
    return sorted(counts)


def finding(record: Record, name: str) -> Mapping[str, Any]:
    """Return the finding of a process on an implementation; empty if there is none."""
    found: Mapping[str, Any] = record.facts.get("findings", {}).get(name, {})
    return found


def _rounds(record: Record, name: str, count: int) -> dict[int, float]:
    """Return round -> seconds of an implementation at a number of threads."""
    found = finding(record, name)
    if found.get("state") != "timed":
        return {}
    return rounds_of(found, count)
