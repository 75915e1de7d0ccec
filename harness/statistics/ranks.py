"""Ranks of k contenders over N data sets: Friedman's test, comparisons with a control, Nemenyi's distance."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.multiplicity import holm
from harness.statistics.rounding import round_away_noise
from harness.statistics.student import check_probability, normal_two_sided


def rank_rows(scores: ArrayLike, *, higher_is_better: bool = True) -> np.ndarray:
    """Return ranks within each row of `scores`, shape (data sets, contenders): 1 is best, ties share their mean.

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
    table = np.stack([round_away_noise(row, row) for row in table])
    cost = np.where(np.isnan(table), np.inf, -table if higher_is_better else table)
    ahead = (cost[:, None, :] < cost[:, :, None]).sum(axis=2)
    level = (cost[:, None, :] == cost[:, :, None]).sum(axis=2)
    return np.asarray(ahead + (level + 1) / 2)


@dataclass(frozen=True)
class Friedman:
    """Friedman's test that k contenders have equal mean ranks, with the sharper F of Iman and Davenport.

    Attributes:
        mean_ranks: one a contender, 1 is best.
        chi2, p_chi2: Friedman's χ² on k − 1 degrees of freedom.
        f, df1, df2, p: Iman and Davenport's F, its degrees of freedom and p value; `p` is the one to report.
        n: data sets.
    """

    mean_ranks: tuple[float, ...]
    chi2: float
    p_chi2: float
    f: float
    df1: int
    df2: int
    p: float
    n: int

    def __str__(self) -> str:
        return f"F({self.df1}, {self.df2}) = {self.f:.3f}, p = {self.p:.2g} ({self.n} data sets)"


def friedman(ranks: ArrayLike, *, correct_ties: bool = False) -> Friedman:
    """Test ranks of shape (data sets, contenders), e.g. from :func:`rank_rows` (Demšar, 2006, section 3.2.2).

    `correct_ties` divides χ² by the correction for tied ranks, as most software does; Demšar's text does not.

    Raises:
        ValueError: fewer than 2 data sets or contenders, or rows that are not ranks.
    """
    from scipy.special import chdtrc, fdtrc

    table = np.asarray(ranks, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError(f"ranks must have shape (data sets >= 2, contenders >= 2), got {table.shape}")
    n, k = table.shape
    if not np.allclose(table.sum(axis=1), k * (k + 1) / 2):
        raise ValueError(f"every row of ranks must sum to k(k + 1)/2 = {k * (k + 1) / 2:g}: were scores passed?")
    means = table.mean(axis=0)
    spread = float(((means - (k + 1) / 2) ** 2).sum())
    # Without ties the ranks of a row have variance (k² − 1)/12; ties lower it.
    row_variance = float(table.var(axis=1).mean()) if correct_ties else (k * k - 1) / 12
    chi2 = n * (k - 1) / k * spread / row_variance if row_variance else 0.0
    room = n * (k - 1) - chi2
    f = (n - 1) * chi2 / room if room > 1e-9 * n else math.inf
    df1, df2 = k - 1, (k - 1) * (n - 1)
    # Rows that agree perfectly leave F no denominator; their chance under the null is known exactly.
    p = math.factorial(k) ** -float(n - 1) if math.isinf(f) else float(fdtrc(df1, df2, f))
    return Friedman(tuple(means.tolist()), chi2, float(chdtrc(k - 1, chi2)), f, df1, df2, p, n)


@dataclass(frozen=True)
class ControlComparison:
    """One contender against the control: difference of mean ranks in standard errors, raw and Holm-adjusted p."""

    contender: int
    z: float
    p: float
    adjusted: float


def against_control(mean_ranks: ArrayLike, n: int, *, control: int = 0) -> tuple[ControlComparison, ...]:
    """Compare every contender's mean rank over `n` data sets with that of the control (Demšar, 2006, 3.2.2).

    z = (R_control − R_i) / √(k(k + 1) / 6n): positive where the contender ranks better. Holm over k − 1 tests.

    Raises:
        ValueError: fewer than 2 mean ranks, n < 1, or no contender at position `control`.
    """
    ranks = np.asarray(mean_ranks, dtype=np.float64)
    k = len(ranks)
    if ranks.ndim != 1 or k < 2 or n < 1 or not 0 <= control < k:
        raise ValueError(f"need >= 2 mean ranks, n >= 1 and a control among them; got {k}, {n!r}, {control!r}")
    others = [i for i in range(k) if i != control]
    z = [(float(ranks[control] - ranks[i])) / mean_rank_error(k, n) for i in others]
    p = [normal_two_sided(value) for value in z]
    adjusted = holm(p).tolist()
    return tuple(ControlComparison(*row) for row in zip(others, z, p, adjusted, strict=True))


def mean_rank_error(k: int, n: int) -> float:
    """Return √(k(k + 1) / 6n), the standard error of a difference of two mean ranks under the null."""
    return math.sqrt(k * (k + 1) / (6 * n))


def nemenyi_q(k: int, *, alpha: float = 0.05) -> float:
    """Return Nemenyi's critical value: the studentised range of k normals with known variance, divided by √2.

    Raises:
        ValueError: k < 2 or alpha outside (0, 1).
    """
    if k < 2:
        raise ValueError(f"k must be at least 2, got {k!r}")
    check_probability("alpha", alpha)
    low, high = 0.0, 50.0
    while high - low > 1e-11:
        middle = (low + high) / 2
        low, high = (middle, high) if _range_cdf(middle, k) < 1 - alpha else (low, middle)
    return high / math.sqrt(2)


def _range_cdf(width: float, k: int) -> float:
    """Return P(range of k standard normals <= width) = k ∫ φ(x) (Φ(x) − Φ(x − width))^(k−1) dx."""
    from scipy.special import ndtr

    x = np.linspace(-12.0, 12.0, 2401)  # the trapezoid rule converges geometrically on smooth decaying integrands
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return float(k * (density * (ndtr(x) - ndtr(x - width)) ** (k - 1)).sum() * (x[1] - x[0]))


def critical_difference(k: int, n: int, *, alpha: float = 0.05) -> float:
    """Return Nemenyi's critical difference of mean ranks, q_α √(k(k + 1) / 6n): a picture, too weak a verdict.

    Raises:
        ValueError: k < 2, n < 1 or alpha outside (0, 1).
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n!r}")
    return nemenyi_q(k, alpha=alpha) * mean_rank_error(k, n)
