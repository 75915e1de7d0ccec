"""The two-condition rule for a slowdown relative to peers, and the number of processes that it needs.

A process gives one number, x = log(our time / the peers' time), from interleaved rounds. The slowdown is
the difference of the means of x, new minus reference, with Welch's t over processes. It is

    slower   if (i) the lower one-sided 99.8 % bound of the slowdown is above 1 and (ii) the point estimate is above
             half of the slowdown that must not pass (on the log scale: √1.10 = 1.049 for 10 %);
    faster   by the same two conditions, mirrored;
    same     if the upper one-sided 95 % bound excludes the slowdown that must not pass;
    unsure   otherwise.

Why half: with a point condition of 10 %, a true slowdown of 10 % would be missed every other time, however many
processes there are. At half, unchanged and slowed kernels lie equally far from the threshold. A slower kernel is
measured a second time in fresh processes and has regressed only if it is slower in both sessions: a false alarm
needs two, 0.002² = 4e-6 a kernel. Whatever the noise, a true slowdown of 10 % is *same* at most once in 20.

Power: with a deviation s between processes and n of them on each side, a 10 % slowdown is detected twice with
probability 0.9 if log 1.10 / (s √(2/n)) is at least t₀.₉₉₈ + 1.63: 6 processes each for s = 2 %, 8 for 3 %, 15
for 5 %, 48 for 10 % (:func:`processes_needed`). Source: statistics.md, section 5; Kalibera & Jones (2013).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.statistics import ConfidenceInterval, TTest, normal_quantile, t_quantile, welch_t

Pace = Literal["slower", "faster", "same", "unsure"]
MOST_PROCESSES = 1000


@dataclass(frozen=True)
class SpeedRule:
    """Limits and levels of the two-condition rule.

    Attributes:
        slowdown: the slowdown that must not pass, 0.10 for 10 %.
        alpha: one-sided level of condition (i), for one session; a regression needs two.
        level: confidence with which *same* excludes the slowdown.
        fewest: processes that each side must have.
    """

    slowdown: float = 0.10
    alpha: float = 0.002
    level: float = 0.95
    fewest: int = 5

    @property
    def limit(self) -> float:
        """Log of the slowdown that must not pass."""
        return math.log1p(self.slowdown)

    @property
    def threshold(self) -> float:
        """Log of the point slowdown that condition (ii) asks for."""
        return self.limit / 2


@dataclass(frozen=True)
class Slowdown:
    """New time / reference time of an implementation, both relative to the same peers.

    Attributes:
        test: Welch's t of the processes' log times, new minus reference.
        deviation: of x between processes, pooled over both sides.
    """

    test: TTest
    rule: SpeedRule
    deviation: float

    @property
    def p_slower(self) -> float:
        """One-sided p value of a slowdown."""
        return self.test.p_greater()

    @property
    def pace(self) -> Pace:
        """Verdict of the rule on this one session."""
        return self.pace_at(self.rule.alpha)

    def pace_at(self, alpha: float) -> Pace:
        """Return the verdict of the rule with another level of condition (i)."""
        change = self.test.difference
        if change > self.rule.threshold and self.p_slower < alpha:
            return "slower"
        if change < -self.rule.threshold and self.test.p_less() < alpha:
            return "faster"
        return "same" if self.test.p_less(self.rule.limit) < 1 - self.rule.level else "unsure"

    @property
    def ratio(self) -> ConfidenceInterval:
        """The slowdown as a factor with its two-sided 95 % interval."""
        known = self.test.interval
        estimate, low, high = (math.exp(min(x, 700.0)) for x in (known.estimate, known.low, known.high))
        return replace(known, estimate=estimate, low=low, high=high)

    @property
    def needed(self) -> int:
        """Number of processes on each side that detects the slowdown that must not pass."""
        return processes_needed(self.deviation, self.rule)


def slowdown(reference: Sequence[float], new: Sequence[float], rule: SpeedRule) -> Slowdown:
    """Compare the processes of both sides, each given as log(our time / the peers' time).

    Raises:
        ValueError: an empty side, or a value that is not finite.
    """
    test = welch_t(new, reference, unit="process")
    return Slowdown(test, rule, _pooled_deviation(reference, new))


def processes_needed(deviation: float, rule: SpeedRule, *, power: float = 0.9) -> int:
    """Return the number of processes on each side that detects `rule.slowdown` twice with probability `power`.

    Both sessions must pass condition (i), for which the limit must be t₁₋α + z errors, and (ii), for which half of
    it must be z errors; z is the normal quantile of √power, and t has the fewest degrees of freedom that Welch's
    test may give it. At most `MOST_PROCESSES`.
    """
    z = normal_quantile(math.sqrt(power))
    for n in range(rule.fewest, MOST_PROCESSES):
        error = deviation * math.sqrt(2 / n)
        sure = (t_quantile(n - 1, 1 - rule.alpha) + z) * error
        if max(sure, 2 * z * error) <= rule.limit:
            return n
    return MOST_PROCESSES


def _pooled_deviation(*sides: Sequence[float]) -> float:
    squares = [sum((x - math.fsum(side) / len(side)) ** 2 for x in side) for side in sides]
    return math.sqrt(sum(squares) / max(1, sum(len(side) - 1 for side in sides)))
