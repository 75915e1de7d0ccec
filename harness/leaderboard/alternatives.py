"""Alternatives to a contender: a faster one that may be best as well, or a better one."""

import math
from collections.abc import Sequence
from statistics import geometric_mean

from harness.leaderboard.reading import fastest
from harness.tables.values import BoardRow, TaskTable
from harness.tables.words import seconds

FASTER = 0.9
"""Share of a fit time below which another counts as faster; medians vary by several percent from run to run."""
PLACES = {"worse": "is worse", "not separated": "is not among those that may be best"}
BEST = "may be best"


def alternative_on(found: Sequence[tuple[TaskTable, BoardRow]]) -> str:
    """Return a contender to use instead of another on several tasks; where it is behind on one, on that one.

    Args:
        found: each table with the row of the contender, one or more.
    """
    behind = [(table, row) for table, row in found if not table.ranked or row.group != BEST]
    if behind or len(found) == 1:
        return alternative(*(behind or found)[0])
    name, on = f"`{found[0][1].contender}`", f"on all {len(found)} tasks"
    everywhere = set.intersection(*({other.contender for other in _others(*pair)} for pair in found))
    if not everywhere:
        return f"nothing {on}: no other method or baseline may be best on each"
    shares = {other: _share_of_time(found, other) for other in sorted(everywhere)}
    quick = min(shares, key=lambda other: (math.isnan(shares[other]), shares[other]))
    if math.isnan(shares[quick]):
        return f"`{quick}` {on}: it may be best as well"
    if not shares[quick] < FASTER:
        return f"{name} itself: `{quick}` may be best as well {on}, but is no faster"
    return f"`{quick}` {on}: it may be best as well, and fits in {100 * shares[quick]:.0f} % of the time"


def _others(table: TaskTable, row: BoardRow) -> tuple[BoardRow, ...]:
    """Return the other methods and baselines that may be best."""
    return tuple(r for r in table.best_set if r.contender != row.contender and r.kind != "control")


def _share_of_time(found: Sequence[tuple[TaskTable, BoardRow]], other: str) -> float:
    """Return another contender's fit time as a share of the row's, geometric mean; NaN where one is unknown."""
    shares = []
    for table, row in found:
        own = next(r for r in table.rows if r.contender == other)
        shares.append(own.costs.fit_seconds / row.costs.fit_seconds)
    return geometric_mean(shares) if all(math.isfinite(share) and share > 0 for share in shares) else math.nan


def alternative(table: TaskTable, row: BoardRow) -> str:
    """Return a contender to use instead of `row`: a faster one that may be best as well, or a better one."""
    on, name = f"on `{table.task.name}`", f"`{row.contender}`"
    if not table.ranked:
        return f"nothing {on}: all contenders failed"
    others = _others(table, row)
    if row.group == BEST:
        if not others:
            return f"nothing {on}: no other method or baseline may be best"
        quick = fastest(others)
        if quick is None:
            return f"`{others[0].contender}` {on}: it may be best as well"
        if not quick.costs.fit_seconds < FASTER * row.costs.fit_seconds:
            return f"{name} itself {on}: `{quick.contender}` may be best as well, but is no faster"
        times = f"{seconds(quick.costs.fit_seconds)} instead of {seconds(row.costs.fit_seconds)}"
        return f"`{quick.contender}` {on}: it may be best as well, and fits in {times}"
    best = others[0] if others else table.rows[0]
    if row.state == "failed":
        return f"`{best.contender}` {on}: {name} failed there"
    gain = table.scale.difference(best.score - row.score)
    if table.scale.kind == "log10":
        return f"`{best.contender}` {on}: {gain} the {table.task.metric} of {name}, which {PLACES[row.group]}"
    unit = f" {table.scale.difference_unit}".rstrip()
    return f"`{best.contender}` {on}: {gain}{unit} against {name}, which {PLACES[row.group]}"
