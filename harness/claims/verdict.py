"""Verdicts on claims: frozen values that tables, sentences and reports read."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from harness.claims.declaration import Claim, Control, Quantity
    from harness.statistics import ConfidenceInterval

VerdictWord = Literal["reproduced", "not reproduced", "not seen at this scale", "inconclusive", "not run"]

REPRODUCED: VerdictWord = "reproduced"
NOT_REPRODUCED: VerdictWord = "not reproduced"
NOT_SEEN: VerdictWord = "not seen at this scale"
INCONCLUSIVE: VerdictWord = "inconclusive"
NOT_RUN: VerdictWord = "not run"
WORDS: tuple[VerdictWord, ...] = (REPRODUCED, NOT_REPRODUCED, NOT_SEEN, INCONCLUSIVE, NOT_RUN)


@dataclass(frozen=True)
class Part:
    """One quantity of a claim, e.g. on one of its data sets.

    Attributes:
        title: names of A, B and task.
        absent: whether a side has no records.
        failed: whether a trial of a side failed; then there is no estimate.
        estimate: on the analysed scale, larger is better for the claim (an accuracy as a fraction, a factor as
            log10); NaN without one.
        interval: its interval at level 1 − 2α; None without records, after a failure, or with one unit only.
        n, over, unit: number of independent units, in words ("10 paired seeds"), and the name of one ("seed").
        available: number of folds of the task; 0 for seeds and processes, whose number has no limit.
        p: one-sided p of "the claim holds here"; 1 if it could not be tested.
        p_against: one-sided p of "the claim fails here"; 1 if it could not be tested.
        test: name of the test behind both; "" for none.
        exact_p: two-sided p of the layout's exact test; None if there is none at the claim's threshold.
        exact_test: name of the exact test.
        deviation: error · √n: standard deviation of a unit, including the correlation of folds.
        distance: distance from the estimate to the nearest threshold.
        remark: missing or failed trials; "" if there are none.
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
    """Whether a baseline is within its published range; if it is not, the pipeline may be at fault.

    Attributes:
        within: None without records of the baseline.
        shown: the measured mean with its interval, in the metric's shown unit.
    """

    control: "Control"
    within: bool | None
    shown: str


@dataclass(frozen=True)
class ClaimVerdict:
    """The verdict of the records of one profile on a claim.

    Attributes:
        word: one of `WORDS`.
        why: reason why it is inconclusive or not run; "" otherwise.
        estimate, interval: estimate of a claim with a single quantity, on the analysed scale, larger is better for
            the claim; NaN and None for several quantities (see `parts`) or without records.
        n: number of independent units, the smallest over the parts.
        p: one-sided p behind the word: of "the claim fails" if it is refuted, else of "it holds"; NaN if no
            test may decide it (too few units, a failure).
        p_adjusted: `p` after Holm's correction over all claims of the suite.
        exact_p, exact_adjusted, exact_test: the layout's exact test (two-sided), adjusted likewise; None and "" if
            there is none, or if so few units cannot reach the claim's α.
        test: name of the test behind `p`.
        control: checks of the positive controls.
        needs: approximate number of units that would decide it; None if it is decided, or if no number would.
        sentence: the verdict with its figures in one sentence.
        figure, bounds: estimate and interval with their unit as text, e.g. "A − B = +0.74 points", "0.54…0.94".
    """

    claim: "Claim"
    profile: str
    word: VerdictWord
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
        """Whether the records decide the claim."""
        return self.word in (REPRODUCED, NOT_REPRODUCED, NOT_SEEN)
