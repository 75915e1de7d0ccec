"""t tests of paired differences, of two independent samples, and of sums of independent estimates."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.intervals import plural
from harness.statistics.results import TTest
from harness.statistics.samples import finite_sample, standard_deviation, standard_error
from harness.statistics.student import check_probability, normal_quantile


def paired_t(differences: ArrayLike, *, unit: str = "seed", over: str | None = None) -> TTest:
    """Test independent paired differences with Student's t.

    For seeds on a fixed split, where seed i means the same on both sides (same initial batches, same noise).

    Raises:
        ValueError: no differences, or differences that are not finite.
    """
    d = finite_sample("differences", differences)
    return _one_sample(d, standard_error(d), unit, over, "paired t")


def corrected_t(
    differences: ArrayLike, *, test_train_ratio: float | None = None, unit: str = "fold", over: str | None = None
) -> TTest:
    """Test differences over folds with the corrected resampled t test (Nadeau & Bengio, 2003).

    Training sets overlap, so the J differences are correlated and s²/J is too small a variance:
    t = d̄ / √((1/J + n_test/n_train) s²), with J − 1 degrees of freedom. The test is a heuristic: one
    cross-validation cannot estimate that correlation (Bengio & Grandvalet, 2004). It is slightly conservative.

    Args:
        differences: one a fold, seeds averaged within it beforehand.
        test_train_ratio: n_test / n_train; by default 1 / (J − 1), which holds for one J-fold cross-validation.

    Raises:
        ValueError: no differences, differences that are not finite, or a negative ratio.
    """
    d = finite_sample("differences", differences)
    return _one_sample(d, corrected_error(d, test_train_ratio), unit, over, "Nadeau–Bengio corrected t")


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


def _one_sample(d: np.ndarray, error: float, unit: str, over: str | None, method: str) -> TTest:
    """Return the test of a mean whose standard error is `error`, on n − 1 degrees of freedom."""
    n = len(d)
    described = over or plural(n, unit)
    return TTest(float(d.mean()), error, n - 1, n, unit, described, method, 0.5**n)


def welch_t(a: ArrayLike, b: ArrayLike, *, unit: str = "seed") -> TTest:
    """Test the difference of means of two independent samples with Welch's t.

    `scipy.stats.ttest_ind` returns p of one margin; claims and gates test others, from the error and df kept here.

    Raises:
        ValueError: an empty sample, or values that are not finite.
    """
    x, y = finite_sample("a", a), finite_sample("b", b)
    error, df = _welch_error(x, y)
    return TTest(
        difference=float(x.mean() - y.mean()),
        error=error,
        df=df,
        n=min(len(x), len(y)),
        unit=unit,
        over=f"{len(x)} and {plural(len(y), f'independent {unit}')}",
        method="Welch t",
        exact_floor=1 / math.comb(len(x) + len(y), len(x)),
    )


def _welch_error(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the standard error of the difference and the Welch–Satterthwaite degrees of freedom."""
    if min(len(x), len(y)) < 2:
        return math.inf, 0.0
    u, v = standard_deviation(x) ** 2 / len(x), standard_deviation(y) ** 2 / len(y)
    if u + v == 0.0:
        return 0.0, float(len(x) + len(y) - 2)
    return math.sqrt(u + v), (u + v) ** 2 / (u * u / (len(x) - 1) + v * v / (len(y) - 1))


def independent_sum(parts: Sequence[TTest]) -> TTest:
    """Return the test of a sum of independent estimates, each with its own standard error and degrees of freedom.

    error² = Σ eᵢ² with df = (Σ eᵢ²)² / Σ eᵢ⁴/dfᵢ (Satterthwaite, 1946). Two means of runs that are not paired give
    Welch's t; one part is returned as it is.

    Raises:
        ValueError: no parts.
    """
    if not parts:
        raise ValueError("a sum needs at least one estimate, got none")
    if len(parts) == 1:
        return parts[0]
    error = math.sqrt(math.fsum(part.error**2 for part in parts))
    return TTest(
        difference=math.fsum(part.difference for part in parts),
        error=error,
        df=_satterthwaite(parts, error),
        n=min(part.n for part in parts),
        unit=parts[0].unit,
        over=" + ".join(part.over for part in parts),
        method="Welch t",
        exact_floor=max(part.exact_floor for part in parts),
    )


def _satterthwaite(parts: Sequence[TTest], error: float) -> float:
    """Return the degrees of freedom of a sum with standard error `error`."""
    if math.isinf(error):
        return 0.0
    if error == 0.0:
        return math.fsum(part.df for part in parts)
    return error**4 / math.fsum(part.error**4 / part.df for part in parts)


def runs_to_decide(deviation: float, distance: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return the number of runs that separates a difference from a margin, estimated from a pilot.

    Args:
        deviation: standard deviation of the paired differences in the pilot.
        distance: |pilot difference − margin|, in the same unit.

    Raises:
        ValueError: a negative deviation, or a distance that is not positive.
    """
    if not 0 < distance < math.inf:
        raise ValueError(f"distance must be positive and finite, got {distance!r}")
    if not 0 <= deviation < math.inf:
        raise ValueError(f"deviation must be finite and not negative, got {deviation!r}")
    z = normal_quantile(1 - check_probability("alpha", alpha)) + normal_quantile(check_probability("power", power))
    return max(2, math.ceil((z * deviation / distance) ** 2))
