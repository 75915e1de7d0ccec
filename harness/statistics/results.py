"""What the statistics return: frozen values that print as the sentence a table or a message needs."""

import math
from dataclasses import dataclass

from harness.statistics.student import check_probability, t_quantile, t_upper_tail


def format_value(value: float, resolution: float, *, signed: bool = False) -> str:
    """Format `value` with as many decimals as show two significant digits of `resolution`."""
    sign = "+" if signed else ""
    if not (math.isfinite(resolution) and resolution > 0 and math.isfinite(value)):
        return format(value, f"{sign}.4g")
    decimals = 1 - math.floor(math.log10(resolution))
    return format(value, f"{sign}.{decimals}f") if 0 <= decimals <= 9 else format(value, f"{sign}.4g")


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval, and the words that say what it is.

    Attributes:
        estimate, low, high: in the unit of the data; low and high are infinite where `n` is too small for an
            interval, and all three are NaN where trials failed, since survivors alone would flatter.
        level: nominal coverage, e.g. 0.95.
        method: how the interval was made.
        n: number of independent units.
        over: what those units are, e.g. "10 folds (3 seeds averaged in each)".
        failures: trials that ended without a finite value.
    """

    estimate: float
    low: float
    high: float
    level: float
    method: str
    n: int
    over: str
    failures: int = 0

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2

    @property
    def known(self) -> bool:
        """Whether there is a finite interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        if self.failures:
            return f"failed ({self.failures} trial{'s' * (self.failures > 1)}, over {self.over})"
        if not self.known:
            return f"{self.estimate:.4g} (no interval: {self.over})"
        value, low, high = (format_value(v, self.half_width) for v in (self.estimate, self.low, self.high))
        return f"{value} [{low}, {high}] ({100 * self.level:g} % {self.method}, over {self.over})"


@dataclass(frozen=True)
class Comparison:
    """A difference of two means, A − B, tested against zero and, through its methods, against any margin.

    Attributes:
        difference: mean of A minus mean of B.
        interval: of the difference; at level 0.95 it excludes 0 exactly where `p` < 0.05 (unless `error` is 0).
        statistic: difference / error.
        p: two-sided p value of the t test.
        n: independent units (of the smaller side where A and B are not paired).
        unit: what a unit is: "fold", "seed", "difference".
        method: name of the test.
        error: standard error of the difference; infinite if n is 1.
        df: degrees of freedom.
        exact_p: two-sided p of the exact companion test, None where the layout has none (correlated folds).
        exact_method: name of that companion, "" for none.
        exact_floor: smallest one-sided p that n units can show without assuming a distribution. It replaces the p
            of t where the differences do not vary at all, since t would then claim certainty from two runs.
    """

    difference: float
    interval: Interval
    statistic: float
    p: float
    n: int
    unit: str
    method: str
    error: float
    df: float
    exact_p: float | None = None
    exact_method: str = ""
    exact_floor: float = 0.0

    def p_greater(self, margin: float = 0.0) -> float:
        """Return the one-sided p value of "the true difference exceeds `margin`"."""
        return one_sided_p(self.difference - margin, self.error, self.df, self.exact_floor)

    def p_less(self, margin: float = 0.0) -> float:
        """Return the one-sided p value of "the true difference is below `margin`"."""
        return one_sided_p(margin - self.difference, self.error, self.df, self.exact_floor)

    def p_equivalent(self, margin: float) -> float:
        """Return the p value of "the true difference lies within ± `margin`": two one-sided tests (Lakens, 2017).

        Raises:
            ValueError: the margin is not positive.
        """
        if not margin > 0:
            raise ValueError(f"the margin of an equivalence test must be positive, got {margin!r}")
        return max(self.p_greater(-margin), self.p_less(margin))

    def interval_at(self, level: float) -> Interval:
        """Return the interval of the difference at another level, e.g. 0.90 for two one-sided tests at 0.05."""
        return interval_from_error(
            self.difference, self.error, self.df, level, self.interval.method, self.n, self.interval.over
        )

    def __str__(self) -> str:
        numbers = (self.difference, self.interval.low, self.interval.high)
        if not self.interval.known:
            return f"A − B = {self.difference:+.4g} (no interval: {self.interval.over})"
        value, low, high = (format_value(v, self.interval.half_width, signed=True) for v in numbers)
        exact = "" if self.exact_p is None else f", {self.exact_method} p = {self.exact_p:.2g}"
        interval = f"{100 * self.interval.level:g} % interval {low}…{high}, over {self.interval.over}"
        return f"A − B = {value} ({interval}; {self.method} p = {self.p:.2g}{exact})"


def one_sided_p(excess: float, error: float, df: float, floor: float) -> float:
    """Return P(T > excess / error); 1 for an infinite error, `floor` for error 0 and a positive excess."""
    if math.isinf(error):
        return 1.0
    if error == 0.0:
        return floor if excess > 0 else 1.0
    return t_upper_tail(excess / error, df)


def interval_from_error(
    estimate: float, error: float, df: float, level: float, method: str, n: int, over: str
) -> Interval:
    """Return estimate ± t · error; infinite where the error is (n = 1).

    Raises:
        ValueError: `level` is not strictly between 0 and 1.
    """
    check_probability("level", level)
    half = math.inf if math.isinf(error) else error and t_quantile(df, 0.5 + level / 2) * error
    return Interval(estimate, estimate - half, estimate + half, level, method, n, over)
