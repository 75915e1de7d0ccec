"""Page of a suite: claims, tasks with their tables and figures, mean ranks, kernels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.claims.listing import methods_of_claims
from harness.leaderboard.cells import detail_columns, diagnostic_columns, ranking_columns
from harness.leaderboard.notes import board_notes, diagnostic_notes, notes
from harness.leaderboard.papers import PaperFinding, paper_findings
from harness.leaderboard.provenance import sentences
from harness.leaderboard.reading import best_sentence
from harness.report.claim_section import ClaimSection, claim_section
from harness.report.figures import Figure, rank_figure, task_figures
from harness.report.kernel_section import KernelSection, kernel_section
from harness.report.records import FailedTrial, failed_trials
from harness.report.results import Results, SuiteResults
from harness.report.tables import PageTable, table_of
from harness.report.text import anchor
from harness.tables.columns import PARTIAL_MARK, Column
from harness.tables.labels import headline, metric_header
from harness.tables.related import related_tables
from harness.tables.values import Standing, TaskTable

if TYPE_CHECKING:
    from harness.store import RunStore


@dataclass(frozen=True)
class RelatedSection:
    """A table of related metrics with its notes."""

    title: str
    table: PageTable
    reading: tuple[str, ...]


@dataclass(frozen=True)
class TaskSection:
    """A task on the page.

    Attributes:
        over: the unit of replication with its number, and the metric.
        finding: who may be best, in a sentence.
        related: tables of metrics that belong together.
        diagnostics: other metrics; None where there are none.
        details: possible ranks, p values, spreads and numbers of trials.
        reading, diagnostic_reading: notes of the two tables.
        sources: origin of the numbers, one sentence a fact.
        command: command that reproduces the numbers.
    """

    name: str
    task: str
    title: str
    over: str
    finding: str
    ranking: PageTable
    reading: tuple[str, ...]
    related: tuple[RelatedSection, ...]
    diagnostics: PageTable | None
    diagnostic_reading: tuple[str, ...]
    details: PageTable
    figures: tuple[Figure, ...]
    failures: tuple[FailedTrial, ...]
    sources: tuple[str, ...]
    command: str


@dataclass(frozen=True)
class StandingSection:
    """Mean ranks over the tasks of a protocol; a figure of them where they were tested."""

    name: str
    title: str
    tasks: tuple[str, ...]
    table: PageTable
    reading: tuple[str, ...]
    figure: Figure | None


@dataclass(frozen=True)
class SuitePage:
    """A suite's page; `facts` are figures with their names."""

    page: str
    title: str
    suite: str
    profile: str
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    papers: tuple[PaperFinding, ...]
    claims: ClaimSection | None
    tasks: tuple[TaskSection, ...]
    standings: tuple[StandingSection, ...]
    kernels: tuple[KernelSection, ...]


def page_of(suite: str) -> str:
    """Return the file name of a suite's page."""
    return f"suite-{anchor(suite)}.html"


def suite_page(results: Results, one: SuiteResults, method_links: Mapping[str, str]) -> SuitePage:
    """Return the page of one suite; `method_links` leads contenders to the page of their method."""
    board = one.board
    return SuitePage(
        page_of(one.suite.name),
        one.suite.title,
        one.suite.name,
        results.profile,
        facts(one),
        tuple(board_notes(board)),
        tuple(paper_findings(board, one.verdicts, methods_of_claims())),
        claim_section(one.verdicts, results.profile) if one.verdicts else None,
        tuple(task_section(table, results.store, results.profile, method_links) for table in board.tables),
        tuple(_standing(standing, method_links) for standing in board.standings),
        tuple(kernel_section(kernel, results.environments) for kernel in one.kernels),
    )


def facts(one: SuiteResults) -> tuple[tuple[str, str], ...]:
    """Return the suite in figures: (figure, name), those that are 0 left out except failures of trials."""
    contenders = {row.contender for table in one.board.tables for row in table.rows}
    counted = [
        (len(one.board.tables), "tasks"),
        (len(contenders), "contenders"),
        (one.trials, "trials"),
        (len(one.kernels), "kernels"),
        (sum(len(board.cases) for board in one.kernels), "timed cases"),
        (len(one.verdicts), "claims"),
    ]
    shown = [(f"{number:,}", name if number != 1 else name.removesuffix("s")) for number, name in counted if number]
    return (*shown, (f"{one.failed:,}", "failed trials")) if one.trials else tuple(shown)


def task_section(table: TaskTable, store: "RunStore", profile: str, method_links: Mapping[str, str]) -> TaskSection:
    """Return a task's section; its figures come before its tables where there are both."""
    name = anchor("task", table.task.name)
    links = {"contender": method_links}
    css = ["failed" if row.state == "failed" else row.kind for row in table.rows]
    diagnostics = diagnostic_columns(table)
    return TaskSection(
        name,
        table.task.name,
        table.task.title,
        f"{metric_header(table)}, {headline(table)}",
        best_sentence(table),
        table_of(f"{name}-ranking", f"Ranking on {table.task.name}", ranking_columns(table), links=links, css=css),
        tuple(notes(table)),
        tuple(_related(table, name, links)),
        table_of(
            f"{name}-other",
            f"Other metrics on {table.task.name}: means of finished trials",
            diagnostics,
            links=links,
            css=css,
        )
        if len(diagnostics) > 1
        else None,
        tuple(diagnostic_notes(table)),
        table_of(
            f"{name}-details",
            f"Possible ranks, p values, spreads and trials on {table.task.name}",
            detail_columns(table),
            links=links,
            css=css,
        ),
        tuple(task_figures(table, store, profile)),
        failed_trials(store, table, profile),
        tuple(sentences(table.provenance)),
        table.provenance.command,
    )


def _related(table: TaskTable, name: str, links: Mapping[str, Mapping[str, str]]) -> Iterator[RelatedSection]:
    kinds = {row.contender: row.kind for row in table.rows}
    for one in related_tables(table):
        css = [kinds.get(cell.removesuffix(PARTIAL_MARK), "") for cell in one.columns[0].cells]
        shown = table_of(f"{name}-{anchor(one.group)}", one.title, one.columns, links=links, css=css)
        yield RelatedSection(one.title, shown, one.notes)


def _standing(standing: Standing, method_links: Mapping[str, str]) -> StandingSection:
    names, ranks = tuple(standing.mean_ranks), tuple(f"{rank:.2f}" for rank in standing.mean_ranks.values())
    name = anchor("ranks", standing.slug)
    columns = [Column("contender", "contender", "left", names), Column("rank", "mean rank", "right", ranks)]
    reading = [f"{standing.why}."]
    if standing.left_out:
        reading.append(f"Not on all of these tasks, so not ranked here: {', '.join(standing.left_out)}.")
    table = table_of(f"{name}-table", f"Mean ranks in {standing.title}", columns, links={"contender": method_links})
    figure = rank_figure(standing, columns)
    return StandingSection(name, standing.title, standing.tasks, table, tuple(reading), figure)
