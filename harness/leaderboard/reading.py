"""The finding of a table in one sentence: who may be best, how many are worse, and the cheapest of the best."""

import math

from harness.tables.columns import listed
from harness.tables.labels import headline
from harness.tables.values import BoardRow, TaskTable
from harness.tables.words import seconds

NAMED = 5
"""Most contenders of the best set that are named."""


def best_sentence(table: TaskTable, mark: str = "") -> str:
    """Return who may be best, e.g. "May be best: a, b, c of 14 (n = 10 folds); 6 are worse. Fastest: b, 0.4 s.".

    Args:
        mark: put before and after names, such as a backtick.
    """
    if not table.ranked:
        return "All contenders failed."
    if table.units < 2:
        return f"Best mean: {mark}{table.rows[0].contender}{mark}, of one {table.unit}: no test is possible."
    best = table.best_set
    if len(best) > NAMED:
        others = len(best) - NAMED
        names = f"{listed([f'{mark}{row.contender}{mark}' for row in best[:NAMED]])} and {others} more"
    else:
        names = listed([f"{mark}{row.contender}{mark}" for row in best])
    worse = sum(row.group == "worse" for row in table.rows)
    text = f"May be best: {names}, of {len(table.rows)} (n = {headline(table)})"
    text += f"; {worse} {'is' if worse == 1 else 'are'} worse." if worse else "."
    timed = [row for row in best if math.isfinite(row.costs.fit_seconds)]
    cheapest = fastest(best)
    if len(timed) > 1 and cheapest is not None:
        text += f" Fastest of these: {mark}{cheapest.contender}{mark}, {seconds(cheapest.costs.fit_seconds)}."
    return text


def fastest(rows: tuple[BoardRow, ...]) -> BoardRow | None:
    """Return the row with the shortest fit; None where no time is known."""
    timed = [row for row in rows if math.isfinite(row.costs.fit_seconds)]
    return min(timed, key=lambda row: row.costs.fit_seconds, default=None)
