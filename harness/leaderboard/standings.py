"""Several tasks of a protocol together: mean ranks, and whether so few data sets can say anything."""

from collections.abc import Sequence

import numpy as np

from harness.statistics import friedman, pairwise_wilcoxon, rank_rows
from harness.tables.values import MINIMAL_TASKS, Standing, TaskTable

DIGITS = 12


def standings(tables: Sequence[TaskTable]) -> tuple[Standing, ...]:
    """Return the mean ranks over tasks for each protocol that has at least two tables."""
    protocols = dict.fromkeys(table.task.protocol for table in tables)
    grouped = [[t for t in tables if t.task.protocol == protocol] for protocol in protocols]
    return tuple(standing(group) for group in grouped if len(group) > 1)


def standing(tables: Sequence[TaskTable]) -> Standing:
    """Rank the contenders that have a row on every table by their mean rank.

    A failed contender ranks last on its task and equal means share a rank. Over at least six tasks: Friedman's test
    with the F of Iman and Davenport, and exact Wilcoxon tests of all pairs under Holm (Demšar, 2006).
    """
    everyone = dict.fromkeys(row.contender for table in tables for row in table.rows)
    having = [{row.contender for row in table.rows} for table in tables]
    names = [name for name in everyone if all(name in rows for rows in having)]
    left_out = tuple(name for name in everyone if name not in names)
    tasks = tuple(table.task.name for table in tables)
    protocol = tables[0].task.protocol
    if len(names) < 2:
        why = "fewer than two contenders have run on all of these tasks"
        return Standing(protocol, tasks, dict.fromkeys(names, 1.0), left_out, None, why)
    scores = np.array([_scores(table, names) for table in tables])
    ranks = rank_rows(scores)
    means = dict(sorted(zip(names, ranks.mean(axis=0).tolist(), strict=True), key=lambda item: item[1]))
    family = pairwise_wilcoxon(scores, names)
    if len(tables) < MINIMAL_TASKS:
        why = (
            f"{len(tables)} data sets cannot be significant: with fewer than {MINIMAL_TASKS} even a contender that "
            f"wins on all has a two-sided p of {2 / 2 ** len(tables):.4g}"
        )
        return Standing(protocol, tasks, means, left_out, None, why, family)
    test = friedman(ranks)
    return Standing(protocol, tasks, means, left_out, test.p, f"Friedman (Iman–Davenport): {test}", family)


def _scores(table: TaskTable, names: Sequence[str]) -> list[float]:
    """Return what to rank by, larger is better and rounded so that noise breaks no tie; NaN for a failure."""
    sign = 1.0 if table.scale.higher_is_better else -1.0
    scores = {row.contender: sign * round(row.score, DIGITS) for row in table.rows}
    return [scores[name] for name in names]
