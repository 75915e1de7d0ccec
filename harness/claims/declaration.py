"""Declaration of a paper's claim: data without computation, light to import.

    Claim(
        "ours-beats-gcn-mutag",
        "Ours classifies MUTAG graphs more accurately than a flat GCN",
        "superiority",
        (MeanDifference("mutag", "ours", "gcn-sum"),),
        reason="the paper claims superiority without a size",
        minimal_units=10,
        reported=Reported(16.06),
        controls=(Control("mutag", "gin-sum", 78.0, 90.0, "two published tables"),),
    )

Sizes, margins and reported figures are in the unit that the tables show: points for accuracies, a factor where the
quantity is analysed as a ratio (errors such as `mse`, times, bytes), else the metric's own. A size of 0 means none.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from harness.claims.quantities import KernelSpeed, Quantity
from harness.errors import suggestion

ClaimKind = Literal["superiority", "no worse", "equal", "number", "faster"]
Combination = Literal["mean", "each", "some"]
ClaimProvenance = Literal["verified", "second-hand", "from memory", "ours"]


@dataclass(frozen=True)
class Reported:
    """The paper's own figure: a constant with an unknown error, never a sample.

    Attributes:
        value: in the quantity's shown unit.
        spread: number after ± in the paper; None if there is none.
        n: number of runs behind it; None if the paper does not report it.
        provenance: ``verified`` against the paper's text, ``second-hand`` from a work that cites it, or ``from
            memory``.
    """

    value: float
    spread: float | None = None
    n: int | None = None
    provenance: ClaimProvenance = "from memory"


@dataclass(frozen=True)
class Control:
    """A positive control: a baseline with the range that others have published for it on this task.

    A refutation needs one: if the baseline itself is outside its range, the pipeline is suspect, not the paper.

    Attributes:
        low, high: the published range, in the metric's shown unit.
        source: origin of the figures that make the range.
        metric: "" for the task's ranked metric.
    """

    task: str
    contender: str
    low: float
    high: float
    source: str
    provenance: ClaimProvenance = "from memory"
    metric: str = ""

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(
                f"control {self.contender} on {self.task}: low must not exceed high, got {self.low} > {self.high}"
            )


@dataclass(frozen=True)
class Claim:
    """A paper's headline statement as a predicate over records (statistics of verdicts: Lakens, 2017).

    Attributes:
        kind: with θ the quantity, larger is better (:mod:`harness.claims.rules` has the verdicts):
            ``superiority``: θ > 0; at least `size` if it is given, else about `reported` if that is;
            ``no worse``: θ > −`margin`;
            ``equal``: −`margin` < θ < `margin`;
            ``number``: θ within `reported` ± `margin`;
            ``faster``: θ at least `size`·(1 − `tolerance`), for times and kernels as a factor.
        quantities: one; or several, e.g. over levels and tasks.
        combine: θ is the ``mean`` of several quantities, or the claim is about ``each`` or ``some`` of them.
        reason: reason for this size or margin; fixed before the run.
        size_tolerance: largest deviation from `reported` that reproduces its size; a quarter of it by default.
        matters: smallest effect that matters; a quarter of `reported` by default.
        uncontrolled: reason why no baseline has a published figure here; claims without `controls` need it.
        headline: whether it is the paper's main claim, shown first.
        minimal_units: least number of folds, seeds or processes for a verdict.
        provenance: source of the statement; ``ours`` for a question of ours that the paper does not ask.
        alpha: level of each one-sided test.
    """

    name: str
    statement: str
    kind: ClaimKind
    quantities: tuple[Quantity, ...]
    reason: str
    minimal_units: int
    size: float = 0.0
    margin: float = 0.0
    tolerance: float = 0.0
    reported: Reported | None = None
    provenance: ClaimProvenance = "verified"
    controls: tuple[Control, ...] = ()
    combine: Combination = "mean"
    size_tolerance: float = 0.0
    matters: float = 0.0
    uncontrolled: str = ""
    headline: bool = False
    alpha: float = 0.05

    @property
    def tasks(self) -> frozenset[str]:
        """Names of the tasks of its quantities and controls."""
        means = [quantity for quantity in self.quantities if not isinstance(quantity, KernelSpeed)]
        measured = {term.task for quantity in means for term in quantity.terms}
        return frozenset(measured | {control.task for control in self.controls})

    @property
    def kernels(self) -> frozenset[str]:
        """Names of the kernels of its quantities."""
        return frozenset(quantity.kernel for quantity in self.quantities if isinstance(quantity, KernelSpeed))

    def __post_init__(self) -> None:
        for fault in self._faults():
            raise ValueError(f"claim {self.name!r}: {fault}")

    def _faults(self) -> list[str]:
        """Return the faults of the declaration, a sentence each."""
        kinds = get_args(ClaimKind)
        if self.kind not in kinds:
            return [f"kind must be one of {', '.join(kinds)}, got {self.kind!r}{suggestion(str(self.kind), kinds)}"]
        faults = []
        if not self.quantities:
            faults.append("needs at least one quantity")
        if self.combine not in get_args(Combination):
            faults.append(f"combine must be one of {', '.join(get_args(Combination))}, got {self.combine!r}")
        if not (self.controls or self.uncontrolled.strip() or not self.tasks):
            faults.append("needs a positive control, or in `uncontrolled` the reason why it can have none")
        if not self.reason.strip():
            faults.append("needs a reason for its size or margin")
        if self.minimal_units < 2:
            faults.append(f"minimal_units must be at least 2, got {self.minimal_units}")
        if not 0 < self.alpha < 0.5:
            faults.append(f"alpha must lie strictly between 0 and 0.5, got {self.alpha}")
        return [*faults, *self._faults_of_kind()]

    def _faults_of_kind(self) -> list[str]:
        faults, gain = [], self.reported.value if self.reported is not None else 0.0
        if self.kind in ("no worse", "equal", "number"):
            if self.margin <= 0:
                faults.append(f"a claim of kind {self.kind!r} needs a margin above 0, got {self.margin}")
            if self.size:
                faults.append(f"a claim of kind {self.kind!r} has a margin, not a size; got size {self.size}")
        elif self.margin:
            faults.append(f"a claim of kind {self.kind!r} has a size, not a margin; got margin {self.margin}")
        if self.kind in ("no worse", "equal") and 0 < gain < self.margin:
            faults.append(f"the margin {self.margin} exceeds the paper's gain {gain}; expected a smaller margin")
        if self.kind == "number" and self.reported is None:
            faults.append("a claim of kind 'number' needs the reported figure")
        if self.kind == "faster" and self.size <= 0:
            faults.append(f"a claim of kind 'faster' needs a factor above 0 as its size, got {self.size}")
        for name in ("size_tolerance", "matters"):
            if getattr(self, name) < 0 or (getattr(self, name) and self.kind != "superiority"):
                faults.append(f"{name} is at least 0, and of kind 'superiority'; got {getattr(self, name)}")
        if not 0 <= self.tolerance < 1 or (self.tolerance and self.kind != "faster"):
            faults.append(f"tolerance is a fraction within 0..1 of kind 'faster', got {self.tolerance}")
        return faults
