"""Rules of verdicts: direction and size of a claim, each decided by one-sided tests at its thresholds.

With θ the quantity, larger is better for the claim, [L, U] its interval at level 1 − 2α and p one-sided for its
direction, the first row that fits a claim of superiority, non-inferiority or speed is its verdict:

| condition                            | verdict                                    |
| ------------------------------------ | ------------------------------------------ |
| U < d                                | reversed                                   |
| L > d, size within [s₁, s₂]          | reproduced, direction and size             |
| L > d, L > s₂                        | direction holds, larger than claimed       |
| L > d, U < s₁                        | direction holds, size excluded             |
| L > d                                | direction holds, size open                 |
| −δ < L, U < δ                        | no effect that matters                     |
| U < s₁                               | size excluded; leans for, against, or open |
| p ≤ 0.2, p ≥ 0.8                     | open, leans for / against                  |
| else                                 | open                                       |

d is 0, or −margin for "no worse"; [s₁, s₂] is the paper's figure ± its tolerance, or "at least the claimed size".
Claims without a size, and "no worse", have no size column. "Equal" and "number" have a range instead: inside it the
claim is reproduced, outside it is reversed or its size excluded.

A row is true when its p values, corrected by Holm's method over the family of claims, are at most α; leans are not
corrected, and wrong in one of five cases.

Source: two one-sided tests (Lakens, 2017); verdicts that separate direction and size.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from harness.claims.declaration import Claim
from harness.claims.quantities import KernelSpeed, MeanDifference, Quantity, Slope
from harness.claims.verdict import Part, VerdictWord
from harness.statistics import TTest, independent_sum, runs_to_decide
from harness.tables.scales import Scale

LEAN = 0.2
"""Largest one-sided p of a lean: it errs in at most one of five claims without an effect."""

PValues = Mapping[str, float]
TESTS = ("above", "below", "at least", "too small", "at most", "too large", "negligible", "inside", "outside")


@dataclass(frozen=True)
class Assertion:
    """What a claim asserts of θ, on the analysed and oriented scale; NaN where it asserts nothing.

    Attributes:
        direction: θ exceeds it.
        low, high: range of the claimed size; `high` is infinite for "at least".
        ranged: whether the range is all that is claimed ("equal", "number").
        matters: smallest effect that matters.
        figure: the paper's own figure; `error` and `df` of it where the paper gives its spread and number of runs.
    """

    direction: float = math.nan
    low: float = math.nan
    high: float = math.nan
    ranged: bool = False
    matters: float = math.nan
    figure: float = math.nan
    error: float = 0.0
    df: float = math.inf

    @property
    def sized(self) -> bool:
        """Whether a size is claimed."""
        return not math.isnan(self.low)

    def p_values(self, test: TTest) -> dict[str, float]:
        """Return the one-sided p value of each statement about θ that a verdict needs; 1 where it is not made."""
        p = dict.fromkeys(TESTS, 1.0)
        if not math.isnan(self.direction):
            p |= {"above": test.p_greater(self.direction), "below": test.p_less(self.direction)}
        if self.sized:
            size = self._against_the_paper(test)
            p |= {"at least": size.p_greater(self.low), "too small": size.p_less(self.low)}
            p |= {"at most": size.p_less(self.high), "too large": size.p_greater(self.high)}
            p["inside"] = max(p["at least"], p["at most"])
            p["outside"] = min(1.0, 2 * min(p["too small"], p["too large"])) if self.ranged else 1.0
        if not math.isnan(self.matters):
            p["negligible"] = max(test.p_greater(-self.matters), test.p_less(self.matters))
        return p

    def _against_the_paper(self, test: TTest) -> TTest:
        """Return the test of θ − paper, shifted back to θ: the paper's own error counts where it is known."""
        if not self.error:
            return test
        paper = replace(test, difference=0.0, error=self.error, df=self.df)
        return independent_sum([test, paper])

    def distance(self, estimate: float) -> float:
        """Return the distance from an estimate to the threshold of the direction, or to the nearer end."""
        if not math.isnan(self.direction):
            return abs(estimate - self.direction)
        return min(abs(estimate - self.low), abs(estimate - self.high))


def assertion(claim: Claim, quantity: Quantity, scale: Scale) -> Assertion:
    """Return what a claim asserts of one of its quantities."""
    sign = orientation(quantity, scale)

    def analysed(shown: float) -> float:
        return sign * on_scale(shown, quantity, scale)

    if claim.kind in ("equal", "number"):
        centre = claim.reported.value if claim.kind == "number" and claim.reported else None
        if centre is None:
            margin = on_scale(claim.margin, quantity, scale)
            return Assertion(low=-margin, high=margin, ranged=True)
        ends = _range(centre, claim.margin, quantity, scale, sign)
        return Assertion(low=ends[0], high=ends[1], ranged=True)
    if claim.kind == "no worse":
        return Assertion(direction=-on_scale(claim.margin, quantity, scale))
    if claim.kind == "faster" or claim.size:
        least = analysed(claim.size * (1 - claim.tolerance))
        if claim.kind == "faster" and claim.size == 1:
            return Assertion(direction=least)
        return Assertion(direction=0.0, low=least, high=math.inf, matters=abs(least) / 4)
    return _of_superiority(claim, quantity, scale, sign)


