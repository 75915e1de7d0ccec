"""Speed as a ratio of times measured side by side; the unit is the process, whose rounds are not independent."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.bootstrap import bootstrap_interval
from harness.statistics.intervals import finite_sample, plural, t_interval
from harness.statistics.results import Interval
from harness.statistics.student import check_probability, normal_quantile

Times = Sequence[float] | Sequence[Sequence[float]] | np.ndarray


def process_log_ratios(times_a: Times, times_b: Times) -> np.ndarray:
    """Return for each process the mean over its interleaved rounds of log(t_B / t_A), shape (processes,).

    Args:
        times_a, times_b: seconds; one number a process, or a row of rounds a process. Rounds are paired in order.

    Raises:
        ValueError: processes or rounds that do not match, or times that are not positive and finite.
    """
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


def speed_ratio(
    times_a: Times,
    times_b: Times,
    *,
    level: float = 0.95,
    rng: np.random.Generator | None = None,
    resamples: int = 10_000,
) -> Interval:
    """Return t_B / t_A, how many times faster A is than B, as a geometric mean over processes with its interval.

    The interval is Student's over the processes' log ratios, or with `rng` the percentile bootstrap of processes,
    which is too short for fewer than 20. For a one-sided bound at 99.8 % ask for level 0.996.

    Raises:
        ValueError: processes or rounds that do not match, or times that are not positive and finite.
    """
    logs = process_log_ratios(times_a, times_b)
    if rng is None:
        interval, method = t_interval(logs, level=level), "t interval of log ratios"
    else:
        interval = bootstrap_interval(logs, rng, resamples=resamples, level=level)
        method = "bootstrap of log ratios"
    return _exponentiate(interval, method)


def median_speed_ratio(
    times_a: Times,
    times_b: Times,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    resamples: int = 10_000,
) -> Interval:
    """Return the median over processes of t_B / t_A with its bootstrap interval: robust to a disturbed process.

    Raises:
        ValueError: fewer than 2 processes, ones that do not match, or times that are not positive and finite.
    """
    ratios = np.exp(process_log_ratios(times_a, times_b))
    interval = bootstrap_interval(
        ratios, rng, statistic=lambda x: np.median(x, axis=-1), resamples=resamples, level=level
    )
    return replace(interval, method="bootstrap of median ratio", over=plural(len(ratios), "process"))


def _exponentiate(interval: Interval, method: str) -> Interval:
    estimate, low, high = (math.exp(x) for x in (interval.estimate, interval.low, interval.high))
    return Interval(estimate, low, high, interval.level, method, interval.n, plural(interval.n, "process"))


def processes_needed(relative_deviation: float, *, precision: float = 0.005, level: float = 0.95) -> int:
    """Return the processes that pin a mean time to ± `precision`, both relative to it: ⌈(z σ / precision)²⌉.

    `relative_deviation` is the standard deviation between processes divided by the mean (the rule of pyperf).
    """
    for name, value in (("relative_deviation", relative_deviation), ("precision", precision)):
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be positive and finite, got {value!r}")
    z = normal_quantile(0.5 + check_probability("level", level) / 2)
    return math.ceil((z * relative_deviation / precision) ** 2)


def threshold_false_alarm(threshold: float, relative_deviation: float) -> float:
    """Return how often one time exceeds another by `threshold` (0.05 = 5 %) though nothing changed.

    Both are single samples with normal noise of `relative_deviation`: a CI gate needs a test, not a threshold.
    """
    if not (0 <= threshold < math.inf and 0 < relative_deviation < math.inf):
        raise ValueError(
            f"need threshold >= 0 and relative_deviation > 0, got {threshold!r} and {relative_deviation!r}"
        )
    return math.erfc(math.log1p(threshold) / (2 * relative_deviation)) / 2


def relative_deviation(times: ArrayLike) -> float:
    """Return the standard deviation of one time a process divided by their mean.

    Raises:
        ValueError: fewer than 2 times, or times that are not positive and finite.
    """
    sample = finite_sample("times", times, 2)
    if sample.min() <= 0:
        raise ValueError(f"times must be positive seconds, got {sample.min()}")
    return float(sample.std(ddof=1) / sample.mean())
