"""The leaderboard as plain text for a terminal or a pipe."""

from collections.abc import Sequence

from harness.leaderboard.cells import cost_columns, ranking_columns
from harness.leaderboard.notes import board_notes, flag_notes
from harness.leaderboard.provenance import mixture
from harness.statistics.intervals import plural
from harness.tables.columns import Column, listed, text_grid
from harness.tables.labels import failures, headline, metric_header
from harness.tables.related import grouped, related_tables
from harness.tables.terminal import terminal_width, wrapped
from harness.tables.values import Board, Standing, TaskTable

ESSENTIAL = ("rank", "contender", "mean")
OPTIONAL = ("interval", "to_reference", "p_reference", "paper", "fit", "to_best", "p_best", "memory")
"""Columns by descending importance; those at the end give way first where the terminal is narrow."""

SHORT_HEADERS = {"p_best": "p", "p_reference": "p", "memory": "memory", "fit": "fit"}


def render_terminal(board: Board, width: int | None = None) -> str:
    """Return the board as text that fits `width` characters: by default the terminal's, within 80 to 120."""
    width = width or terminal_width()
    parts = [_task(table, width) for table in board.tables]
    parts += [_standing(standing, width) for standing in board.standings]
    parts += [wrapped(note, width) for note in board_notes(board)]
    sources = dict.fromkeys(row.paper.provenance for table in board.tables for row in table.rows if row.paper)
    if sources:
        parts.append(
            wrapped(f"The papers' figures are {' or '.join(sources)}, under protocols of their own.", width)
        )
    if board.tables:
        parts.append(
            wrapped(
                "Ranks such as 1–4 are ties: paired tests of all pairs in a table, Holm's correction, α = "
                f"{board.level:g}. Brackets are 95 % intervals. {_spread(board)}"
                "`bench leaderboard --out FOLDER` writes all.",
                width,
            )
        )
    else:
        command = f"`bench run --suite {board.suite} --profile {board.profile}` produces them"
        parts.insert(0, f"No records of suite {board.suite} in profile {board.profile}. {command}.")
    return "\n\n".join(parts)


def _spread(board: Board) -> str:
    return (
        "± is the standard deviation over folds, replications or seeds. " if any(map(grouped, board.tables)) else ""
    )


def _task(table: TaskTable, width: int) -> str:
    title = f"{table.task.name}: {table.task.title} · {metric_header(table)} · {headline(table)}"
    lines = [wrapped(title, width), *_grid(_chosen(table, width))]
    for row in table.rows:
        if row.failures:
            lines.append(wrapped(f"{row.contender}: {failures(row)}", width))
        elif row.missing:
            missing = plural(row.missing, "trial")
            lines.append(wrapped(f"† {row.contender}: {missing} missing; compared on common ones", width))
    if table.not_run:
        lines.append(wrapped(f"not run: {listed(table.not_run)}", width))
    if mixed := mixture(table.provenance):
        lines.append(wrapped(mixed, width))
    lines += [wrapped(note, width) for note in flag_notes(table)]
    for related in related_tables(table):
        lines += ["", wrapped(related.title, width), *_parts(related.columns, width)]
    return "\n".join(lines)


def _parts(columns: Sequence[Column], width: int) -> list[str]:
    """Return the grid of columns, cut into parts that fit; each part begins with the first column."""
    first, *others = columns
    parts: list[list[Column]] = [[first]]
    for column in others:
        if len(parts[-1]) > 1 and _width([*parts[-1], column]) > width:
            parts.append([first])
        parts[-1].append(column)
    return [line for part in parts for line in _grid(part)]


def _chosen(table: TaskTable, width: int) -> list[Column]:
    """Return as many columns as fit, in their natural order."""
    available = {column.name: column for column in (*ranking_columns(table), *cost_columns(table))}
    chosen = [name for name in (*ESSENTIAL, *OPTIONAL) if name in available]
    while len(chosen) > len(ESSENTIAL) and _width([available[name] for name in chosen]) > width:
        chosen.pop()
    return [column for name, column in available.items() if name in chosen]


def _width(columns: Sequence[Column]) -> int:
    return sum(_column_width(column) for column in columns) + 2 * (len(columns) - 1)


def _column_width(column: Column) -> int:
    return max(len(text) for text in (_header(column), *column.cells))


def _header(column: Column) -> str:
    return SHORT_HEADERS.get(column.name, column.header)


def _grid(columns: Sequence[Column]) -> list[str]:
    rows = [[_header(column) for column in columns], *zip(*(column.cells for column in columns), strict=True)]
    return text_grid(rows, left=[i for i, column in enumerate(columns) if column.align == "left"])


def _standing(standing: Standing, width: int) -> str:
    ranks = ", ".join(f"{name} {rank:.1f}" for name, rank in standing.mean_ranks.items())
    return wrapped(f"Mean rank over {listed(standing.tasks)}: {ranks}. {standing.why}.", width)
