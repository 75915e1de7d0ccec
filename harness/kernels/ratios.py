"""The ratio of two implementations in one process, for boards, claims and the regression gate."""

import math
from collections.abc import Mapping
from statistics import median  # `numpy.median` imports `numpy.ma`, a tenth of the start of a command
from typing import Any


def rounds_of(found: Mapping[str, Any] | None, count: int) -> dict[int, float]:
    """Return round -> seconds of an implementation at a number of threads, from the finding of one process.

    An implementation that is not threaded has rounds at one thread only.
    """
    if not found:
        return {}
    return dict(zip(found["rounds"].get(str(count), ()), found["seconds"].get(str(count), ()), strict=True))


def log_ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> float:
    """Return the median over common rounds of log(their time / our time); without any, the log ratio of medians.

    They share no round where one call of theirs is as long as the whole budget and ours too short for one sample.
    """
    common = sorted(set(ours) & set(theirs))
    if common:
        return median(math.log(theirs[r] / ours[r]) for r in common)
    return math.log(median(theirs.values()) / median(ours.values()))
