"""Results of the statistics: a confidence interval, and a t test that can be asked for any margin and level."""

import math
from dataclasses import dataclass

from harness.statistics.student import check_probability, t_quantile, t_upper_tail

LEVEL = 0.95
"""Nominal coverage of the intervals in tables."""


def format_value(value: float, resolution: float, *, signed: bool = False) -> str:
    """Format `value` with as many decimals as show two significant digits of `resolution`."""
    sign = "+" if signed else ""
    if not (math.isfinite(resolution) and resolution > 0 and math.isfinite(value)):
        return format(value, f"{sign}.4g")
    decimals = 1 - math.floor(math.log10(resolution))
    return format(value, f"{sign}.{decimals}f") if 0 <= decimals <= 9 else format(value, f"{sign}.4g")


@dataclass(frozen=True)
class ConfidenceInterval:
    """An estimate with its confidence interval.

    Attributes:
        estimate, low, high: in the unit of the data; low and high are infinite where `n` is too small for an
            interval, and all three are NaN where a trial failed.
        level: nominal coverage, e.g. 0.95.
        method: name of the interval's method.
        n: number of independent units.
        over: description of the units, e.g. "10 folds (3 seeds averaged in each)".
    """

    estimate: float
    low: float
    high: float
    level: float
    method: str
    n: int
    over: str

    @property
    def known(self) -> bool:
        """Whether both bounds are finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class TTest:
    """A t test of a difference of means, A − B, against zero or any margin.

    Attributes:
        difference: mean of A minus mean of B.
        error: standard error of the difference; infinite if n is 1.
        df: degrees of freedom.
        n: number of independent units (of the smaller side where A and B are not paired).
        unit: name of a unit: "fold", "seed", "process".
        over: description of the units, e.g. "10 paired seeds".
        method: name of the test.
        exact_floor: smallest one-sided p that n units can reach in a test that assumes no distribution. It replaces
            the p of t where the differences do not vary at all: t would then be certain after two runs.
    """

    difference: float
    error: float
    df: float
    n: int
    unit: str
    over: str
    method: str
    exact_floor: float

    @property
    def p(self) -> float:
        """Two-sided p value against a difference of 0."""
        return min(1.0, 2 * self._upper_tail(abs(self.difference)))

    @property
    def interval(self) -> ConfidenceInterval:
        """95 % interval of the difference; it excludes 0 exactly where `p` < 0.05 (unless `error` is 0)."""
        return self.interval_at(LEVEL)

    def interval_at(self, level: float) -> ConfidenceInterval:
        """Return the interval of the difference at `level`, e.g. 0.90 for two one-sided tests at 0.05."""
        return interval_from_error(self.difference, self.error, self.df, self.method, self.n, self.over, level)

    def p_greater(self, margin: float = 0.0) -> float:
        """Return the one-sided p value of "the true difference exceeds `margin`"."""
        return self._upper_tail(self.difference - margin)

    def p_less(self, margin: float = 0.0) -> float:
        """Return the one-sided p value of "the true difference is below `margin`"."""
        return self._upper_tail(margin - self.difference)

    def _upper_tail(self, excess: float) -> float:
        """Return P(T > excess / error); 1 for an infinite error, the exact floor for error 0 and excess > 0."""
        if math.isinf(self.error):
            return 1.0
        if self.error == 0.0:
            return self.exact_floor if excess > 0 else 1.0
        return t_upper_tail(excess / self.error, self.df)


def interval_from_error(
    estimate: float, error: float, df: float, method: str, n: int, over: str, level: float = LEVEL
) -> ConfidenceInterval:
    """Return estimate ± t · error; the bounds are infinite where `error` is (n = 1).

    Raises:
        ValueError: `level` is not strictly between 0 and 1.
    """
    check_probability("level", level)
    half = math.inf if math.isinf(error) else error and t_quantile(df, 0.5 + level / 2) * error
    return ConfidenceInterval(estimate, estimate - half, estimate + half, level, method, n, over)
