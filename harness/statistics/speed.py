"""Speed as a ratio of times measured side by side; the unit is the process, whose rounds are not independent."""

import math
from collections.abc import Sequence

import numpy as np

from harness.statistics.intervals import plural, t_interval
from harness.statistics.results import ConfidenceInterval
from harness.statistics.samples import finite_sample

Times = Sequence[float] | Sequence[Sequence[float]] | np.ndarray


def speed_ratio(times_a: Times, times_b: Times) -> ConfidenceInterval:
    """Return t_B / t_A, the speed of A relative to B, as a geometric mean over processes with its 95 % interval.

    The interval is Student's over the processes' mean log ratios.

    Args:
        times_a, times_b: seconds; one number a process, or a row of interleaved rounds a process, paired in order.

    Raises:
        ValueError: processes or rounds that do not match, or times that are not positive and finite.
    """
    logs = t_interval(_log_ratios(times_a, times_b))
    estimate, low, high = (math.exp(x) for x in (logs.estimate, logs.low, logs.high))
    over = plural(logs.n, "process")
    return ConfidenceInterval(estimate, low, high, logs.level, "t interval of log ratios", logs.n, over)


def _log_ratios(times_a: Times, times_b: Times) -> np.ndarray:
    """Return for each process the mean over its rounds of log(t_B / t_A), shape (processes,)."""
    if len(times_a) != len(times_b) or not len(times_a):
        raise ValueError(f"need as many processes of A as of B, at least 1; got {len(times_a)} and {len(times_b)}")
    ratios = []
    for process, (a, b) in enumerate(zip(times_a, times_b, strict=True)):
        x, y = (finite_sample("times", np.atleast_1d(np.asarray(t, dtype=np.float64))) for t in (a, b))
        if len(x) != len(y):
            raise ValueError(f"process {process} has {len(x)} rounds of A but {len(y)} of B")
        if min(x.min(), y.min()) <= 0:
            raise ValueError(f"times must be positive seconds, got {min(x.min(), y.min())} in process {process}")
        ratios.append(float(np.mean(np.log(y / x))))
    return np.array(ratios)
