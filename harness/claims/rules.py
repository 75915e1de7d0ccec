"""Rules of verdicts: five kinds of claim, each decided by one-sided tests at its thresholds.

With θ the quantity, larger is better for the claim, and [L, U] its interval at level 1 − 2α:

| kind        | holds            | fails                 |
| ----------- | ---------------- | --------------------- |
| superiority | L > δ            | U < δ                 |
| no worse    | L > −Δ           | U < −Δ                |
| equal       | −Δ < L and U < Δ | L > Δ or U < −Δ       |
| number      | [L, U] in θₚ ± Δ | [L, U] outside θₚ ± Δ |
| faster      | L > δ (1 − tol)  | U < δ (1 − tol)       |

L > δ is the same as p < α of the one-sided test of θ > δ, so p values decide, and Holm's correction adjusts them.
"Holds" and "fails" are two families, each with all claims.

Source: two one-sided tests (Lakens, 2017); non-inferiority and superiority at one level.
"""

import math
from dataclasses import dataclass

from harness.claims.declaration import Claim, ClaimKind
from harness.claims.quantities import KernelSpeed, MeanDifference, Quantity, Slope
from harness.claims.verdict import Part
from harness.statistics import TTest, runs_to_decide
from harness.tables.scales import Scale


@dataclass(frozen=True)
class Thresholds:
    """Thresholds of a claim on the analysed and oriented scale: it holds above `low` and below `high`.

    Superiority, non-inferiority and speed have a lower threshold only; `high` is infinite.
    """

    low: float
    high: float = math.inf

    @property
    def two_sided(self) -> bool:
        """Whether there is an upper threshold."""
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
        """Return the distance from an estimate to the nearest threshold."""
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


def label(kind: ClaimKind, method: str, refuted: bool) -> str:
    """Return the name of the test behind a verdict; "" without a method."""
    two = kind in ("equal", "number") and not refuted
    return method and ("two one-sided tests, " if two else "one-sided ") + method


def needed_units(part: Part, alpha: float) -> int | None:
    """Return the approximate number of units that would decide a part with power 0.8, with its records as a pilot.

    n = ((z₁₋α + z₀.₈) s / |θ̂ − threshold|)² with s = error · √n, which includes the correlation of folds. None if
    the estimate lies on the threshold or its error is unknown.
    """
    if not (math.isfinite(part.deviation) and part.distance > 0):
        return None
    return max(part.n + 1, runs_to_decide(part.deviation, part.distance, alpha=alpha))
