"""Pairwise decisions on a task: tests of all pairs on their common trials, with Holm's correction."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from harness.errors import CouldNotMeasure
from harness.statistics import Comparison, Family, Pair, common_units, compare, holm
from harness.statistics.compare import compare_grids
from harness.statistics.layout import Grid, arrange
from harness.tables.scales import Scale
from harness.tables.units import LAYOUTS, Entrant, Field, test_train_ratio
from harness.tables.values import BoardDifference, BoardVerdict
from harness.task import Task


def decide(field: Field, task: Task, scale: Scale, level: float) -> Family:
    """Decide all pairs of a task's contenders, best first.

    Where one contender of a pair failed, the other is better without a test; the pair stays in the family with
    p = 1, so that the family keeps the size that was fixed beforehand. A pair without common trials is
    undecided, with p = 1 too. A contender that lacks trials is compared on the common trials of each pair.
    """
    scores = placement(field.entrants, scale)
    ordered = sorted(field.entrants, key=lambda e: _cost(scores[e.contender], scale))
    complete = [e for e in ordered if not e.missing and not e.failed]
    grids = {e.contender: arrange(e.values, LAYOUTS[task.layout], repr(e.contender)) for e in complete}
    pairs = list(combinations(ordered, 2))
    tests = [None if a.failed or b.failed else _test(a, b, grids, task) for a, b in pairs]
    raw = [1.0 if test is None else test.p for test in tests]
    decided = [
        Pair(a.contender, b.contender, p, adjusted, _better(a, b, test, adjusted <= level, scale), test)
        for (a, b), p, adjusted, test in zip(pairs, raw, holm(raw).tolist(), tests, strict=True)
    ]
    names = tuple(e.contender for e in ordered)
    return Family(names, tuple(scores[n] for n in names), scale.higher_is_better, level, tuple(decided))


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


def difference(a: str, b: str, family: Family) -> BoardDifference:
    """Return contender `a` against `b`, whichever way round the family holds the pair."""
    pair = family.find(a, b)
    verdict: BoardVerdict = "tied" if pair.better is None else "better" if pair.better == a else "worse"
    if not isinstance(pair.test, Comparison):
        return BoardDifference(b, None, float("nan"), verdict)
    forward = pair.test if pair.a == a else swapped(pair.test)
    return BoardDifference(b, forward, pair.adjusted if forward.n > 1 else float("nan"), verdict)


def swapped(comparison: Comparison) -> Comparison:
    """Return B − A from A − B."""
    interval = comparison.interval
    turned = replace(interval, estimate=-interval.estimate, low=-interval.high, high=-interval.low)
    return replace(comparison, difference=-comparison.difference, statistic=-comparison.statistic, interval=turned)


def _cost(score: float, scale: Scale) -> float:
    if np.isnan(score):
        return float("inf")
    return -score if scale.higher_is_better else score


def _test(a: Entrant, b: Entrant, grids: dict[str, Grid], task: Task) -> Comparison | None:
    ratio = test_train_ratio(task)
    if a.contender in grids and b.contender in grids:
        return compare_grids(grids[a.contender], grids[b.contender], test_train_ratio=ratio)
    try:
        return compare(*common_units(a.values, b.values), LAYOUTS[task.layout], test_train_ratio=ratio)
    except CouldNotMeasure:
        return None


def _better(a: Entrant, b: Entrant, test: Comparison | None, separated: bool, scale: Scale) -> str | None:
    """Return the better one's name; None if they are not separated, or both failed."""
    if a.failed or b.failed:
        survivors = [e.contender for e in (a, b) if not e.failed]
        return survivors[0] if survivors else None
    if test is None or not separated or test.difference == 0:
        return None
    return a.contender if (test.difference > 0) == scale.higher_is_better else b.contender
