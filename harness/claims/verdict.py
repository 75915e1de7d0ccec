"""What the records say of a claim: frozen values that tables, sentences and reports read and none computes."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from harness.claims.declaration import Claim, Control, Quantity
    from harness.statistics import ConfidenceInterval

Word = Literal["reproduced", "not reproduced", "not seen at this scale", "inconclusive", "not run"]

REPRODUCED: Word = "reproduced"
NOT_REPRODUCED: Word = "not reproduced"
NOT_SEEN: Word = "not seen at this scale"
INCONCLUSIVE: Word = "inconclusive"
NOT_RUN: Word = "not run"
WORDS: tuple[Word, ...] = (REPRODUCED, NOT_REPRODUCED, NOT_SEEN, INCONCLUSIVE, NOT_RUN)


@dataclass(frozen=True)
class Part:
    """One quantity of a claim, e.g. one of the data sets that it speaks of.

    Attributes:
        title: who is A, who is B, and where.
        absent: whether a side has no records at all.
        failed: whether a trial of a side failed; the part is then not estimated.
        estimate: on the analysed scale, larger is better for the claim (an accuracy as a fraction, a factor as
            log10); NaN without one.
        interval: of it at level 1 − 2α; None where there are no records, failures, or one unit only.
        n, over, unit: independent units, in words, e.g. "10 paired seeds", and what one is, e.g. "seed".
        available: how many folds the task has; 0 for seeds and processes, which have no natural end.
        p: one-sided p of "the claim holds here"; 1 where it could not be tested.
        p_against: one-sided p of "the claim fails here"; 1 where it could not be tested.
        test: the method behind both, "" for none.
        exact_p: two-sided p of the layout's exact companion; None where there is none for the claim's threshold.
        exact_test: name of that companion.
        deviation: error · √n: the standard deviation of a unit, with the correlation of folds in it.
        distance: from the estimate to the nearest threshold.
        remark: what is missing or failed; "" if nothing is.
        figure: the estimate with its unit, e.g. "A − B = +0.74 points"; "" without one.
        bounds: the interval in the same unit, e.g. "0.54…0.94"; "" without one.
    """

    quantity: "Quantity"
    title: str = ""
    absent: bool = False
    failed: bool = False
    estimate: float = math.nan
    interval: "ConfidenceInterval | None" = None
    n: int = 0
    over: str = ""
    unit: str = ""
    available: int = 0
    p: float = 1.0
    p_against: float = 1.0
    test: str = ""
    exact_p: float | None = None
    exact_test: str = ""
    deviation: float = math.nan
    distance: float = math.nan
    remark: str = ""
    figure: str = ""
    bounds: str = ""


@dataclass(frozen=True)
class ControlCheck:
    """Whether a baseline is within its own published range: without it a refutation may be the pipeline's fault.

    Attributes:
        within: None where there are no records of the baseline.
        shown: what was measured, with its interval, in the metric's shown unit.
    """

    control: "Control"
    within: bool | None
    shown: str


@dataclass(frozen=True)
class Verdict:
    """What the records of one profile say of a claim.

    Attributes:
        word: one of `WORDS`.
        why: what makes it inconclusive or not run; "" otherwise.
        estimate, interval: of a claim with a single quantity, on the analysed scale, larger is better for the
            claim; NaN and None for one over several quantities (see `parts`) or without records.
        n: independent units; the fewest over the parts.
        p: one-sided p behind the word: of "the claim fails" where it is refuted, else of "it holds"; NaN where no
            test may decide it (too few units, a failure).
        p_adjusted: `p` adjusted by Holm over all claims of the suite.
        exact_p, exact_adjusted, exact_test: the layout's exact companion (two-sided), adjusted likewise; None and
            "" where there is none, or where so few units cannot reach the claim's α.
        test: the test behind `p`.
        control: the positive controls, checked.
        needs: about how many units would decide it; None where it is decided, or where that cannot be said.
        sentence: all of it in one sentence.
        figure, bounds: estimate and interval with their unit as text, e.g. "A − B = +0.74 points", "0.54…0.94".
    """

    claim: "Claim"
    profile: str
    word: Word
    why: str
    estimate: float
    interval: "ConfidenceInterval | None"
    n: int
    p: float
    p_adjusted: float
    test: str
    control: tuple[ControlCheck, ...]
    needs: int | None
    sentence: str
    parts: tuple[Part, ...] = ()
    figure: str = ""
    bounds: str = ""
    exact_p: float | None = None
    exact_adjusted: float | None = None
    exact_test: str = ""

    @property
    def decided(self) -> bool:
        """Whether the records settle the claim one way or the other."""
        return self.word in (REPRODUCED, NOT_REPRODUCED, NOT_SEEN)
