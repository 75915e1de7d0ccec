"""Confidence intervals of one mean and of one proportion."""

import math

from numpy.typing import ArrayLike

from harness.statistics.results import LEVEL, ConfidenceInterval, interval_from_error
from harness.statistics.samples import finite_sample, standard_error
from harness.statistics.student import normal_quantile


def plural(count: int, noun: str) -> str:
    """Return "1 fold", "10 folds", "2 processes"."""
    ending = "" if count == 1 else "es" if noun.endswith("s") else "s"
    return f"{count} {noun}{ending}"


def t_interval(values: ArrayLike, *, unit: str = "value") -> ConfidenceInterval:
    """Return the mean of independent `values` with its 95 % Student t interval.

    A single value gives an infinite interval. Below 20 runs use this interval: the percentile bootstrap of a mean
    covers 76 % instead of 95 % for 3 runs, 84 % for 5 and 90 % for 10 (normal data).

    Raises:
        ValueError: no values, or values that are not finite.
    """
    sample = finite_sample("values", values)
    n = len(sample)
    return interval_from_error(
        float(sample.mean()), standard_error(sample), n - 1, "t interval", n, plural(n, unit)
    )


def wilson_interval(successes: int, n: int) -> ConfidenceInterval:
    """Return a proportion with Wilson's 95 % score interval (Wilson, 1927).

    Raises:
        ValueError: `n` is not positive or `successes` is not within 0..n.
    """
    # `scipy.stats.binomtest(...).proportion_ci` returns the same; importing it would double the time of a command.
    if n <= 0 or not 0 <= successes <= n:
        raise ValueError(f"need 0 <= successes <= n and n > 0, got successes={successes!r}, n={n!r}")
    z = normal_quantile(0.5 + LEVEL / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return ConfidenceInterval(share, low, high, LEVEL, "Wilson interval", n, plural(n, "item"))
