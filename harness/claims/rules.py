"""The rule of verdicts: five kinds of claim, each decided by one-sided tests at its threshold.

With θ the quantity, larger is better for the claim, and [L, U] its interval at level 1 − 2α:

| kind        | holds            | fails                 |
| ----------- | ---------------- | --------------------- |
| superiority | L > δ            | U < δ                 |
| no worse    | L > −Δ           | U < −Δ                |
| equal       | −Δ < L and U < Δ | L > Δ or U < −Δ       |
| number      | [L, U] in θₚ ± Δ | [L, U] outside θₚ ± Δ |
| faster      | L > δ (1 − tol)  | U < δ (1 − tol)       |

L > δ is the same as p < α of the one-sided test of θ > δ, so p values decide, and Holm can adjust them. "Holds"
and "fails" are two families: the side to test is fixed before looking.

Source: two one-sided tests (Lakens, 2017); non-inferiority and superiority at one level.
"""

import math
from dataclasses import dataclass

from harness.claims.declaration import Claim, Kind
from harness.claims.quantities import Difference, KernelSpeed, Quantity, Slope
from harness.claims.verdict import Part
from harness.statistics import TTest, runs_to_decide
from harness.tables.scales import Scale


@dataclass(frozen=True)
class Thresholds:
    """Where a claim is decided, on the analysed and oriented scale: above `low` and below `high`.

    Superiority, non-inferiority and speed have a lower threshold only; `high` is infinite.
    """

    low: float
    high: float = math.inf

    @property
    def two_sided(self) -> bool:
        """Whether the quantity must also stay below something."""
        return math.isfinite(self.high)

    def p_holds(self, test: TTest) -> float:
        """Return the p value of "low < θ < high": the larger of the two one-sided tests."""
        above = test.p_greater(self.low)
        return max(above, test.p_less(self.high)) if self.two_sided else above

    def p_fails(self, test: TTest) -> float:
        """Return the p value of "θ < low or θ > high"."""
        below = test.p_less(self.low)
        return min(below, test.p_greater(self.high)) if self.two_sided else below

    def distance(self, estimate: float) -> float:
        """Return how far an estimate is from the nearest threshold."""
        return min(abs(estimate - self.low), abs(estimate - self.high))


def thresholds(claim: Claim, quantity: Quantity, scale: Scale) -> Thresholds:
    """Return the thresholds of a claim for one of its quantities."""

    def analysed(shown: float) -> float:
        return orientation(quantity, scale) * on_scale(shown, quantity, scale)

    if claim.kind == "superiority":
        return Thresholds(analysed(claim.size))
    if claim.kind == "faster":
        return Thresholds(analysed(claim.size * (1 - claim.tolerance)))
    margin = on_scale(claim.margin, quantity, scale)
    if claim.kind == "no worse":
        return Thresholds(-margin)
    if claim.kind == "equal":
        return Thresholds(-margin, margin)
    if claim.reported is None:
        raise ValueError(f"claim {claim.name!r} of kind 'number' has no reported figure")
    centre = analysed(claim.reported.value)
    return Thresholds(centre - margin, centre + margin)


def orientation(quantity: Quantity, scale: Scale) -> float:
    """Return −1 for a quantity that is shown as it is, and analysed negated because the claim wants it small.

    Differences are shown as they are analysed, positive where A is better; levels, exponents and effects are not.
    """
    oriented = isinstance(quantity, Difference | KernelSpeed) or scale.higher_is_better
    return 1.0 if oriented else -1.0


def on_scale(shown: float, quantity: Quantity, scale: Scale) -> float:
    """Return a size, margin or figure on the analysed scale, not oriented; 0, "none", stays 0.

    Points become fractions and factors their logarithms; exponents are what they are.
    """
    if isinstance(quantity, Slope):
        return shown
    if scale.kind == "percent":
        return shown / 100
    return math.log10(shown) if scale.kind == "log10" and shown else shown


def label(kind: Kind, method: str, refuted: bool) -> str:
    """Return the name of the test behind a verdict; "" without a method."""
    two = kind in ("equal", "number") and not refuted
    return method and ("two one-sided tests, " if two else "one-sided ") + method


def needed_units(part: Part, alpha: float) -> int | None:
    """Return about how many units would decide a part with power 0.8, given what is known of it as a pilot.

    n = ((z₁₋α + z₀.₈) s / |θ̂ − threshold|)², with s = error · √n, so that the correlation of folds is in it. None
    where the estimate lies on the threshold or there is no error to reckon with.
    """
    if not (math.isfinite(part.deviation) and part.distance > 0):
        return None
    return max(part.n + 1, runs_to_decide(part.deviation, part.distance, alpha=alpha))
