"""Decisions on a task: its contenders' values by unit, and the tests of all of them or of two."""

from collections.abc import Sequence

import numpy as np

from harness.errors import CouldNotMeasure
from harness.statistics import TableDecisions, TTest, arrange, common_units, compare, decide_table
from harness.tables.scales import Scale
from harness.tables.units import LAYOUTS, Entrant, Field, test_train_ratio
from harness.task import Task


def decide(field: Field, task: Task, scale: Scale, reference: str, level: float) -> TableDecisions:
    """Decide the contenders of a task together: the best set, who is worse, differences to the reference."""
    ratio = test_train_ratio(task)
    units = {e.contender: _units(e, field, task) for e in field.entrants if not e.failed}
    n = len(field.folds) if task.over_folds else len(field.seeds)
    return decide_table(
        placement(field.entrants, scale),
        units,
        reference=reference,
        higher_is_better=scale.higher_is_better,
        inflation=None if ratio is None else 1 / n + ratio,
        alpha=level,
    )


def _units(entrant: Entrant, field: Field, task: Task) -> np.ndarray:
    """Return a value for each unit of the field, seeds averaged within folds; NaN where a trial is missing."""
    everything = {(fold, seed): np.nan for fold in field.folds for seed in field.seeds}
    return arrange({**everything, **entrant.values}, LAYOUTS[task.layout]).units()


def placement(entrants: Sequence[Entrant], scale: Scale) -> dict[str, float]:
    """Return the value that contenders are ordered by: their mean, or NaN if they failed.

    A contender that lacks trials gets the mean over all trials of the complete ones, plus how far it lies from them
    on the trials that it has: its plain mean would profit from having skipped hard folds.
    """
    standing = [e for e in entrants if not e.failed]
    complete = [e for e in standing if not e.missing] or standing
    cells: dict[tuple[int, int], list[float]] = {}
    for entrant in complete:
        for cell, value in entrant.values.items():
            cells.setdefault(cell, []).append(value or 0.0)
    level = {cell: float(np.mean(values)) for cell, values in cells.items()}
    overall = float(np.mean(list(level.values()))) if level else 0.0
    scores = dict.fromkeys((e.contender for e in entrants), float("nan"))
    for entrant in standing:
        values = entrant.values.items()
        distance = float(np.mean([(value or 0.0) - level[cell] for cell, value in values if cell in level]))
        scores[entrant.contender] = overall + distance
    return scores


def pair_test(a: Entrant, b: Entrant, task: Task) -> TTest | None:
    """Test A − B on the trials that both have; None without a common one.

    Two contenders alone share no variance with others: this is the layout's own t test.
    """
    try:
        return compare(
            *common_units(a.values, b.values), LAYOUTS[task.layout], test_train_ratio=test_train_ratio(task)
        )
    except CouldNotMeasure:
        return None
