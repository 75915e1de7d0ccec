"""Quantities of claims: weighted sums of means of one metric, by contender and task.

A difference has the weights 1 and −1; a ratio has them on the log scale; a level has one term; a scaling exponent
has the weights of least squares; a difference of differences ("loses less than ...") has four terms. So one
estimator serves all of them. The speed of kernels is the exception: its unit is the process.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

RESOURCES = ("fit_seconds", "predict_seconds", "wall_seconds", "cpu_seconds", "peak_bytes", "parameters")
"""Figures of each record beside its metrics: less is better, always compared as ratios."""


@dataclass(frozen=True)
class Term:
    """`weight` × a contender's mean on a task, of a metric or one of `RESOURCES`; "" for the ranked metric."""

    weight: float
    task: str
    contender: str
    metric: str = ""


@dataclass(frozen=True)
class MeanDifference:
    """`contender` against `against` on one task, positive where `contender` is better.

    Attributes:
        metric: a scored metric or a resource, "" for the task's ranked one.
        ratio: compare as a factor; errors such as `mse` and resources are always compared as factors.
        paired: whether seed s means the same for both sides; if not, the test is Welch's t, not the paired t.
    """

    task: str
    contender: str
    against: str
    metric: str = ""
    ratio: bool = False
    paired: bool = True

    @property
    def terms(self) -> tuple[Term, ...]:
        """The weighted means of both sides."""
        return (Term(1.0, self.task, self.contender, self.metric), Term(-1.0, self.task, self.against, self.metric))

    @property
    def title(self) -> str:
        """Names of A, B, task and metric."""
        metric = f", {self.metric}" if self.metric else ""
        return f"A = {self.contender}, B = {self.against}, {self.task}{metric}"


@dataclass(frozen=True)
class MeanLevel:
    """The mean of one contender on one task: for a paper's figure, and for "reaches at least"."""

    task: str
    contender: str
    metric: str = ""
    ratio: bool = False
    paired = True

    @property
    def terms(self) -> tuple[Term, ...]:
        """The one mean."""
        return (Term(1.0, self.task, self.contender, self.metric),)

    @property
    def title(self) -> str:
        """Names of A, task and metric."""
        return f"A = {self.contender}, {self.task}" + (f", {self.metric}" if self.metric else "")


@dataclass(frozen=True)
class Contrast:
    """Any weighted sum of means of one metric: an ablation's effect, a difference of differences.

    Terms on one task are paired by unit; different tasks count as independent.

    Attributes:
        title: the sum in words, e.g. "accuracy lost to imbalance, GraphCL minus ours".
        larger_supports: whether a larger sum supports the claim, given the metric as it is.
    """

    title: str
    terms: tuple[Term, ...]
    ratio: bool = False
    paired: bool = True
    larger_supports: bool = True


@dataclass(frozen=True)
class Slope:
    """Exponent b of metric ∝ x^b over tasks that differ in size, by least squares in logarithms; or A's minus B's.

    Attributes:
        points: (task, x) with x > 0, at least three, not all equal.
        larger_supports: whether a larger exponent supports the claim.
    """

    contender: str
    points: tuple[tuple[str, float], ...]
    metric: str = ""
    against: str = ""
    larger_supports: bool = True
    ratio = True
    paired = True

    def __post_init__(self) -> None:
        sizes = [x for _, x in self.points]
        if len(sizes) < 3 or min(sizes) <= 0 or min(sizes) == max(sizes):
            raise ValueError(f"a slope needs three points or more with different positive x, got {self.points}")

    @property
    def terms(self) -> tuple[Term, ...]:
        """The means with the weights of least squares, (log x − mean) / Σ (log x − mean)²."""
        logs = [math.log10(x) for _, x in self.points]
        centre = sum(logs) / len(logs)
        total = sum((x - centre) ** 2 for x in logs)
        sides = [(1.0, self.contender)] + ([(-1.0, self.against)] if self.against else [])
        return tuple(
            Term(sign * (x - centre) / total, task, name, self.metric)
            for (task, _), x in zip(self.points, logs, strict=True)
            for sign, name in sides
        )

    @property
    def title(self) -> str:
        """Names of A and B, and the number of sizes."""
        minus = f" minus that of B = {self.against}" if self.against else ""
        return f"exponent of A = {self.contender}{minus} over {len(self.points)} sizes"


@dataclass(frozen=True)
class KernelSpeed:
    """Time of `against` / time of `implementation` of a kernel; each matching case is one part of the claim.

    Attributes:
        case: name of a case, or a glob over names.
        implementation: "" for the kernel's headline.
        threads: 1, or 0 for all.
    """

    kernel: str
    case: str
    against: str
    implementation: str = ""
    threads: int = 1

    @property
    def title(self) -> str:
        """Names of A, B, kernel and cases."""
        return f"A = {self.implementation or 'ours'}, B = {self.against}, kernel {self.kernel}, {self.case}"


MeanQuantity = MeanDifference | MeanLevel | Contrast | Slope
Quantity = MeanQuantity | KernelSpeed


def ordering(task: str, *contenders: str, metric: str = "") -> tuple[MeanDifference, ...]:
    """Return the differences between neighbours of an ordering ("first beats second beats third") on one task."""
    return tuple(MeanDifference(task, better, worse, metric) for better, worse in pairwise(contenders))


def on_each(tasks: tuple[str, ...], contender: str, against: str, metric: str = "") -> tuple[MeanDifference, ...]:
    """Return the difference of two contenders on each task."""
    return tuple(MeanDifference(task, contender, against, metric) for task in tasks)
