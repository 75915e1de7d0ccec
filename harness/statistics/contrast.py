"""Sums of independent estimates: Welch and Satterthwaite's rule for more than two groups."""

import math
from collections.abc import Sequence
from dataclasses import replace

from harness.statistics.results import Comparison, interval_from_error


def independent_sum(parts: Sequence[Comparison], *, level: float = 0.95) -> Comparison:
    """Return the sum of independent estimates, each with its own standard error and degrees of freedom.

    error² = Σ eᵢ² with df = (Σ eᵢ²)² / Σ eᵢ⁴/dfᵢ (Satterthwaite, 1946). Two means of runs that are not paired give
    Welch's t; one part is returned as it is, at `level`. There is no exact companion.

    Raises:
        ValueError: no parts, or a level outside (0, 1).
    """
    if not parts:
        raise ValueError("a sum needs at least one estimate")
    if len(parts) == 1:
        return replace(parts[0], interval=parts[0].interval_at(level))
    total = math.fsum(part.difference for part in parts)
    error = math.sqrt(math.fsum(part.error**2 for part in parts))
    df = _degrees_of_freedom(parts, error)
    n = min(part.n for part in parts)
    floor = max(part.exact_floor for part in parts)
    over = " + ".join(part.interval.over for part in parts)
    summed = Comparison(
        difference=total,
        interval=interval_from_error(total, error, df, level, "Welch t", n, over),
        statistic=total / error if error else math.copysign(math.inf, total) if total else 0.0,
        p=1.0,
        n=n,
        unit=parts[0].unit,
        method="Welch t",
        error=error,
        df=df,
        exact_floor=floor,
    )
    return replace(summed, p=min(1.0, 2 * min(summed.p_greater(), summed.p_less())))


def _degrees_of_freedom(parts: Sequence[Comparison], error: float) -> float:
    if math.isinf(error):
        return 0.0
    if error == 0.0:
        return math.fsum(part.df for part in parts)
    return error**4 / math.fsum(part.error**4 / part.df for part in parts)
