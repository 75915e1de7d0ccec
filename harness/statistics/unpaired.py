"""Tests of two independent samples of runs, and the probability that one is better."""

import math

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.bootstrap import resample_indices
from harness.statistics.intervals import finite_sample, plural, standard_deviation
from harness.statistics.results import Comparison, Interval, interval_from_error, one_sided_p
from harness.statistics.student import check_probability, normal_two_sided

MAX_EXACT_RUNS = 60


def welch_t(a: ArrayLike, b: ArrayLike, *, level: float = 0.95, unit: str = "seed") -> Comparison:
    """Test the difference of means of two independent samples: Welch's t, with Mann–Whitney's p as companion.

    Raises:
        ValueError: an empty sample, or values that are not finite.
    """
    x, y = finite_sample("a", a), finite_sample("b", b)
    difference = float(x.mean() - y.mean())
    error, df = _welch_error(x, y)
    floor = 1 / math.comb(len(x) + len(y), len(x))
    over = f"{len(x)} and {plural(len(y), f'independent {unit}')}"
    return Comparison(
        difference=difference,
        interval=interval_from_error(difference, error, df, level, "Welch t", min(len(x), len(y)), over),
        statistic=difference / error if error else math.copysign(math.inf, difference) if difference else 0.0,
        p=min(1.0, 2 * one_sided_p(abs(difference), error, df, floor)),
        n=min(len(x), len(y)),
        unit=unit,
        method="Welch t",
        error=error,
        df=df,
        exact_p=mann_whitney_p(x, y),
        exact_method="Mann–Whitney",
        exact_floor=floor,
    )


def _welch_error(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the standard error of the difference and the Welch–Satterthwaite degrees of freedom."""
    if min(len(x), len(y)) < 2:
        return math.inf, 0.0
    u, v = standard_deviation(x) ** 2 / len(x), standard_deviation(y) ** 2 / len(y)
    if u + v == 0.0:
        return 0.0, float(len(x) + len(y) - 2)
    return math.sqrt(u + v), (u + v) ** 2 / (u * u / (len(x) - 1) + v * v / (len(y) - 1))


def mann_whitney_u(a: ArrayLike, b: ArrayLike) -> float:
    """Return U = the number of pairs with a > b plus half the number with a = b.

    Raises:
        ValueError: an empty sample, or values that are not finite.
    """
    x, y = finite_sample("a", a), finite_sample("b", b)
    ordered = np.sort(y)
    return float(np.searchsorted(ordered, x, "left").sum() + np.searchsorted(ordered, x, "right").sum()) / 2


def mann_whitney_p(a: ArrayLike, b: ArrayLike) -> float:
    """Return the two-sided p of Mann–Whitney's test.

    Up to 60 values in all it is exact, ties included: the permutation distribution of the sum of midranks. Beyond,
    the normal approximation with tie and continuity correction.

    Raises:
        ValueError: an empty sample, or values that are not finite.
    """
    x, y = finite_sample("a", a), finite_sample("b", b)
    m, n = len(x), len(y)
    _, inverse, counts = np.unique(np.concatenate([x, y]), return_inverse=True, return_counts=True)
    doubled = (2 * np.cumsum(counts) - counts + 1)[inverse]  # twice the midranks: whole numbers
    observed = int(doubled[:m].sum())
    if m + n <= MAX_EXACT_RUNS:
        ways = _subset_sums(doubled, m)
        low, high = ways[: observed + 1].sum(), ways[observed:].sum()
        return min(1.0, 2 * float(min(low, high) / math.comb(m + n, m)))
    total = m + n
    variance = m * n / 12 * (total + 1 - float((counts**3 - counts).sum()) / (total * (total - 1)))
    excess = max(0.0, abs(observed / 2 - m * (total + 1) / 2) - 0.5)
    return normal_two_sided(excess / math.sqrt(variance)) if variance > 0 else 1.0


def _subset_sums(values: np.ndarray, size: int) -> np.ndarray:
    """Return, for every total, the number of subsets of `size` elements with it; shape (sum of values + 1,)."""
    ways = np.zeros((size + 1, int(values.sum()) + 1))
    ways[0, 0] = 1.0
    for value in values.tolist():
        ways[1:, value:] += ways[:-1, : ways.shape[1] - value].copy()
    return np.asarray(ways[size])


def probability_better(a: ArrayLike, b: ArrayLike, *, paired: bool = False) -> float:
    """Return P(A > B) + ½ P(A = B): over all pairs of runs, or over the given pairs.

    Raises:
        ValueError: an empty sample, values that are not finite, or paired samples of unequal length.
    """
    x, y = finite_sample("a", a), finite_sample("b", b)
    if not paired:
        return mann_whitney_u(x, y) / (len(x) * len(y))
    if len(x) != len(y):
        raise ValueError(f"paired samples must have equal lengths, got {len(x)} and {len(y)}")
    return float(np.mean(x > y) + np.mean(x == y) / 2)


def probability_better_interval(
    a: ArrayLike, b: ArrayLike, rng: np.random.Generator, *, resamples: int = 10_000, level: float = 0.95
) -> Interval:
    """Return P(A > B) over paired runs with its percentile bootstrap interval (Bouthillier et al., 2021).

    Their criterion of a meaningful gain: the estimate exceeds 0.75 and the lower bound 0.5.

    Raises:
        ValueError: fewer than 2 pairs, unequal lengths, or values that are not finite.
    """
    check_probability("level", level)
    x, y = finite_sample("a", a, 2), finite_sample("b", b, 2)
    estimate = probability_better(x, y, paired=True)
    wins = (x > y) + (x == y) / 2
    replicates = wins[resample_indices(len(x), resamples, rng)].mean(axis=1)
    low, high = np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2])
    over = plural(len(x), "paired run")
    return Interval(estimate, float(low), float(high), level, "percentile bootstrap", len(x), over)


def probability_of_improvement(a: ArrayLike, b: ArrayLike) -> float:
    """Return the mean over tasks of P(A > B) + ½ P(A = B); `a` and `b` have shape (runs, tasks).

    Source: Agarwal et al. (2021).

    Raises:
        ValueError: tables that are not two-dimensional or differ in their number of tasks.
    """
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise ValueError(f"a and b must have shape (runs, tasks) with the same tasks, got {x.shape} and {y.shape}")
    return float(np.mean([probability_better(p, q) for p, q in zip(x.T, y.T, strict=True)]))
