"""From the run store to the leaderboard of a suite."""

import math
from collections.abc import Collection, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from harness import catalog
from harness.errors import CouldNotMeasure
from harness.leaderboard import provenance
from harness.leaderboard.flags import flags_of
from harness.leaderboard.ranking import decide, difference
from harness.leaderboard.standings import standings
from harness.paper import Figures, paper_figures
from harness.statistics import ConfidenceInterval, PairwiseDecisions, deviations, rank_intervals, summary
from harness.tables.scales import scale_of
from harness.tables.units import LAYOUTS, Entrant, Field, complete_part, groups, make_field, test_train_ratio
from harness.tables.values import Board, BoardRow, Costs, Measure, State, TaskTable
from harness.task import Suite, Task

if TYPE_CHECKING:
    from harness.store import Columns, RunStore

LEVEL = 0.05


def build_board(
    store: "RunStore",
    suite: str,
    profile: str,
    tasks: Collection[str] | None = None,
    contenders: Collection[str] | None = None,
    *,
    keys: Collection[str] | None = None,
) -> Board:
    """Return the leaderboard of a suite in one profile.

    Each table's family of tests is all pairs of its contenders, corrected by Holm; ranks, the difference to the
    best and the difference to the suite's reference baseline all read the same adjusted p values.

    Args:
        tasks, contenders: names to take; None takes all of the suite.
        keys: take only records with these keys, such as the keys of the present code; None takes the newest.

    Raises:
        UnknownName: no such suite.
        StoreError: a record is damaged.
    """
    known = catalog.suite(suite)
    chosen = [t for t in catalog.suite_tasks(known) if profile in t.extents and (tasks is None or t.name in tasks)]
    columns = store.columns(tasks=[t.name for t in chosen], contenders=contenders, profile=profile, keys=keys)
    parts = groups(columns)
    environments = {e.fingerprint: e.content for e in store.environments()}
    tables, empty = [], []
    for task in chosen:
        listed = catalog.task_contenders(known, task)
        names = [name for name in listed if contenders is None or name in contenders]
        members = {name: parts[task.name, name] for name in names if (task.name, name) in parts}
        if members:
            command = ["bench", "run", "--suite", suite, "--profile", profile, "-t", task.name]
            command += [] if names == listed else [word for name in names for word in ("-c", name)]
            flags = flags_of(store, columns, task.name, profile, members)
            tables.append(_table(columns, known, task, profile, names, members, environments, command, flags))
        elif names:
            empty.append(task.name)
    return Board(
        suite, known.title, profile, tuple(tables), standings(tables), tuple(empty), LEVEL, columns.superseded
    )


def _table(
    columns: "Columns",
    suite: Suite,
    task: Task,
    profile: str,
    names: Sequence[str],
    members: Mapping[str, np.ndarray],
    environments: provenance.Environments,
    command: Sequence[str],
    flags: Mapping[str, Mapping[str, int]],
) -> TaskTable:
    scale = scale_of(task.ranked)
    field = make_field(columns, task, scale, members)
    family = decide(field, task, scale, LEVEL)
    reference = suite.reference(task)
    extent = task.extents[profile]
    units, planned = (field.folds, extent.folds) if task.over_folds else (field.seeds, extent.seeds)
    failed = sum(sum(e.failures.values()) for e in field.entrants)
    return TaskTable(
        task=task,
        scale=scale,
        reference=reference,
        rows=_rows(columns, task, field, family, reference, paper_figures(), flags),
        not_run=tuple(name for name in names if name not in members),
        family=family,
        units=len(units),
        planned=planned,
        provenance=provenance.collect(columns, members, task, environments, failed, command),
    )


def _rows(
    columns: "Columns",
    task: Task,
    field: Field,
    family: PairwiseDecisions,
    reference: str,
    figures: Figures,
    flags: Mapping[str, Mapping[str, int]],
) -> tuple[BoardRow, ...]:
    entrants = {e.contender: e for e in field.entrants}
    best = family.names[0]
    others = [name for name in entrants if name != reference] if reference in entrants else []
    rows = []
    for standing, score in zip(rank_intervals(family), family.scores, strict=True):
        name = standing.name
        entrant = entrants[name]
        entry = catalog.contenders().get(name)
        estimate, (fold_std, seed_std) = _estimate(entrant, field, task)
        rows.append(
            BoardRow(
                contender=name,
                kind=entry.kind if entry else "",
                title=entry.title if entry else "",
                state=_state(entrant),
                estimate=estimate,
                score=score,
                fold_std=fold_std,
                seed_std=seed_std,
                best_rank=standing.low,
                worst_rank=standing.high,
                to_best=None if name == best else difference(name, best, family),
                to_reference=difference(name, reference, family) if name in others else None,
                trials=len(entrant.index),
                missing=entrant.missing,
                failures=entrant.failures,
                costs=_costs(columns, entrant.index),
                measures=_measures(columns, entrant, task),
                paper=figures.get((task.name, name)),
                flags=flags.get(name, {}),
            )
        )
    return tuple(rows)


def _estimate(entrant: Entrant, field: Field, task: Task) -> tuple[ConfidenceInterval | None, tuple[float, float]]:
    """Return the mean with its interval, and the standard deviations over folds and seeds."""
    nothing = (math.nan, math.nan)
    if entrant.failed:
        return None, nothing
    try:
        values = complete_part(entrant, field)
    except CouldNotMeasure:
        return None, nothing
    layout = LAYOUTS[task.layout]
    interval = summary(values, layout, test_train_ratio=test_train_ratio(task))
    return interval, deviations(values, layout)


def _state(entrant: Entrant) -> State:
    if entrant.failed:
        return "failed"
    return "partial" if entrant.missing else "complete"


def _costs(columns: "Columns", index: np.ndarray) -> Costs:
    done = index[columns.status[index] == "done"]
    return Costs(
        fit_seconds=_median(columns.fit_seconds[done]),
        predict_seconds=_median(columns.predict_seconds[done]),
        peak_bytes=float(columns.peak_bytes[index].max()) or math.nan,
        parameters=_median(columns.parameters[done]),
        configurations_tried=float(np.fmax.reduce(columns.configurations_tried[done], initial=math.nan)),
    )


def _measures(columns: "Columns", entrant: Entrant, task: Task) -> dict[str, Measure]:
    """Return the metrics that are reported and not ranked; none for a failed contender."""
    if entrant.failed:
        return {}
    unit = (columns.fold if task.over_folds else columns.seed)[entrant.index]
    found = {}
    for name, values in columns.metrics.items():
        own = values[entrant.index]
        if name != task.metric and not np.isnan(own).all():
            known = ~np.isnan(own)
            found[name] = _measure(own[known], unit[known])
    return found


def _measure(values: np.ndarray, unit: np.ndarray) -> Measure:
    """Return mean and spread of `values`, (n,); `unit`, (n,), is the fold or seed of each value."""
    means = np.array([values[unit == one].mean() for one in np.unique(unit)])
    std = float(means.std(ddof=1)) if len(means) > 1 and np.isfinite(means).all() else math.nan
    return Measure(float(values.mean()), std, len(means))


def _median(values: np.ndarray) -> float:
    known = _known(values)
    return float(median(known.tolist())) if len(known) else math.nan


def _known(values: np.ndarray) -> np.ndarray:
    return values[~np.isnan(values)]
