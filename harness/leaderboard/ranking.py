"""Pairwise decisions on a task: tests of all pairs on their common trials, with Holm's correction."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from harness.errors import CouldNotMeasure
from harness.statistics import (
    PairwiseDecisions,
    TrialGrid,
    TTest,
    arrange,
    common_units,
    compare,
    compare_grids,
    decide_pairs,
)
from harness.tables.scales import Scale
from harness.tables.units import LAYOUTS, Entrant, Field, test_train_ratio
from harness.tables.values import BoardDifference, BoardVerdict
from harness.task import Task


def decide(field: Field, task: Task, scale: Scale, level: float) -> PairwiseDecisions:
    """Decide all pairs of a task's contenders, best first.

    Where one contender of a pair failed, the other is better without a test. A contender that lacks trials is
    compared on the common trials of each pair; a pair without common trials is undecided.
    """
    scores = placement(field.entrants, scale)
    ordered = sorted(field.entrants, key=lambda e: _cost(scores[e.contender], scale))
    complete = [e for e in ordered if not e.missing and not e.failed]
    grids = {e.contender: arrange(e.values, LAYOUTS[task.layout], repr(e.contender)) for e in complete}
    tests = {
        (a.contender, b.contender): None if a.failed or b.failed else _test(a, b, grids, task)
        for a, b in combinations(ordered, 2)
    }
    by_place = {e.contender: scores[e.contender] for e in ordered}
    return decide_pairs(by_place, tests, higher_is_better=scale.higher_is_better, alpha=level)


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


def difference(a: str, b: str, family: PairwiseDecisions) -> BoardDifference:
    """Return contender `a` against `b`, whichever way round the family holds the pair."""
    pair = family.find(a, b)
    verdict: BoardVerdict = "tied" if pair.better is None else "better" if pair.better == a else "worse"
    if not isinstance(pair.test, TTest):
        return BoardDifference(b, None, float("nan"), verdict)
    forward = pair.test if pair.a == a else swapped(pair.test)
    return BoardDifference(b, forward, pair.adjusted if forward.n > 1 else float("nan"), verdict)


def swapped(test: TTest) -> TTest:
    """Return the test of B − A from that of A − B."""
    return replace(test, difference=-test.difference)


def _cost(score: float, scale: Scale) -> float:
    if np.isnan(score):
        return float("inf")
    return -score if scale.higher_is_better else score


def _test(a: Entrant, b: Entrant, grids: dict[str, TrialGrid], task: Task) -> TTest | None:
    ratio = test_train_ratio(task)
    if a.contender in grids and b.contender in grids:
        return compare_grids(grids[a.contender], grids[b.contender], test_train_ratio=ratio)
    try:
        return compare(*common_units(a.values, b.values), LAYOUTS[task.layout], test_train_ratio=ratio)
    except CouldNotMeasure:
        return None
