"""How many runs or data sets a decision needs, known before they are paid for."""

import math
from collections.abc import Callable

import numpy as np

from harness.statistics.student import check_probability, normal_quantile, t_quantile

MAX_COUNT = 100_000


def smallest_p_signs(n: int) -> float:
    """Return the smallest two-sided p of a sign flip or Wilcoxon test of n pairs, 2 / 2ⁿ."""
    _check_count("n", n)
    return min(1.0, 2 * 0.5**n)


def smallest_p_mann_whitney(n_a: int, n_b: int) -> float:
    """Return the smallest two-sided p of the exact Mann–Whitney test, 2 / C(n_a + n_b, n_a)."""
    _check_count("n_a", n_a)
    _check_count("n_b", n_b)
    return min(1.0, 2 / math.comb(n_a + n_b, n_a))


def datasets_needed(comparisons: int = 1, *, alpha: float = 0.05) -> int:
    """Return the data sets from which Wilcoxon can reject at all with Holm over `comparisons`, if all are wins."""
    _check_count("comparisons", comparisons)
    check_probability("alpha", alpha)
    return _first(lambda n: smallest_p_signs(n) <= alpha / comparisons)


def runs_for_mann_whitney(*, alpha: float = 0.05) -> int:
    """Return the runs on each side from which the exact Mann–Whitney test can reach `alpha` at all."""
    check_probability("alpha", alpha)
    return _first(lambda n: smallest_p_mann_whitney(n, n) <= alpha)


def sign_test_wins(n: int, *, alpha: float = 0.05) -> int | None:
    """Return the wins out of n that the two-sided sign test needs; None if even n wins are too few."""
    _check_count("n", n)
    check_probability("alpha", alpha)
    losses, tail = -1, 0
    while losses < n:
        tail += math.comb(n, losses + 1)
        if 2 * tail > alpha * 2**n:
            break
        losses += 1
    return None if losses < 0 else n - losses


def t_half_width(n: int, *, level: float = 0.95) -> float:
    """Return the half-width of the t interval of n values in units of their deviation; infinite for n = 1."""
    _check_count("n", n)
    check_probability("level", level)
    return math.inf if n == 1 else t_quantile(n - 1, 0.5 + level / 2) / math.sqrt(n)


def paired_t_power(effect: float, n: int, *, alpha: float = 0.05) -> float:
    """Return the power of the two-sided paired t test of n pairs; `effect` is δ / s_d."""
    from scipy.special import nctdtr

    _check_count("n", n)
    if n < 2:
        return 0.0
    critical, shift = t_quantile(n - 1, 1 - check_probability("alpha", alpha) / 2), effect * math.sqrt(n)
    return float(1 - nctdtr(n - 1, shift, critical) + nctdtr(n - 1, shift, -critical))


def paired_t_runs(effect: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return the paired runs that detect an effect δ / s_d with the given power.

    Raises:
        ValueError: an effect of zero, or one too small for 100 000 runs.
    """
    _check_positive("effect", abs(effect))
    check_probability("power", power)
    return _first(lambda n: paired_t_power(abs(effect), n, alpha=alpha) >= power)


def equivalence_power(margin: float, n: int, *, alpha: float = 0.05) -> float:
    """Return the power of two one-sided t tests where the true difference is 0; `margin` is in units of s_d.

    Given the sample's standard deviation s both tests reject if |√n d̄| < √n margin − t s; that chance is integrated
    over the distribution of s, whose square is χ²/(n − 1).
    """
    from scipy.special import erf

    _check_count("n", n)
    _check_positive("margin", margin)
    if n < 2:
        return 0.0
    df = n - 1
    critical = t_quantile(df, 1 - check_probability("alpha", alpha))
    largest = margin * math.sqrt(n) / critical  # of s: beyond it neither test can reject
    s = np.linspace(0.0, min(largest, 1 + 12 / math.sqrt(2 * df)), 4001)[1:]
    log_density = (
        math.log(2) + df / 2 * math.log(df / 2) - math.lgamma(df / 2) + (df - 1) * np.log(s) - df * s * s / 2
    )
    within = erf((margin * math.sqrt(n) - critical * s) / math.sqrt(2))
    return float((np.exp(log_density) * within).sum() * (s[1] - s[0]))


def equivalence_runs(margin: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """Return the paired runs that show equivalence within margin / s_d with the given power, if nothing differs."""
    _check_positive("margin", margin)
    check_probability("power", power)
    return _first(lambda n: equivalence_power(margin, n, alpha=alpha) >= power)


def noether_runs(gamma: float, *, alpha: float = 0.05, power: float = 0.95, two_sided: bool = False) -> int:
    """Return the paired runs that show P(A > B) = gamma to differ from ½ (Noether, 1987; Bouthillier et al., 2021).

    n >= (z₁₋α + z_power)² / (6 (½ − gamma)²).
    """
    check_probability("gamma", gamma)
    _check_positive("|gamma − 0.5|", abs(gamma - 0.5))
    tail = check_probability("alpha", alpha) / (2 if two_sided else 1)
    z = normal_quantile(1 - tail) + normal_quantile(check_probability("power", power))
    return math.ceil(z * z / (6 * (0.5 - gamma) ** 2))


def runs_to_decide(deviation: float, distance: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return the runs needed to tell a difference from a margin, from a pilot.

    Args:
        deviation: standard deviation of the paired differences in the pilot.
        distance: |pilot difference − margin|, in the same unit.

    Raises:
        ValueError: a negative deviation, or a distance that is not positive.
    """
    _check_positive("distance", distance)
    if not 0 <= deviation < math.inf:
        raise ValueError(f"deviation must be finite and not negative, got {deviation!r}")
    z = normal_quantile(1 - check_probability("alpha", alpha)) + normal_quantile(check_probability("power", power))
    return max(2, math.ceil((z * deviation / distance) ** 2))


def _first(enough: Callable[[int], bool]) -> int:
    """Return the smallest count that is enough, given that every larger one is too."""
    high = 2
    while not enough(high):
        if high > MAX_COUNT:
            raise ValueError(f"more than {MAX_COUNT} runs would be needed")
        high *= 2
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _check_count(name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value!r}")


def _check_positive(name: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {value!r}")
