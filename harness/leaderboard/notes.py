"""Notes below a table: unit of replication, tests, scale, the paper's figures and missing trials."""

from collections import Counter

from harness.statistics.intervals import plural
from harness.tables.columns import PARTIAL_MARK, listed
from harness.tables.labels import failures
from harness.tables.values import Board, BoardRow, TaskTable

FEW_UNITS = 5


def notes(table: TaskTable) -> list[str]:
    """Return the notes of a table, the ones about single contenders last."""
    texts = [*_estimates(table), *_tests(table), *_scale(table), *_times(table), *_paper(table)]
    for row in table.rows:
        if row.state == "partial":
            texts.append(_partial(table, row))
        elif row.state == "failed":
            texts.append(f"{row.contender}: {failures(row)}. It ranks last; no mean is taken over the survivors.")
    texts += flag_notes(table)
    if table.not_run:
        texts.append(f"Not run: {listed(table.not_run)}.")
    return texts


def flag_notes(table: TaskTable) -> list[str]:
    """Return the flags that models report, such as a fallback that was taken, with their numbers of trials.

    Contenders with the same flag in the same number of trials share a note.
    """
    contenders: dict[tuple[str, str], list[str]] = {}
    for row in table.rows:
        for text, number in row.flags.items():
            often = f"{number} of {plural(row.trials, 'trial')}"
            contenders.setdefault((text.rstrip("."), often), []).append(row.contender)
    return [f"{listed(names)}: {text} ({often})." for (text, often), names in contenders.items()]


def board_notes(board: Board) -> list[str]:
    """Return the notes on the whole board."""
    texts = []
    if board.empty:
        texts.append(f"No records yet of: {listed(board.empty)}.")
    if board.superseded:
        texts.append(
            f"{plural(board.superseded, 'older record')} not shown: newer ones of the same trials replace them."
        )
    return texts


def _estimates(table: TaskTable) -> list[str]:
    rows = table.ranked
    if not rows:
        return ["All contenders failed; there is nothing to rank."]
    estimates = [row.estimate for row in rows if row.estimate is not None]
    over = Counter(estimate.over for estimate in estimates).most_common(1)[0][0]
    texts = []
    if table.units == 1:
        texts.append(
            f"Values of {over}: one {table.unit} has no interval and allows no test; the order is no ranking."
        )
    else:
        texts.append(f"Means over {over} with their 95 % {estimates[0].method}.")
    if table.task.layout == "replications":
        texts.append(
            "Each replication has networks, random parts and test items of its own; the training part is the same "
            "in all, so that intervals and tests are about methods given these training data."
        )
    if table.units < table.planned:
        texts.append(f"The profile asks for {plural(table.planned, table.unit)}; {table.units} have been run.")
    elif 1 < table.units < FEW_UNITS:
        texts.append(f"With {plural(table.units, table.unit)} only very large differences can be detected.")
    return texts


def _tests(table: TaskTable) -> list[str]:
    if table.units == 1 or not table.ranked:
        return []
    if len(table.rows) < 2:
        return ["One contender only, so there is no test."]
    alpha = table.decisions.alpha
    texts = [
        f"May be best: no other contender is better by Dunnett's test, α = {alpha:g}, paired by {table.unit}, "
        "with variances shrunken towards the table's mean. Worse: another one is better by the studentised range; "
        f"ranks are those that it leaves open. {_differences(table)}; * after one: p ≤ {alpha:g} against "
        f"{table.reference}, adjusted for all contenders (Dunnett)."
    ]
    if table.reference not in table.decisions.names:
        texts.append(f"The reference baseline {table.reference} is not in this table.")
    return texts


def _differences(table: TaskTable) -> str:
    unit = {"percent": "points", "log10": "ratios", "plain": "the metric's unit"}[table.scale.kind]
    return f"Differences are {'' if table.scale.kind == 'log10' else 'in '}{unit}"


def _scale(table: TaskTable) -> list[str]:
    if table.scale.kind != "log10" or not table.ranked:
        return []
    why = " Errors vary by factors, and an arithmetic mean would be that of the worst run."
    return [
        f"{table.task.metric} is averaged and tested as log10: means are geometric, differences are ratios (×1 is "
        f"equal), standard deviations are in decades.{why if table.task.ranked.kind == 'error' else ''}"
    ]


def _times(table: TaskTable) -> list[str]:
    """Return how times were measured: those that were measured otherwise are not put beside them."""
    texts = [
        f"Times are medians of finished trials ({table.timing}); memory is the largest of a trial, above that of "
        "the empty worker."
    ]
    if table.timed_otherwise:
        names = listed(table.timed_otherwise)
        texts.append(f"Left out of times and memory, as measured otherwise: trials of {names}.")
    return texts


def diagnostic_notes(table: TaskTable) -> list[str]:
    """Return the notes on the diagnostics beside the ranked metric."""
    if not any("test_peek_max" in row.diagnostics for row in table.rows):
        return []
    title = table.task.metrics["test_peek_max"].title
    return [
        f"“{title}” is the result of choosing the epoch by test {table.task.metric}: "
        "a diagnostic of what peeking gains, never ranked."
    ]


def _paper(table: TaskTable) -> list[str]:
    figures = [row.paper for row in table.rows if row.paper is not None]
    texts = []
    for name in dict.fromkeys(figure.table for figure in figures):
        one = [figure for figure in figures if figure.table == name]
        spreads = dict.fromkeys(f.spread_meaning for f in one if f.spread is not None and f.spread_meaning)
        plus_minus = f"; ± is the {', '.join(spreads)}" if spreads else ""
        sources = ", ".join(dict.fromkeys(f.provenance for f in one))
        about = "".join(f"; {note}" for note in dict.fromkeys(f.table_note for f in one if f.table_note))
        texts.append(f"Paper's figures ({name}): {sources}{plus_minus}{about}. They are not from our protocol.")
        for note in dict.fromkeys(figure.note for figure in one if figure.note):
            texts.append(f"On the paper's figure of {listed(_rows_with(table, name, note))}: {note}.")
    return texts


def _partial(table: TaskTable, row: BoardRow) -> str:
    over = row.estimate.over if row.estimate else "nothing"
    return (
        f"{PARTIAL_MARK} {row.contender}: {plural(row.missing, 'trial')} missing (mean over {over}). It is "
        f"compared with each other one on the {table.unit}s both have, and placed by its distance from them."
    )


def _rows_with(table: TaskTable, name: str, note: str) -> list[str]:
    return [row.contender for row in table.rows if row.paper and row.paper.table == name and row.paper.note == note]