def _of_superiority(claim: Claim, quantity: Quantity, scale: Scale, sign: float) -> Assertion:
    """Return the assertion of a difference above 0, with the paper's figure as its size if there is one."""
    reported = claim.reported
    if reported is None or reported.value <= 0:
        matters = on_scale(claim.matters, quantity, scale) if claim.matters else math.nan
        return Assertion(direction=0.0, matters=matters)
    tolerance = claim.size_tolerance or reported.value / 4
    matters = claim.matters or reported.value / 4
    if scale.kind == "log10":  # a factor: ×4 with a quarter of its logarithm
        figure = abs(on_scale(reported.value, quantity, scale))
        return Assertion(0.0, figure * 0.75, figure * 1.25, matters=figure / 4, figure=figure)
    low, high = _range(reported.value, tolerance, quantity, scale, sign)
    figure = sign * on_scale(reported.value, quantity, scale)
    known = reported.spread is not None and reported.n is not None and reported.n > 1
    error = on_scale(reported.spread or 0.0, quantity, scale) / math.sqrt(reported.n or 1) if known else 0.0
    df = float((reported.n or 1) - 1) if known else math.inf
    return Assertion(0.0, low, high, False, on_scale(matters, quantity, scale), figure, error, df)


def _range(centre: float, margin: float, quantity: Quantity, scale: Scale, sign: float) -> tuple[float, float]:
    """Return figure − margin and figure + margin on the analysed and oriented scale, the smaller first."""
    if scale.kind == "log10":
        middle, half = sign * on_scale(centre, quantity, scale), abs(on_scale(margin, quantity, scale))
        return middle - half, middle + half
    ends = [sign * on_scale(shown, quantity, scale) for shown in (centre - margin, centre + margin)]
    return min(ends), max(ends)


def verdict_word(asserted: Assertion, kind: str, adjusted: PValues, raw: PValues, alpha: float) -> VerdictWord:
    """Return the verdict from p values, `adjusted` for the family of claims and `raw` for leans."""

    def holds(*names: str) -> bool:
        return all(adjusted[name] <= alpha for name in names)

    if asserted.ranged:
        return _ranged(kind, holds("inside"), holds("outside"), raw)
    if holds("below"):
        return "reversed"
    if holds("above"):
        return _size(asserted, kind, holds)
    if holds("negligible"):
        return "no effect that matters"
    leans_for, leans_against = raw["above"] <= LEAN, raw["below"] <= LEAN
    if asserted.sized and holds("too small"):
        if leans_against:
            return "size excluded, leans against"
        return "size excluded, leans for" if leans_for else "size excluded, direction open"
    if leans_for:
        return "open, leans for"
    return "open, leans against" if leans_against else "open"


def _size(asserted: Assertion, kind: str, holds: Callable[..., bool]) -> VerdictWord:
    """Return the verdict of a claim whose direction holds."""
    if not asserted.sized:
        return "reproduced" if kind in ("no worse", "faster") else "direction holds"
    if math.isinf(asserted.high):
        if holds("at least"):
            return "reproduced, direction and size"
    elif holds("inside"):
        return "reproduced, direction and size"
    elif holds("too large"):
        return "direction holds, larger than claimed"
    return "direction holds, size excluded" if holds("too small") else "direction holds, size open"


def _ranged(kind: str, inside: bool, outside: bool, raw: PValues) -> VerdictWord:
    if inside:
        return "reproduced"
    if outside:
        return "size excluded" if kind == "number" else "reversed"
    if raw["inside"] <= LEAN:
        return "open, leans for"
    return "open, leans against" if raw["outside"] <= LEAN else "open"


def orientation(quantity: Quantity, scale: Scale) -> float:
    """Return 1 if a quantity is shown as it is analysed, −1 if it is analysed with the opposite sign.

    Levels, exponents and effects that the claim expects to be small are analysed with the opposite sign;
    differences are shown as they are analysed, positive if A is better.
    """
    oriented = isinstance(quantity, MeanDifference | KernelSpeed) or scale.higher_is_better
    return 1.0 if oriented else -1.0


def on_scale(shown: float, quantity: Quantity, scale: Scale) -> float:
    """Return a size, margin or figure on the analysed scale, not oriented; 0 means none and stays 0.

    Points become fractions and factors their logarithms; exponents stay unchanged.
    """
    if isinstance(quantity, Slope):
        return shown
    if scale.kind == "percent":
        return shown / 100
    return math.log10(shown) if scale.kind == "log10" and shown else shown


def needed_units(part: Part, alpha: float) -> int | None:
    """Return the approximate number of units that would decide a part with power 0.8, with its records as a pilot.

    n = ((z₁₋α + z₀.₈) s / |θ̂ − threshold|)² with s = error · √n, which includes the correlation of folds. None if
    the estimate lies on the threshold or its error is unknown.
    """
    if not (math.isfinite(part.deviation) and part.distance > 0):
        return None
    return max(part.n + 1, runs_to_decide(part.deviation, part.distance, alpha=alpha))
