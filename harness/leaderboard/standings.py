"""Mean ranks over several tasks, with tests where there are enough data sets."""

from collections.abc import Sequence

import numpy as np

from harness.statistics import friedman, pairwise_wilcoxon, rank_rows
from harness.tables.values import MINIMAL_TASKS, Standing, TaskTable

DIGITS = 12


def standings(tables: Sequence[TaskTable]) -> tuple[Standing, ...]:
    """Return the mean ranks over the tasks of each protocol and table that has at least two of them."""
    grouped: dict[tuple[str, str], list[TaskTable]] = {}
    for table in tables:
        grouped.setdefault((table.task.protocol, table.task.table), []).append(table)
    return tuple(standing(group) for group in grouped.values() if len(group) > 1)


def standing(tables: Sequence[TaskTable]) -> Standing:
    """Rank the contenders that have a row on every table by their mean rank.

    A failed contender ranks last on its task and equal means share a rank. Over at least six tasks: Friedman's test
    with the F of Iman and Davenport, and exact Wilcoxon tests of all pairs under Holm (Demšar, 2006).
    """
    everyone = dict.fromkeys(row.contender for one in tables for row in one.rows)
    having = [{row.contender for row in one.rows} for one in tables]
    names = [name for name in everyone if all(name in rows for rows in having)]
    left_out = tuple(name for name in everyone if name not in names)
    tasks = tuple(one.task.name for one in tables)
    protocol, table = tables[0].task.protocol, tables[0].task.table
    if len(names) < 2:
        why = "fewer than two contenders have run on all of these tasks"
        return Standing(protocol, table, tasks, dict.fromkeys(names, 1.0), left_out, None, why)
    scores = np.array([_scores(one, names) for one in tables])
    ranks = rank_rows(scores)
    means = dict(sorted(zip(names, ranks.mean(axis=0).tolist(), strict=True), key=lambda item: item[1]))
    family = pairwise_wilcoxon(scores, names)
    if len(tables) < MINIMAL_TASKS:
        why = (
            f"{len(tables)} data sets cannot be significant: with fewer than {MINIMAL_TASKS} even a contender that "
            f"wins on all has a two-sided p of {2 / 2 ** len(tables):.4g}"
        )
        return Standing(protocol, table, tasks, means, left_out, None, why, family)
    test = friedman(ranks)
    return Standing(protocol, table, tasks, means, left_out, test.p, f"Friedman (Iman–Davenport): {test}", family)


def _scores(table: TaskTable, names: Sequence[str]) -> list[float]:
    """Return the values to rank by: larger is better, rounded so that noise breaks no tie; NaN for a failure."""
    sign = 1.0 if table.scale.higher_is_better else -1.0
    scores = {row.contender: sign * round(row.score, DIGITS) for row in table.rows}
    return [scores[name] for name in names]
