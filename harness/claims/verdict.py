"""Verdicts on claims: frozen values that tables, sentences and reports read."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from harness.claims.declaration import Claim, Control, Quantity
    from harness.statistics import ConfidenceInterval

Favourable = Literal[
    "reproduced",
    "reproduced, direction and size",
    "direction holds, larger than claimed",
    "direction holds, size open",
    "direction holds",
    "direction holds, size excluded",
]
Unfavourable = Literal[
    "no effect that matters",
    "size excluded, leans for",
    "size excluded, direction open",
    "size excluded, leans against",
    "size excluded",
    "reversed",
]
Open = Literal["open, leans for", "open", "open, leans against"]
Untested = Literal["not decidable", "not run", "for another profile"]
VerdictWord = Literal[Favourable, Unfavourable, Open, Untested]
"""In the order in which tables list claims."""

Supports = Literal["for", "against", "neither"]
FAVOURABLE: frozenset[str] = frozenset(get_args(Favourable))
DECIDED: frozenset[str] = FAVOURABLE | frozenset(get_args(Unfavourable))
UNTESTED: frozenset[str] = frozenset(get_args(Untested))
NOT_RUN: VerdictWord = "not run"


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
        p: one-sided p of the claim's direction here; 1 if it could not be tested.
        test: name of the test; "" for none.
        deviation: error · √n: standard deviation of a unit, including the correlation of folds.
        distance: distance from the estimate to the threshold of the direction, or to the nearer end of a range.
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
    test: str = ""
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
        why: reason why it is not decidable, not run or for another profile; "" otherwise.
        whole: the quantity on which the word rests: the mean over tasks and levels, or the weakest part of a claim
            on each of several; without figures if nothing was tested.
        beyond: interval of the mean over "tasks like these", as text; "" for fewer than two tasks.
        p, p_adjusted: one-sided p of the direction (or of the range), raw and after Holm's correction over the
            claims of its family; NaN if no test may decide it.
        family: number of claims that are corrected together; 0 if it is in none.
        control: checks of the positive controls.
        qualification: "control out of range: …"; "" if no control is outside its range.
        needs: approximate number of units that would decide it; None if it is decided, or if no number would.
        sentence: the verdict with its figures in one sentence.
    """

    claim: "Claim"
    profile: str
    word: VerdictWord
    why: str
    whole: Part
    beyond: str
    p: float
    p_adjusted: float
    family: int
    control: tuple[ControlCheck, ...]
    qualification: str
    needs: int | None
    sentence: str
    parts: tuple[Part, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether the records decide the claim at its level; a lean does not."""
        return self.word in DECIDED

    @property
    def tested(self) -> bool:
        """Whether it could be tested."""
        return self.word not in UNTESTED

    @property
    def supports(self) -> Supports:
        """Whether the decision is for the claim, against it, or neither."""
        if self.word in FAVOURABLE:
            return "for"
        return "against" if self.word in DECIDED else "neither"

    @property
    def figure(self) -> str:
        """The estimate with its unit, e.g. "A − B = +0.74 points"; "" without one."""
        return self.whole.figure

    @property
    def bounds(self) -> str:
        """The interval in the same unit; "" without one."""
        return self.whole.bounds

    @property
    def n(self) -> int:
        """Number of independent units, the smallest over the parts."""
        return self.whole.n
