"""Verdicts on the declared targets of a kernel."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from harness.kernels.contract import Target
from harness.kernels.results import CaseBoard, KernelBoard
from harness.statistics import ConfidenceInterval, speed_ratio


@dataclass(frozen=True)
class TargetVerdict:
    """Whether a target is met on a case: *met*, *missed*, *open* or *not measured*.

    Attributes:
        figure: the measured value with its interval where there is one.
    """

    target: Target
    case: str
    word: str
    figure: float
    interval: ConfidenceInterval | None = None


def verdicts(board: KernelBoard) -> Iterable[TargetVerdict]:
    """Judge every declared target on every case that its glob matches; one that matches none is not measured."""
    for target in board.kernel.targets:
        matching = [c for c in board.cases if fnmatchcase(c.case.name, target.case)]
        if not matching:
            yield TargetVerdict(target, target.case, "not measured", math.nan)
        for case in matching:
            figure, interval, why = _figure(board, case, target)
            yield TargetVerdict(target, case.case.name, why or _word(target, figure, interval), figure, interval)


def _figure(board: KernelBoard, case: CaseBoard, target: Target) -> tuple[float, ConfidenceInterval | None, str]:
    """Return the measured figure of a target, its interval, and why it cannot be judged ('' if it can)."""
    row = case.row(target.name or board.kernel.headline)
    count = target.threads or max(board.threads, default=1)
    timing = row.timings.get(count) if row else None
    if row is None or timing is None:
        return math.nan, None, "not measured"
    if target.measure == "ratio":
        return _ratio(case, target, count)
    if target.measure == "scaling":
        if row.scaling is None:
            return math.nan, None, "not measured"
        return row.scaling.estimate, row.scaling, ""
    if target.measure == "memory":
        return row.peak_bytes / 2**20, None, "" if math.isfinite(row.peak_bytes) else "not measured"
    if target.measure == "quality":
        figure = row.quality.get(target.quality, math.nan)
        return figure, None, "" if math.isfinite(figure) else "not measured"
    if target.measure == "limit":
        return timing.limit, None, ""
    return timing.seconds, None, ""


def _ratio(case: CaseBoard, target: Target, count: int) -> tuple[float, ConfidenceInterval | None, str]:
    """Return time of the peer / time of the target's implementation: both are known relative to the headline."""
    other = case.row(target.against)
    theirs = other.timings.get(count) if other else None
    if theirs is None:
        return math.nan, None, "not measured"
    if not target.name:
        if theirs.ratio is None:
            return math.nan, None, "not measured"
        return theirs.ratio.estimate, theirs.ratio, ""
    mine = case.row(target.name)
    assert mine is not None
    ours = mine.timings[count].samples
    common = sorted(set(ours) & set(theirs.samples))
    interval = speed_ratio([ours[p] for p in common], [theirs.samples[p] for p in common])
    return interval.estimate, interval, ""


def _word(target: Target, figure: float, interval: ConfidenceInterval | None) -> str:
    """Return *met* where the whole interval is on the good side, *missed* where it is on the other."""
    low, high = (interval.low, interval.high) if interval is not None and interval.known else (figure, figure)
    if target.at_least is not None:
        return "met" if low >= target.at_least else "missed" if high < target.at_least else "open"
    assert target.at_most is not None
    return "met" if high <= target.at_most else "missed" if low > target.at_most else "open"
