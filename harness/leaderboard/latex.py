"""The leaderboard as LaTeX tables, to be included in a document that loads booktabs."""

import re
from collections.abc import Sequence
from dataclasses import replace

from harness.leaderboard.cells import ranking_columns
from harness.leaderboard.notes import notes
from harness.leaderboard.provenance import sentences
from harness.tables.columns import Column, listed, unrepeated
from harness.tables.labels import headline, metric_header
from harness.tables.values import Board, Standing, TaskTable

ESCAPES = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "−": r"$-$",
    "–": "--",
    "—": "---",
    "±": r"$\pm$",
    "×": r"$\times$",
    "÷": r"$\div$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "†": r"\dag{}",
    "α": r"$\alpha$",
    "·": r"$\cdot$",
    "“": "``",
    "”": "''",
    "²": r"\textsuperscript{2}",
}
_SPECIAL = re.compile("|".join(map(re.escape, ESCAPES)))


def escape(text: str) -> str:
    """Return one line of text in which every character that LaTeX reads as a command, or may lack, is escaped."""
    return _SPECIAL.sub(lambda match: ESCAPES[match[0]], _one_line(text))


def _one_line(text: str) -> str:
    """Replace line and paragraph ends: a comment or a caption must stay on one line."""
    return "".join(character if character.isprintable() else " " for character in text)


def render_latex(board: Board) -> str:
    """Return one `table` environment a task and one for each protocol's mean ranks; needs booktabs."""
    parts = [f"% {board.title}: suite {board.suite}, profile {board.profile}. Needs \\usepackage{{booktabs}}."]
    parts += [_task(board, table) for table in board.tables]
    parts += [_standing(board, standing) for standing in board.standings]
    return "\n\n".join(parts) + "\n"


def _task(board: Board, table: TaskTable) -> str:
    remarks = " ".join(notes(table))
    caption = f"{table.task.title}: {metric_header(table)}, {headline(table)}. {remarks}"
    origin = [*sentences(table.provenance), f"Command: {table.provenance.command}"]
    comments = [f"% {_one_line(line)}" for line in origin]
    columns = [
        replace(column, cells=tuple(unrepeated(column.cells))) if column.name == "group" else column
        for column in ranking_columns(table)
    ]
    environment = _environment(columns, caption, f"tab:{board.suite}-{table.task.name}")
    return "\n".join([*comments, environment])


def _standing(board: Board, standing: Standing) -> str:
    columns = [
        Column("contender", "contender", "left", tuple(standing.mean_ranks)),
        Column("rank", "mean rank", "right", tuple(f"{rank:.2f}" for rank in standing.mean_ranks.values())),
    ]
    caption = f"Mean ranks, {standing.title}, over {listed(standing.tasks)}. {standing.why}."
    return _environment(columns, caption, f"tab:{board.suite}-{standing.slug}-ranks")


def _environment(columns: Sequence[Column], caption: str, label: str) -> str:
    alignment = "".join("r" if column.align == "right" else "l" for column in columns)
    rows = zip(*(column.cells for column in columns), strict=True)
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering\small",
            rf"\caption{{{escape(caption)}}}",
            rf"\label{{{label}}}",
            rf"\begin{{tabular}}{{{alignment}}}",
            r"\toprule",
            _line([column.header for column in columns]),
            r"\midrule",
            *(_line(row) for row in rows),
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
        ]
    )


def _line(cells: Sequence[str]) -> str:
    # A cell that begins with a bracket after \\ would be read as its optional argument.
    return " & ".join(f"{{{escape(c)}}}" if c.startswith("[") else escape(c) for c in cells) + r" \\"
