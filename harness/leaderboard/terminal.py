"""The leaderboard as plain text for a terminal or a pipe."""

from collections.abc import Sequence

from harness.leaderboard.fitted import terminal_ranking
from harness.leaderboard.notes import board_notes, flag_notes
from harness.leaderboard.provenance import mixture
from harness.leaderboard.reading import best_sentence
from harness.statistics.intervals import plural
from harness.tables.columns import TEXT, Column, listed, split, text_grid
from harness.tables.labels import failures, headline, metric_header
from harness.tables.related import grouped, related_tables
from harness.tables.terminal import terminal_width, wrapped
from harness.tables.values import Board, Standing, TaskTable


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
                "May be best: no other is better by Dunnett's test; worse: one is by the studentised range; "
                f"α = {board.level:g}. Brackets: 95 % intervals. *: differs from the reference. {_spread(board)}"
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
    lines = [wrapped(title, width), wrapped(best_sentence(table), width), *_grid(terminal_ranking(table, width))]
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
        lines += ["", wrapped(related.title, width), *_grids(related.columns, width)]
    return "\n".join(lines)


def _grids(columns: Sequence[Column], width: int) -> list[str]:
    return [line for part in split(columns, width, TEXT) for line in _grid(part)]


def _grid(columns: Sequence[Column]) -> list[str]:
    rows = [[column.header for column in columns], *zip(*(column.cells for column in columns), strict=True)]
    return text_grid(rows, left=[i for i, column in enumerate(columns) if column.align == "left"])


def _standing(standing: Standing, width: int) -> str:
    ranks = ", ".join(f"{name} {rank:.1f}" for name, rank in standing.mean_ranks.items())
    return wrapped(f"Mean rank over {listed(standing.tasks)}: {ranks}. {standing.why}.", width)
