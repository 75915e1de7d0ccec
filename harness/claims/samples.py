"""Values of the terms of claims by (fold, seed), on the analysed scale, from the columns of the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from harness import catalog
from harness.claims.quantities import RESOURCES, Term
from harness.statistics import Values
from harness.tables.scales import Scale
from harness.tables.units import groups, trial_values

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


class Samples:
    """Current records of one profile, by term."""

    def __init__(self, columns: "Columns") -> None:
        self.columns, self.rows = columns, groups(columns)

    def sample(self, term: Term, scale: Scale) -> Sample:
        """Return the values of a term; empty without records."""
        index = self.rows.get((term.task, term.contender))
        if index is None:
            return Sample(term.task, term.contender)
        metric = term.metric or catalog.task(term.task).metric
        values, failures = trial_values(self.columns, index, self._metric(metric), metric, scale)
        return Sample(term.task, term.contender, values, failures)

    def _metric(self, name: str) -> np.ndarray:
        """Return a metric or a resource of every record; NaN if a record lacks it."""
        columns = self.columns
        if name == "peak_bytes":
            return np.where(columns.peak_bytes > 0, columns.peak_bytes.astype(float), np.nan)
        if name in RESOURCES:
            return np.asarray(getattr(columns, name))
        return columns.metrics.get(name, np.full(len(columns), np.nan))
