"""Ranks of contenders over several data sets: Friedman's test of all, Wilcoxon's signed rank test of two."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.samples import round_away_noise

SCORE_DIGITS = 6
"""Digits of the largest score to which Wilcoxon's differences are rounded before they are ranked."""


def rank_rows(scores: ArrayLike) -> np.ndarray:
    """Return ranks within each row of `scores`, shape (data sets, contenders).

    Rank 1 is the largest score, and ties share the mean of their ranks.
    Scores that agree to 12 digits of the largest in their row tie. A failure (NaN or None) ranks last on its data
    set; several failures tie there.

    Raises:
        ValueError: not a two-dimensional table with at least one row and one column, or an infinite score.
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2 or 0 in table.shape:
        raise ValueError(f"scores must have shape (data sets >= 1, contenders >= 1), got {table.shape}")
    if np.isinf(table).any():
        raise ValueError("scores must be finite, or NaN for a failure; got an infinite one")
    cost = np.stack([round_away_noise(-row, row) for row in table])
    cost[np.isnan(cost)] = np.inf
    # `scipy.stats.rankdata` returns the same; importing it would double the time of `bench leaderboard`.
    ahead = (cost[:, None, :] < cost[:, :, None]).sum(axis=2)
    level = (cost[:, None, :] == cost[:, :, None]).sum(axis=2)
    return np.asarray(ahead + (level + 1) / 2)


@dataclass(frozen=True)
class FriedmanTest:
    """Friedman's test that all contenders have equal mean ranks, in the sharper form of Iman and Davenport.

    Attributes:
        f, df1, df2, p: Iman and Davenport's F, its degrees of freedom and p value.
        n: number of data sets.
    """

    f: float
    df1: int
    df2: int
    p: float
    n: int

    def __str__(self) -> str:
        return f"F({self.df1}, {self.df2}) = {self.f:.3f}, p = {self.p:.2g} ({self.n} data sets)"


def friedman(ranks: ArrayLike) -> FriedmanTest:
    """Test ranks of shape (data sets, contenders), e.g. from :func:`rank_rows` (Demšar, 2006, section 3.2.2).

    `scipy.stats.friedmanchisquare` returns χ² with a correction for ties, which Demšar's text has not, and no F.

    Raises:
        ValueError: fewer than 2 data sets or contenders, or rows that are not ranks.
    """
    from scipy.special import fdtrc

    table = np.asarray(ranks, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError(f"ranks must have shape (data sets >= 2, contenders >= 2), got {table.shape}")
    n, k = table.shape
    if not np.allclose(table.sum(axis=1), k * (k + 1) / 2):
        raise ValueError(f"every row of ranks must sum to k(k + 1)/2 = {k * (k + 1) / 2:g}: were scores passed?")
    chi2 = 12 * n / (k * (k + 1)) * float(((table.mean(axis=0) - (k + 1) / 2) ** 2).sum())
    room = n * (k - 1) - chi2
    f = (n - 1) * chi2 / room if room > 1e-9 * n else math.inf
    df1, df2 = k - 1, (k - 1) * (n - 1)
    # Rows that agree perfectly leave F no denominator; their chance under the null is known exactly.
    p = math.factorial(k) ** -float(n - 1) if math.isinf(f) else float(fdtrc(df1, df2, f))
    return FriedmanTest(f, df1, df2, p, n)


@dataclass(frozen=True)
class SignedRankTest:
    """Wilcoxon's test: rank sums of the data sets on which A and B win, and the two-sided p value."""

    r_plus: float
    r_minus: float
    p: float


def wilcoxon(a: ArrayLike, b: ArrayLike) -> SignedRankTest:
    """Compare two contenders by their mean scores on each of N data sets; larger scores are better.

    Differences are rounded to 6 digits of the largest score *before* they are ranked, since float noise breaks
    ties. The ranks of zero differences are split evenly. A failure (NaN) is worse than any score; where both fail
    the difference is zero. The p value is exact, ties and zeros included, from all flips of sign of the midranks:
    `scipy.stats.wilcoxon` is exact without them only.

    Raises:
        ValueError: shapes that differ or are not one-dimensional, no data sets, or an infinite score.
    """
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or not len(x):
        raise ValueError(f"a and b must be one-dimensional, equally long and not empty, got {x.shape}, {y.shape}")
    if np.isinf(x).any() or np.isinf(y).any():
        raise ValueError("scores must be finite, or NaN for a failure; got an infinite one")
    d = _rounded_differences(x, y)
    doubled = doubled_midranks(np.abs(d))
    wins, zeros = int(doubled[d > 0].sum()), int(doubled[d == 0].sum())
    r_plus = (2 * wins + zeros) / 4
    return SignedRankTest(r_plus, len(d) * (len(d) + 1) / 2 - r_plus, _exact_p(doubled[d != 0], wins))


def doubled_midranks(sample: np.ndarray) -> np.ndarray:
    """Return twice the midranks of `sample`: whole numbers, 2 for the smallest value."""
    _, inverse, counts = np.unique(sample, return_inverse=True, return_counts=True)
    return np.asarray((2 * np.cumsum(counts) - counts + 1)[inverse])


def _rounded_differences(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return rounded differences: infinite where one side failed, zero where both did."""
    lost, other = np.isnan(x), np.isnan(y)
    d = np.where(lost | other, 0.0, x - y)
    d[lost & ~other], d[other & ~lost] = -np.inf, np.inf
    return round_away_noise(d, x[~lost], y[~other], digits=SCORE_DIGITS)


def _exact_p(doubled_ranks: np.ndarray, observed: int) -> float:
    """Return the two-sided p of the positive rank sum when each rank's sign is a fair coin."""
    chances = np.zeros(int(doubled_ranks.sum()) + 1)
    chances[0] = 1.0
    for rank in doubled_ranks.tolist():
        moved = np.zeros_like(chances)
        moved[rank:] = chances[: len(chances) - rank]
        chances = (chances + moved) / 2
    return min(1.0, 2 * float(min(chances[: observed + 1].sum(), chances[observed:].sum())))
