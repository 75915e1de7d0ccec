"""The ratio of two implementations in one process, by which board, claims and regression gate all judge."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.kernels.clock import paired_log_ratio


def rounds_of(found: Mapping[str, Any] | None, count: int) -> dict[int, float]:
    """Return round -> seconds that a process found of an implementation at a number of threads.

    One that is not threaded is timed at one thread only; nothing stands in for it at more.
    """
    if not found:
        return {}
    return dict(zip(found["rounds"].get(str(count), ()), found["seconds"].get(str(count), ()), strict=True))


def log_ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> float:
    """Return log(their time / our time), paired by round; of the medians where they share none.

    That is so where one call of theirs is as long as the whole budget and ours too short for a single sample.
    """
    paired = paired_log_ratio(ours, theirs)
    if math.isfinite(paired):
        return paired
    return math.log(float(np.median(list(theirs.values()))) / float(np.median(list(ours.values()))))
