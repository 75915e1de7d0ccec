"""Exact two-sided p values that assume no distribution, the companions of the t tests.

`scipy.stats` has both tests, but its exact Mann–Whitney ignores ties, and its permutation test of 24 sign flips
lists 16 million patterns; both are too slow for the simulated calibration.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.samples import finite_sample

MAX_SIGN_FLIPS = 24
MAX_EXACT_RUNS = 60


def sign_flip_p(differences: ArrayLike) -> float:
    """Return the p of the mean under all 2ⁿ flips of sign (Fisher's randomisation test).

    The flips of each half of the sample are listed and matched by binary search, so 2^(n/2) sums suffice. Sums
    within 1e-9 of the observed one, relative to the largest possible, count as ties.

    Raises:
        ValueError: no differences, differences that are not finite, or more than 24 of them.
    """
    d = finite_sample("differences", differences)
    if len(d) > MAX_SIGN_FLIPS:
        raise ValueError(f"exact sign flips are for at most {MAX_SIGN_FLIPS} differences, got {len(d)}")
    observed = abs(float(d.sum())) - 1e-9 * float(np.abs(d).sum())
    if observed <= 0:
        return 1.0
    left, right = _flip_sums(d[: len(d) // 2]), np.sort(_flip_sums(d[len(d) // 2 :]))
    at_least = int((len(right) - np.searchsorted(right, observed - left, side="left")).sum())
    return min(1.0, 2 * at_least / 2.0 ** len(d))


def _flip_sums(d: np.ndarray) -> np.ndarray:
    """Return the sums of all 2ⁿ sign patterns of `d`."""
    sums = np.zeros(1)
    for value in d:
        sums = np.concatenate([sums + value, sums - value])
    return sums


def mann_whitney_p(a: ArrayLike, b: ArrayLike) -> float:
    """Return the p of Mann–Whitney's test.

    Up to 60 values in all it is exact, ties included: the permutation distribution of the sum of midranks. Beyond,
    the normal approximation with tie and continuity correction.

    Raises:
        ValueError: an empty sample, or values that are not finite.
    """
    x, y = finite_sample("a", a), finite_sample("b", b)
    m, n = len(x), len(y)
    pooled = np.concatenate([x, y])
    if m + n > MAX_EXACT_RUNS:
        from scipy.stats import mannwhitneyu

        return float(mannwhitneyu(x, y, method="asymptotic").pvalue) if np.ptp(pooled) > 0 else 1.0
    doubled = doubled_midranks(pooled)
    ways, observed = _subset_sums(doubled, m), int(doubled[:m].sum())
    low, high = ways[: observed + 1].sum(), ways[observed:].sum()
    return min(1.0, 2 * float(min(low, high) / math.comb(m + n, m)))


def doubled_midranks(sample: np.ndarray) -> np.ndarray:
    """Return twice the midranks of `sample`: whole numbers, 2 for the smallest value."""
    _, inverse, counts = np.unique(sample, return_inverse=True, return_counts=True)
    return np.asarray((2 * np.cumsum(counts) - counts + 1)[inverse])


def _subset_sums(values: np.ndarray, size: int) -> np.ndarray:
    """Return, for every total, the number of subsets of `size` elements with it; shape (sum of values + 1,)."""
    ways = np.zeros((size + 1, int(values.sum()) + 1))
    ways[0, 0] = 1.0
    for value in values.tolist():
        ways[1:, value:] += ways[:-1, : ways.shape[1] - value].copy()
    return np.asarray(ways[size])
