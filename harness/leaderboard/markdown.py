"""The leaderboard as a markdown page."""

from collections.abc import Mapping, Sequence

from harness.claims import ClaimVerdict
from harness.leaderboard.cells import detail_columns, diagnostic_columns
from harness.leaderboard.claims_table import markdown_section
from harness.leaderboard.fitted import page_ranking
from harness.leaderboard.notes import board_notes, diagnostic_notes, notes
from harness.leaderboard.papers import PaperFinding, markdown_lines
from harness.leaderboard.provenance import sentences
from harness.leaderboard.reading import best_sentence
from harness.tables.columns import Column, listed
from harness.tables.labels import headline, metric_header
from harness.tables.markdown import grid, grids, plain
from harness.tables.related import related_tables
from harness.tables.values import Board, Standing, TaskTable

Figures = Mapping[str, Sequence[tuple[str, str]]]
"""Task or protocol name -> (path relative to the page, alternative text) of its figures."""


def render_markdown(
    board: Board,
    figures: Figures | None = None,
    verdicts: Sequence[ClaimVerdict] = (),
    papers: Sequence[PaperFinding] = (),
) -> str:
    """Return the board as one markdown page, with links to its figures and the verdicts on the suite's claims."""
    drawn = figures or {}
    lines = [f"# {board.title}", "", f"Suite `{board.suite}`, profile `{board.profile}`.", ""]
    lines += markdown_lines(papers)
    if board.tables:
        lines += [f"- [{t.task.title}](#{_anchor(t)}): {metric_header(t)}, {headline(t)}" for t in board.tables] + [
            ""
        ]
    else:
        lines += ["No records yet.", ""]
    lines += [line for note in board_notes(board) for line in (plain(note), "")]
    lines.append(markdown_section(verdicts))
    for table in board.tables:
        lines += _task(table, drawn.get(table.task.name, ()))
    for standing in board.standings:
        lines += _standing(standing, drawn.get(standing.slug, ()))
    return "\n".join(lines).rstrip("\n") + "\n"


def _task(table: TaskTable, figures: Sequence[tuple[str, str]]) -> list[str]:
    lines = [f'<a id="{_anchor(table)}"></a>', "", f"## {table.task.title}", ""]
    lines += [f"Task `{table.task.name}`, {metric_header(table)}, {headline(table)}.", ""]
    ranking, left_out = page_ranking(table)
    lines += [f"**{best_sentence(table, '`')}**", "", grid(ranking), ""]
    lines += [line for path, alt in figures for line in (f"![{alt}]({path})", "")]
    for related in related_tables(table):
        lines += [f"**{related.title}**", "", grids(related.columns), ""]
        lines += [*(f"- {plain(note)}" for note in related.notes), ""]
    diagnostics = diagnostic_columns(table)
    if len(diagnostics) > 1:
        lines += ["**Other metrics** (means of finished trials)", ""]
        lines += [grids(diagnostics), "", *(f"- {plain(note)}" for note in diagnostic_notes(table)), ""]
    lines += ["<details><summary>Ranks, p values, spreads, notes</summary>", ""]
    lines += [
        grids([*detail_columns(table), *left_out]),
        "",
        *(f"- {plain(note)}" for note in notes(table)),
        "",
        "</details>",
        "",
    ]
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
