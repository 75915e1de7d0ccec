"""From the store's columns to values by (fold, seed) of each contender of a task."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics import TrialLayout, Values, common_units
from harness.tables.scales import Scale
from harness.task import Task

if TYPE_CHECKING:
    from harness.store import Columns

LAYOUTS: Mapping[str, TrialLayout] = {
    "folds": TrialLayout.FOLDS,
    "replications": TrialLayout.REPLICATIONS,
    "seeds": TrialLayout.SEEDS_FIXED_SPLIT,
}
"""Seeds are paired: seed s means the same initial batches and noise for every contender."""


@dataclass(frozen=True)
class Entrant:
    """The trials of a contender on a task.

    Attributes:
        index: rows of the columns that are its records.
        values: the metric on the analysed scale by (fold, seed); NaN for a failed trial.
        missing: number of trials that it lacks and another contender of the task has.
        failures: kind of failure -> number of trials; a metric that is not finite is one of them.
    """

    contender: str
    index: np.ndarray
    values: Values
    missing: int
    failures: Mapping[str, int]

    @property
    def failed(self) -> bool:
        """Whether any of its trials left no finite value; its mean would be one over survivors."""
        return bool(self.failures)


@dataclass(frozen=True)
class Field:
    """All contenders of a task, and the folds and seeds that any of them has run."""

    folds: tuple[int, ...]
    seeds: tuple[int, ...]
    entrants: tuple[Entrant, ...]


def groups(columns: "Columns") -> dict[tuple[str, str], np.ndarray]:
    """Return the rows of each (task, contender); they are neighbours, since the columns are ordered by them."""
    if not len(columns):
        return {}
    changes = (columns.task[1:] != columns.task[:-1]) | (columns.contender[1:] != columns.contender[:-1])
    starts = np.flatnonzero(np.concatenate([[True], changes.astype(bool)]))
    parts = np.split(np.arange(len(columns)), starts[1:])
    return {(columns.task[part[0]], columns.contender[part[0]]): part for part in parts}


def make_field(columns: "Columns", task: Task, scale: Scale, members: Mapping[str, np.ndarray]) -> Field:
    """Gather a task's contenders (name -> rows of `columns`)."""
    rows = np.concatenate(list(members.values()))
    folds = tuple(np.unique(columns.fold[rows]).tolist())
    seeds = tuple(np.unique(columns.seed[rows]).tolist())
    metric = columns.metrics.get(task.metric, np.full(len(columns), np.nan))
    cells = len(folds) * len(seeds)
    entrants = (_entrant(columns, task, scale, name, index, metric, cells) for name, index in members.items())
    return Field(folds, seeds, tuple(entrants))


def _entrant(
    columns: "Columns", task: Task, scale: Scale, name: str, index: np.ndarray, metric: np.ndarray, cells: int
) -> Entrant:
    values, failures = trial_values(columns, index, metric, task.metric, scale)
    return Entrant(name, index, values, cells - len(index), failures)


def trial_values(
    columns: "Columns", index: np.ndarray, metric: np.ndarray, name: str, scale: Scale
) -> tuple[Values, dict[str, int]]:
    """Return the analysed values of a metric by (fold, seed), NaN for a failed trial, and the failures.

    Args:
        index: rows of the records.
        metric: the metric of every row of `columns`.

    Returns:
        The values, and the number of trials by kind of failure; a metric that is not finite is one of the kinds.
    """
    raw, done = metric[index], columns.status[index] == "done"
    finite = np.isfinite(raw)
    analysed = np.where(done & finite, scale.analysed(raw), np.nan)
    places = zip(columns.fold[index].tolist(), columns.seed[index].tolist(), strict=True)
    broken = index[~done]
    kinds = Counter(
        kind or status for kind, status in zip(columns.failure[broken], columns.status[broken], strict=True)
    )
    kinds[f"{name} is not finite"] = int((done & ~finite).sum())
    failures = {kind: number for kind, number in sorted(kinds.items()) if number}
    return dict(zip(places, analysed.tolist(), strict=True)), failures


def complete_part(entrant: Entrant, field: Field) -> Values:
    """Return a contender's values on a complete table of folds and seeds: all of them, or the largest part it has.

    Raises:
        CouldNotMeasure: it has no fold with all seeds and no seed with all folds.
    """
    if not entrant.missing:
        return entrant.values
    everything = {(fold, seed): 0.0 for fold in field.folds for seed in field.seeds}
    return common_units(entrant.values, everything)[0]


def test_train_ratio(task: Task) -> float | None:
    """Return n_test / n_train of the task's folds, from the number that exists, not the number that was run.

    The validation part counts as training data: it chooses the model. None where no training parts overlap.
    """
    folds = task.most_folds
    return 1 / (folds - 1) if task.layout == "folds" and folds > 1 else None
