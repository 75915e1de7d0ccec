"""Tests of paired differences d = A − B on one data set."""

import math

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.intervals import finite_sample, plural, standard_deviation
from harness.statistics.results import Comparison, interval_from_error, one_sided_p

MAX_EXACT_SIGN_FLIPS = 24


def paired_t(
    differences: ArrayLike, *, level: float = 0.95, unit: str = "seed", over: str | None = None
) -> Comparison:
    """Test independent paired differences: t interval, and the exact sign-flip p value as companion.

    For seeds on a fixed split, where seed i means the same for both sides (same initial batches, same noise). The
    companion is left out beyond 24 differences.

    Raises:
        ValueError: no differences, or differences that are not finite.
    """
    d = finite_sample("differences", differences)
    n = len(d)
    exact = sign_flip_p(d) if n <= MAX_EXACT_SIGN_FLIPS else None
    error = standard_deviation(d) / math.sqrt(n) if n > 1 else math.inf
    return _t_comparison(d, error, level, unit, over, "paired t", exact_p=exact)


def corrected_t(
    differences: ArrayLike,
    *,
    test_train_ratio: float | None = None,
    level: float = 0.95,
    unit: str = "fold",
    over: str | None = None,
) -> Comparison:
    """Test differences from resampled splits with the corrected resampled t test (Nadeau & Bengio, 2003).

    Training sets overlap, so the J differences are correlated and s²/J is too small a variance:
    t = d̄ / √((1/J + n_test/n_train) s²), with J − 1 degrees of freedom. It is a heuristic, since one
    cross-validation cannot tell that correlation (Bengio & Grandvalet, 2004), slightly conservative, and accepted.

    Args:
        differences: one a fold, seeds averaged within it beforehand; or all R·K of R re-shuffled repeats.
        test_train_ratio: n_test / n_train; by default 1 / (J − 1), which holds for one J-fold cross-validation.

    Raises:
        ValueError: no differences, differences that are not finite, or a negative ratio.
    """
    d = finite_sample("differences", differences)
    error = corrected_error(d, test_train_ratio)
    return _t_comparison(d, error, level, unit, over, "Nadeau–Bengio corrected t")


def corrected_error(sample: np.ndarray, test_train_ratio: float | None) -> float:
    """Return the standard error of a mean over J overlapping splits, √((1/J + n_test/n_train) s²).

    Raises:
        ValueError: a ratio that is negative or not finite.
    """
    n = len(sample)
    if test_train_ratio is not None and not 0 <= test_train_ratio < math.inf:
        raise ValueError(f"test_train_ratio must be finite and not negative, got {test_train_ratio!r}")
    if n == 1:
        return math.inf
    ratio = 1 / (n - 1) if test_train_ratio is None else test_train_ratio
    return math.sqrt(1 / n + ratio) * standard_deviation(sample)


def _t_comparison(
    d: np.ndarray,
    error: float,
    level: float,
    unit: str,
    over: str | None,
    method: str,
    exact_p: float | None = None,
) -> Comparison:
    """Assemble the comparison of differences whose mean has standard error `error` on n − 1 degrees of freedom."""
    n = len(d)
    difference = float(d.mean())
    interval = interval_from_error(difference, error, n - 1, level, method, n, over or plural(n, unit))
    floor = 0.5**n
    return Comparison(
        difference=difference,
        interval=interval,
        statistic=_ratio(difference, error),
        p=min(1.0, 2 * one_sided_p(abs(difference), error, n - 1, floor)),
        n=n,
        unit=unit,
        method=method,
        error=error,
        df=n - 1,
        exact_p=exact_p,
        exact_method="" if exact_p is None else "sign-flip",
        exact_floor=floor,
    )


def _ratio(difference: float, error: float) -> float:
    """Return difference / error, with 0 / 0 = 0 and otherwise infinity of the right sign."""
    if error == 0.0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / error


def sign_flip_p(differences: ArrayLike) -> float:
    """Return the exact two-sided p of the mean under all 2ⁿ flips of sign (Fisher's randomisation test).

    The flips of each half of the sample are listed and matched by binary search, so 2^(n/2) sums suffice. Sums
    within 1e-9 of the observed one, relative to the largest possible, count as ties.

    Raises:
        ValueError: no differences, differences that are not finite, or more than 24 of them.
    """
    d = finite_sample("differences", differences)
    if len(d) > MAX_EXACT_SIGN_FLIPS:
        raise ValueError(f"exact sign flips are for at most {MAX_EXACT_SIGN_FLIPS} differences, got {len(d)}")
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


def mcnemar_p(only_a_right: int, only_b_right: int) -> float:
    """Return McNemar's exact two-sided p from the items that exactly one of two trained models gets right.

    It speaks of these two models, not of the methods that trained them.

    Raises:
        ValueError: a negative count.
    """
    from scipy.special import bdtr

    if only_a_right < 0 or only_b_right < 0:
        raise ValueError(f"counts must not be negative, got {only_a_right!r} and {only_b_right!r}")
    n = only_a_right + only_b_right
    return min(1.0, 2 * float(bdtr(min(only_a_right, only_b_right), n, 0.5))) if n else 1.0
