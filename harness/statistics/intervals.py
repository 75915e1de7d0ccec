"""Confidence intervals of one mean and of one proportion."""

import math
from dataclasses import replace

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


Bounds = tuple[float, float]
UNBOUNDED: Bounds = (-math.inf, math.inf)


def cut(interval: ConfidenceInterval, bounds: Bounds) -> ConfidenceInterval:
    """Return an interval without the values that its quantity cannot take."""
    return replace(interval, low=max(interval.low, bounds[0]), high=min(interval.high, bounds[1]))


def within_bounds(interval: ConfidenceInterval, bounds: Bounds) -> ConfidenceInterval:
    """Return a symmetric interval of a mean again, on a scale that keeps it within the bounds of its metric.

    With both bounds finite that is the logit: expit(logit m ± g), g = half / (m(1 − m)) for m as a share of the
    range; with one finite bound the logarithm of the distance to it. A mean on a bound keeps its interval, cut off.
    """
    low, high = bounds
    mean, half = interval.estimate, interval.high - interval.estimate
    if not interval.known or not low < mean < high:
        return cut(interval, bounds)
    if math.isfinite(low) and math.isfinite(high):
        share = (mean - low) / (high - low)
        growth = half / (high - low) / (share * (1 - share))
        ends = [low + (high - low) * _expit(math.log(share / (1 - share)) + g) for g in (-growth, growth)]
    elif math.isfinite(low):
        ends = [low + (mean - low) * _exp(g * half / (mean - low)) for g in (-1, 1)]
    elif math.isfinite(high):
        ends = [high - (high - mean) * _exp(g * half / (high - mean)) for g in (1, -1)]
    else:
        return interval
    return replace(interval, low=ends[0], high=ends[1])


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _exp(x: float) -> float:
    return math.exp(min(x, 700.0))


def binomial_floor(mean: float, deviation: float, n: int, items: int) -> tuple[float, float]:
    """Return mean and standard deviation of n shares of `items` each, kept from the certainty of equal runs.

    The mean keeps half an item of all n · items from 0 and 1; the deviation is at least that of counting `items`
    at random, with the mean an item away from 0 and 1.
    """
    edge = 1 / (n * items)
    counted = min(max(mean, edge), 1 - edge)
    floor = math.sqrt(counted * (1 - counted) / items)
    return min(max(mean, edge / 2), 1 - edge / 2), max(deviation, floor)


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
