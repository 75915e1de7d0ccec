"""Wilcoxon's signed rank test of two contenders over several data sets."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.rounding import round_away_noise
from harness.statistics.student import normal_two_sided

NullDistribution = Literal["exact", "normal", "normal, tie-corrected"]


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's test: rank sums of the data sets that A and B win, the z score and the two-sided p value."""

    r_plus: float
    r_minus: float
    z: float
    p: float
    n: int
    distribution: NullDistribution

    def __str__(self) -> str:
        return f"R⁺ = {self.r_plus:g}, R⁻ = {self.r_minus:g} over {self.n} data sets, p = {self.p:.2g}"


def wilcoxon(
    a: ArrayLike,
    b: ArrayLike,
    *,
    distribution: NullDistribution = "exact",
    higher_is_better: bool = True,
    digits: int = 6,
) -> SignedRank:
    """Compare two contenders by their mean scores on each of N data sets; positive differences favour A.

    Differences are rounded to `digits` digits of the largest score *before* they are ranked, since float noise
    breaks ties. The ranks of zero differences are split evenly. A failure (NaN) is worse than any score; where
    both fail the difference is zero.

    Args:
        distribution: "exact" enumerates the flips of sign of the midranks actually seen, so it is exact with ties
            and zeros too; "normal" is the approximation of Demšar (2006, section 3.1.3), not corrected for
            ties; "normal, tie-corrected" reduces its variance for ties, as is usual in software.

    Raises:
        ValueError: shapes that differ or are not one-dimensional, no data sets, an infinite score, or an unknown
            distribution.
    """
    d = _rounded_differences(*_oriented(a, b, higher_is_better), digits)
    n = len(d)
    magnitudes, inverse, counts = np.unique(np.abs(d), return_inverse=True, return_counts=True)
    doubled = (2 * np.cumsum(counts) - counts + 1)[inverse]  # twice the midranks: whole numbers
    zero_sum = int(doubled[d == 0].sum())
    r_plus = (2 * int(doubled[d > 0].sum()) + zero_sum) / 4
    total = n * (n + 1) / 2
    ties = float((counts**3 - counts).sum()) if distribution == "normal, tie-corrected" else 0.0
    variance = (n * (n + 1) * (2 * n + 1) - ties / 2) / 24
    z = (r_plus - total / 2) / math.sqrt(variance) if variance > 0 and magnitudes[-1] > 0 else 0.0
    if distribution == "exact":
        p = _exact_p(doubled[d != 0], int(doubled[d > 0].sum()))
    elif distribution in ("normal", "normal, tie-corrected"):
        p = normal_two_sided(z)
    else:
        raise ValueError(f"distribution must be 'exact', 'normal' or 'normal, tie-corrected', got {distribution!r}")
    return SignedRank(r_plus, total - r_plus, z, p, n, distribution)


def _oriented(a: ArrayLike, b: ArrayLike, higher_is_better: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return both samples, oriented so that larger is better, with failures as minus infinity."""
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or not len(x):
        raise ValueError(f"a and b must be one-dimensional, equally long and not empty, got {x.shape}, {y.shape}")
    if np.isinf(x).any() or np.isinf(y).any():
        raise ValueError("scores must be finite, or NaN for a failure; got an infinite one")
    sign = 1.0 if higher_is_better else -1.0
    return np.where(np.isnan(x), -np.inf, sign * x), np.where(np.isnan(y), -np.inf, sign * y)


def _rounded_differences(x: np.ndarray, y: np.ndarray, digits: int) -> np.ndarray:
    """Return rounded differences: infinite where one side failed, zero where both did."""
    both = np.isinf(x) & np.isinf(y)
    d = np.where(both, 0.0, np.where(both, 0.0, x) - np.where(both, 0.0, y))
    return round_away_noise(d, x, y, digits=digits)


def _exact_p(doubled_ranks: np.ndarray, observed: int) -> float:
    """Return the two-sided p of the positive rank sum when each rank's sign is a fair coin."""
    chances = np.zeros(int(doubled_ranks.sum()) + 1)
    chances[0] = 1.0
    for rank in doubled_ranks.tolist():
        moved = np.zeros_like(chances)
        moved[rank:] = chances[: len(chances) - rank]
        chances = (chances + moved) / 2
    return min(1.0, 2 * float(min(chances[: observed + 1].sum(), chances[observed:].sum())))
