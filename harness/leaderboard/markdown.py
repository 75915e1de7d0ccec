"""The leaderboard as a markdown page."""

from collections.abc import Mapping, Sequence

from harness.claims import ClaimVerdict
from harness.leaderboard.cells import Column, cost_columns, listed, metric_header, ranking_columns
from harness.leaderboard.claims_table import markdown_section
from harness.leaderboard.notes import board_notes, diagnostic_notes, headline, notes
from harness.leaderboard.provenance import sentences
from harness.leaderboard.related import related_tables
from harness.leaderboard.values import Board, Standing, TaskTable

Figures = Mapping[str, Sequence[tuple[str, str]]]
"""Task or protocol name -> (path relative to the page, alternative text) of its figures."""


def render_markdown(board: Board, figures: Figures | None = None, verdicts: Sequence[ClaimVerdict] = ()) -> str:
    """Return the board as one markdown page, with links to its figures and the verdicts on the suite's claims."""
    drawn = figures or {}
    lines = [f"# {board.title}", "", f"Suite `{board.suite}`, profile `{board.profile}`.", ""]
    if board.tables:
        lines += [f"- [{t.task.title}](#{_anchor(t)}): {metric_header(t)}, {headline(t)}" for t in board.tables] + [
            ""
        ]
    else:
        lines += ["No records yet.", ""]
    lines += [line for note in board_notes(board) for line in (plain(note), "")]
    for table in board.tables:
        lines += _task(table, drawn.get(table.task.name, ()))
    for standing in board.standings:
        lines += _standing(standing, drawn.get(standing.slug, ()))
    lines.append(markdown_section(verdicts))
    return "\n".join(lines).rstrip("\n") + "\n"


def _task(table: TaskTable, figures: Sequence[tuple[str, str]]) -> list[str]:
    lines = [f'<a id="{_anchor(table)}"></a>', "", f"## {table.task.title}", ""]
    lines += [f"Task `{table.task.name}`, {metric_header(table)}, {headline(table)}.", ""]
    lines += [grid(ranking_columns(table)), "", *(f"- {plain(note)}" for note in notes(table)), ""]
    for related in related_tables(table):
        lines += [f"**{related.title}**", "", grid(related.columns), ""]
        lines += [*(f"- {plain(note)}" for note in related.notes), ""]
    costs = cost_columns(table)
    if len(costs) > 1:
        lines += ["**What it cost, and diagnostics** (medians of finished trials; memory: the largest)", ""]
        lines += [grid(costs), "", *(f"- {plain(note)}" for note in diagnostic_notes(table)), ""]
    lines += [line for path, alt in figures for line in (f"![{alt}]({path})", "")]
    lines += ["<details><summary>Where these numbers come from</summary>", ""]
    lines += [f"- {plain(sentence)}" for sentence in sentences(table.provenance)]
    return [*lines, "", "```", table.provenance.command, "```", "", "</details>", ""]


def _standing(standing: Standing, figures: Sequence[tuple[str, str]]) -> list[str]:
    lines = [f"## Mean ranks: {standing.title}", "", f"Over {listed([f'`{t}`' for t in standing.tasks])}.", ""]
    names = tuple(f"`{name}`" for name in standing.mean_ranks)
    ranks = tuple(f"{rank:.2f}" for rank in standing.mean_ranks.values())
    lines += [
        grid([Column("contender", "contender", "left", names), Column("rank", "mean rank", "right", ranks)]),
        "",
    ]
    lines += [f"- {standing.why}."]
    if standing.left_out:
        lines.append(f"- Not on all of these tasks, so not ranked here: {listed(standing.left_out)}.")
    return [*lines, "", *(line for path, alt in figures for line in (f"![{alt}]({path})", ""))]


def _anchor(table: TaskTable) -> str:
    return f"task-{table.task.name}"


def grid(columns: Sequence[Column]) -> str:
    """Return columns as a table of markdown."""
    from tabulate import tabulate

    return tabulate(
        list(zip(*([_cell(cell) for cell in column.cells] for column in columns), strict=True)),
        headers=[_cell(column.header) for column in columns],
        tablefmt="pipe",
        colalign=[column.align for column in columns],
        disable_numparse=True,
    )


def plain(text: str) -> str:
    """Return a text, which may hold words of a record, as one line of markdown without tags, links and images."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line.replace("<", "&lt;").replace("](", "]\\(")


def _cell(text: str) -> str:
    return plain(text).replace("|", "\\|")
