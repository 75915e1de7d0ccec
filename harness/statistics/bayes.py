"""Bayesian comparison with a region of practical equivalence (ROPE): how probable, not whether significant."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.intervals import finite_sample
from harness.statistics.paired import corrected_error
from harness.statistics.student import t_upper_tail


@dataclass(frozen=True)
class Posterior:
    """Probabilities that B is better, that both are practically equal, that A is better (d = A − B)."""

    b_better: float
    equal: float
    a_better: float

    def __str__(self) -> str:
        return f"P(B better) {self.b_better:.3f}, P(equal) {self.equal:.3f}, P(A better) {self.a_better:.3f}"


def _check_rope(rope: float) -> float:
    if not 0 <= rope < math.inf:
        raise ValueError(f"rope must be a half-width, finite and not negative, got {rope!r}")
    return rope


def bayesian_signed_rank(
    differences: ArrayLike, rope: float, rng: np.random.Generator, *, draws: int = 50_000
) -> Posterior:
    """Compare two contenders over N data sets by the Bayesian signed rank test (Benavoli et al., 2017).

    Dirichlet(½, 1, …, 1) weights on (0, d₁, …, d_N) put a distribution on the Walsh averages (zᵢ + zⱼ)/2; every
    draw votes for the side, or the ROPE, that holds most weight, and shares its vote where two hold the same. The
    ROPE is closed: an average on its edge, up to rounding, lies inside.

    Args:
        differences: A − B by data set.
        rope: half-width of the region of practical equivalence, in the metric's unit.

    Raises:
        ValueError: differences that are not finite, a negative rope, or draws < 1.
    """
    d = finite_sample("differences", differences)
    _check_rope(rope)
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws!r}")
    z = np.concatenate([[0.0], d])
    walsh = (z[:, None] + z[None, :]) / 2
    weights = rng.dirichlet(np.concatenate([[0.5], np.ones(len(d))]), draws)  # (draws, N + 1)
    edge = rope + 1e-9 * max(rope, float(np.abs(d).max()))
    left, right = (((weights @ side) * weights).sum(axis=1) for side in (walsh < -edge, walsh > edge))
    masses = np.stack([left, 1.0 - left - right, right], axis=1)
    wins = masses >= masses.max(axis=1, keepdims=True) - 1e-12
    votes = (wins / wins.sum(axis=1, keepdims=True)).mean(axis=0)
    return Posterior(*votes.tolist())


def bayesian_correlated_t(
    differences: ArrayLike, rope: float = 0.0, *, test_train_ratio: float | None = None
) -> Posterior:
    """Compare two contenders over the folds of one cross-validation (Corani & Benavoli, 2015).

    The posterior of the mean difference is Student's t with J − 1 degrees of freedom around d̄, scaled by
    √(1/J + n_test/n_train) s: its 95 % interval is that of :func:`~harness.statistics.paired.corrected_t`.

    Raises:
        ValueError: fewer than 2 differences, values that are not finite, or a negative rope.
    """
    d = finite_sample("differences", differences, 2)
    _check_rope(rope)
    error, mean, df = corrected_error(d, test_train_ratio), float(d.mean()), len(d) - 1
    if error == 0.0:
        return Posterior(float(mean < -rope), float(-rope <= mean <= rope), float(mean > rope))
    a_better, b_better = t_upper_tail((rope - mean) / error, df), t_upper_tail((rope + mean) / error, df)
    return Posterior(b_better, max(0.0, 1.0 - a_better - b_better), a_better)
