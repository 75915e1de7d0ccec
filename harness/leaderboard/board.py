"""From the run store to the leaderboard of a suite."""

import math
from collections.abc import Collection, Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, get_args

import numpy as np

from harness import catalog
from harness.errors import CouldNotMeasure
from harness.leaderboard import provenance
from harness.leaderboard.flags import flags_of
from harness.leaderboard.ranking import decide
from harness.leaderboard.standings import standings
from harness.paper import Figures, paper_figures
from harness.statistics import ConfidenceInterval, Group, TableDecisions, deviations, summary
from harness.tables.scales import analysed_bounds, scale_of
from harness.tables.timings import comparable_times
from harness.tables.units import LAYOUTS, Entrant, Field, complete_part, groups, make_field, test_train_ratio
from harness.tables.values import Board, BoardRow, Costs, Measure, State, TaskTable
from harness.task import Suite, Task

if TYPE_CHECKING:
    from harness.store import Columns, RunStore

LEVEL = 0.05
GROUPS = get_args(Group)


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

    The contenders of a table are decided together (:mod:`harness.statistics.best_set`): groups and ranks, and the
    differences to the suite's reference baseline, share their variances.

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
    reference = suite.reference(task)
    decisions = decide(field, task, scale, reference, LEVEL)
    extent = task.extents[profile]
    units, planned = (field.folds, extent.folds) if task.over_folds else (field.seeds, extent.seeds)
    failed = sum(sum(e.failures.values()) for e in field.entrants)
    timed, *others = comparable_times(columns, np.concatenate(list(members.values())))
    otherwise = {columns.contender[row] for group in others for row in group.index}
    return TaskTable(
        task=task,
        scale=scale,
        reference=reference,
        rows=_rows(columns, task, field, decisions, paper_figures(), flags, timed.index),
        not_run=tuple(name for name in names if name not in members),
        decisions=decisions,
        units=len(units),
        planned=planned,
        timing=str(timed),
        timed_otherwise=tuple(name for name in members if name in otherwise),
        provenance=provenance.collect(columns, members, task, environments, failed, command),
    )


def _rows(
    columns: "Columns",
    task: Task,
    field: Field,
    decisions: TableDecisions,
    figures: Figures,
    flags: Mapping[str, Mapping[str, int]],
    timed: np.ndarray,
) -> tuple[BoardRow, ...]:
    entrants = {e.contender: e for e in field.entrants}
    best = decisions.scores[0]
    rows: list[BoardRow] = []
    for place, score in zip(decisions.places, decisions.scores, strict=True):
        name = place.name
        entrant = entrants[name]
        entry = catalog.contenders().get(name)
        estimate, (fold_std, seed_std) = _estimate(entrant, field, task, _items(columns, entrant, task))
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
                group=place.group,
                best_rank=place.low,
                worst_rank=place.high,
                to_best=score - best if rows else math.nan,
                p_best=place.p_best,
                to_reference=place.reference,
                trials=len(entrant.index),
                missing=entrant.missing,
                failures=entrant.failures,
                costs=_costs(columns, entrant.index, timed),
                measures=_measures(columns, entrant, task),
                paper=figures.get((task.name, name)),
                flags=flags.get(name, {}),
            )
        )
    return tuple(sorted(rows, key=lambda row: GROUPS.index(row.group)))


def _estimate(
    entrant: Entrant, field: Field, task: Task, items: int
) -> tuple[ConfidenceInterval | None, tuple[float, float]]:
    """Return the mean with its interval, and the standard deviations over folds and seeds.

    Args:
        items: test items of a trial, for accuracies, which counts of items limit; 0 if unknown.
    """
    nothing = (math.nan, math.nan)
    if entrant.failed:
        return None, nothing
    try:
        values = complete_part(entrant, field)
    except CouldNotMeasure:
        return None, nothing
    layout = LAYOUTS[task.layout]
    bounds = analysed_bounds(task.ranked)
    interval = summary(values, layout, test_train_ratio=test_train_ratio(task), bounds=bounds, items=items)
    return interval, deviations(values, layout)


def _items(columns: "Columns", entrant: Entrant, task: Task) -> int:
    """Return the smallest number of test items of a contender's trials; 0 if unknown, or not counted."""
    known = columns.test_items[entrant.index]
    return int(known.min()) if task.ranked.counts_items and np.isfinite(known).all() else 0


def _state(entrant: Entrant) -> State:
    if entrant.failed:
        return "failed"
    return "partial" if entrant.missing else "complete"


def _costs(columns: "Columns", index: np.ndarray, timed: np.ndarray) -> Costs:
    """Return the costs of the trials `index`; times and memory only of those in `timed`, measured alike."""
    done = index[columns.status[index] == "done"]
    alike, all_alike = np.intersect1d(done, timed), np.intersect1d(index, timed)
    return Costs(
        fit_seconds=_median(columns.fit_seconds[alike]),
        predict_seconds=_median(columns.predict_seconds[alike]),
        peak_bytes=float(columns.peak_bytes[all_alike].max(initial=0)) or math.nan,
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
