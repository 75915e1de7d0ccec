"""Values of the terms of claims by (fold, seed), on the analysed scale, from the columns of the store."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from harness import catalog
from harness.claims.quantities import RESOURCES, Contrast, MeanQuantity, Slope, Term
from harness.errors import UsageError
from harness.statistics import Values
from harness.tables.scales import Scale, scale_of
from harness.tables.units import groups
from harness.task import Task

if TYPE_CHECKING:
    from harness.store import Columns


@dataclass(frozen=True)
class Sample:
    """Records of one contender on one task.

    Attributes:
        values: the metric on the analysed scale by (fold, seed); NaN for a failed trial.
        failures: kind of failure -> number of trials.
    """

    task: str
    contender: str
    values: Values = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.contender} on {self.task}"


def terms_of(quantities: Sequence[MeanQuantity]) -> list[Term]:
    """Return the terms of all quantities."""
    return [term for quantity in quantities for term in quantity.terms]


def scale_of_quantity(quantity: MeanQuantity) -> Scale:
    """Return the scale on which a quantity is analysed, with the direction of its metric.

    Raises:
        UsageError: its terms have different scales, or its metric has no known direction.
        UnknownName: no such task.
    """
    scales = {_scale(quantity, term) for term in quantity.terms}
    if len(scales) != 1:
        raise UsageError(f"{quantity.title}: its terms are on different scales; give them one metric, or a ratio")
    return scales.pop()


def _scale(quantity: MeanQuantity, term: Term) -> Scale:
    task = catalog.task(term.task)
    metric = term.metric or task.metric
    better = quantity.larger_supports if isinstance(quantity, Contrast | Slope) else _direction(task, metric)
    kind = "log10" if quantity.ratio or metric in RESOURCES else scale_of(task.metrics[metric]).kind
    return Scale(kind, better)


def _direction(task: Task, metric: str) -> bool:
    if metric in RESOURCES:
        return False
    better = task.metrics[metric].higher_is_better
    if better is None:
        known = f"{task.protocol} declares {', '.join(task.metrics.names)}"
        raise UsageError(f"task {task.name!r}: no direction of {metric!r} is better; {known}")
    return better


class Samples:
    """Current records of one profile, by term."""

    def __init__(self, columns: "Columns") -> None:
        self.columns, self.rows = columns, groups(columns)

    def sample(self, term: Term, scale: Scale) -> Sample:
        """Return the values of a term; empty without records."""
        index = self.rows.get((term.task, term.contender))
        if index is None:
            return Sample(term.task, term.contender)
        columns = self.columns
        metric = term.metric or catalog.task(term.task).metric
        raw = self._metric(metric)[index]
        done = columns.status[index] == "done"
        finite = np.isfinite(raw)
        analysed = np.where(done & finite, scale.analysed(np.where(finite, raw, 1.0)), np.nan)
        places = zip(columns.fold[index].tolist(), columns.seed[index].tolist(), strict=True)
        kinds = Counter(
            kind or status
            for kind, status in zip(columns.failure[index[~done]], columns.status[index[~done]], strict=True)
        )
        kinds[f"{metric} is not finite"] = int((done & ~finite).sum())
        failures = {kind: count for kind, count in sorted(kinds.items()) if count}
        return Sample(term.task, term.contender, dict(zip(places, analysed.tolist(), strict=True)), failures)

    def _metric(self, name: str) -> np.ndarray:
        """Return a metric or a resource of every record; NaN if a record lacks it."""
        columns = self.columns
        if name == "peak_bytes":
            return np.where(columns.peak_bytes > 0, columns.peak_bytes.astype(float), np.nan)
        if name in RESOURCES:
            return np.asarray(getattr(columns, name))
        return columns.metrics.get(name, np.full(len(columns), np.nan))
