"""The leaderboard as a markdown page."""

from collections.abc import Mapping, Sequence

from harness.claims import ClaimVerdict
from harness.leaderboard.cells import cost_columns, ranking_columns
from harness.leaderboard.claims_table import markdown_section
from harness.leaderboard.notes import board_notes, diagnostic_notes, notes
from harness.leaderboard.provenance import sentences
from harness.tables.columns import Column, listed
from harness.tables.labels import headline, metric_header
from harness.tables.markdown import grid, plain
from harness.tables.related import related_tables
from harness.tables.values import Board, Standing, TaskTable

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
        lines += ["**Costs and diagnostics** (medians of finished trials; memory: the largest)", ""]
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
