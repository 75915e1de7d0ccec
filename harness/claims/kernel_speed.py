"""Time ratios of kernels for claims, from the records of timing processes: one part a case, one unit a process."""

import math
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

from harness import catalog
from harness.claims.quantities import KernelSpeed
from harness.errors import UnknownName
from harness.statistics import TTest, paired_t, plural

if TYPE_CHECKING:
    from harness.kernels.results import CaseBoard, KernelBoard
    from harness.store import RunStore


def speeds(store: "RunStore", quantity: KernelSpeed, profile: str) -> Iterator[tuple[str, TTest | None, str]]:
    """Yield (case, log10 of the time ratio, remark) for each case that the quantity's glob matches.

    The ratio of a process is that of the board, paired by round. It is None, with the reason as remark, if a side
    was not timed or failed. Nothing is yielded if no case matches or none was measured.

    Raises:
        UnknownName: no such kernel or implementation.
    """
    from harness.kernels.results import kernel_board

    kernel = catalog.kernel(quantity.kernel)
    names = [entry.name for entry in kernel.implementations]
    for name in (quantity.implementation or kernel.headline, quantity.against):
        if name not in names:
            raise UnknownName(f"implementation of {quantity.kernel}", name, names, listing="bench kernels --list")
    cases = [case.name for case in kernel.cases(profile) if fnmatchcase(case.name, quantity.case)]
    entries = store.entries(tasks=[f"{quantity.kernel}:{case}" for case in cases], profile=profile)
    board = kernel_board(quantity.kernel, kernel, profile, entries)
    if board is not None:
        for case in board.cases:
            yield case.case.name, *_ratio(board, case, quantity)


def _ratio(board: "KernelBoard", case: "CaseBoard", quantity: KernelSpeed) -> tuple[TTest | None, str]:
    from harness.kernels.ratios import log_ratio

    threads = quantity.threads or max(board.threads, default=1)
    found = []
    for name in (quantity.implementation or board.kernel.headline, quantity.against):
        row = case.row(name)
        timing = row.timings.get(threads) if row else None
        if timing is None:
            reason = row.reason if row and row.reason else "not timed"
            return None, f"{name}: {reason} ({plural(threads, 'thread')})"
        found.append(timing.by_round)
    ours, theirs = found
    shared = sorted(set(ours) & set(theirs))
    if not shared:
        return None, "no process timed both"
    logs = np.array([log_ratio(ours[process], theirs[process]) for process in shared]) / math.log(10)
    return paired_t(logs, unit="process", over=plural(len(shared), "process")), ""
