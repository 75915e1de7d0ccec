"""The first page: suites, the best mean of each task, kernels, methods."""

from dataclasses import dataclass

from harness.claims.listing import methods_of_claims
from harness.claims.tables import summary
from harness.kernels.results import KernelBoard
from harness.leaderboard.papers import PaperFinding, paper_findings
from harness.report.kernel_section import counted
from harness.report.methods import Method
from harness.report.results import Results, SuiteResults
from harness.report.suite_page import page_of
from harness.report.tables import PageTable, table_of
from harness.report.text import anchor, minute
from harness.tables.columns import ABSENT, Column
from harness.tables.labels import headline, interval, mean, metric_header, name
from harness.tables.values import TaskTable


@dataclass(frozen=True)
class SuiteCard:
    """Summary of a suite, with a link to its page."""

    title: str
    name: str
    page: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class MethodCard:
    """Summary of a method, with a link to its page."""

    title: str
    page: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class IndexPage:
    """The first page; `without` names suites that have no records."""

    page: str
    profile: str
    papers: tuple[PaperFinding, ...]
    suites: tuple[SuiteCard, ...]
    without: tuple[str, ...]
    leaders: PageTable | None
    kernels: PageTable | None
    methods: tuple[MethodCard, ...]


def index_page(results: Results, methods: tuple[Method, ...]) -> IndexPage:
    """Return the first page."""
    places = methods_of_claims()
    return IndexPage(
        "index.html",
        results.profile,
        tuple(found for one in results.suites for found in paper_findings(one.board, one.verdicts, places)),
        tuple(_suite(one) for one in results.suites),
        results.without,
        _leaders(results),
        _kernels(results),
        tuple(_method(results, method) for method in methods),
    )


def _suite(one: SuiteResults) -> SuiteCard:
    board, lines = one.board, []
    if board.tables:
        contenders = {row.contender for table in board.tables for row in table.rows}
        failed = f", {one.failed} failed" if one.failed else ", none failed"
        lines.append(f"{len(board.tables)} tasks, {len(contenders)} contenders, {one.trials:,} trials{failed}")
    if one.kernels:
        lines.append(f"{len(one.kernels)} kernel{'s' * (len(one.kernels) > 1)}")
    if one.verdicts:
        lines.append(f"Claims: {summary(one.verdicts)}")
    times = [table.provenance.newest for table in board.tables] + [kernel.last for kernel in one.kernels]
    lines.append(f"Newest record {minute(max(times))} UTC")
    return SuiteCard(one.suite.title, one.suite.name, page_of(one.suite.name), tuple(lines))


def _method(results: Results, method: Method) -> MethodCard:
    tables, kernels = results.tables_of(method.contenders), results.kernel_boards()
    lines = [", ".join(method.contenders)] if method.contenders else []
    lines += [f"results on {len(tables)} task{'s' * (len(tables) != 1)}"] if method.contenders else []
    lines += [f"kernel {kernel}" for kernel in method.kernels if kernel in kernels]
    lines += [f"kernel {kernel}, not measured" for kernel in method.kernels if kernel not in kernels]
    return MethodCard(method.title, method.page, tuple(lines))


def _leaders(results: Results) -> PageTable | None:
    """Return a row for each task: the contender with the best mean, and the number of others that may be best."""
    tables = [(one, table) for one in results.suites for table in one.board.tables]
    if not tables:
        return None
    links = {
        table.task.name: f"{page_of(one.suite.name)}#{anchor('task', table.task.name)}" for one, table in tables
    }
    columns = [
        Column("task", "task", "left", tuple(table.task.name for _, table in tables)),
        Column("leader", "best mean", "left", tuple(_leader(table) for _, table in tables)),
        Column("mean", "mean", "right", tuple(mean(table, table.rows[0]) for _, table in tables)),
        Column("interval", "95 % interval", "left", tuple(interval(table, table.rows[0]) for _, table in tables)),
        Column("open", "may be best too", "right", tuple(_rivals(table) for _, table in tables)),
        Column("metric", "metric", "left", tuple(metric_header(table) for _, table in tables)),
        Column("over", "mean over", "left", tuple(headline(table) for _, table in tables)),
        Column("title", "about", "left", tuple(table.task.title for _, table in tables)),
    ]
    caption = "Best mean on each task"
    return table_of("leaders", caption, columns, heading="task", links={"task": links})


def _leader(table: TaskTable) -> str:
    """Return the name of the contender with the best mean; absent where every contender failed."""
    return ABSENT if table.rows[0].state == "failed" else name(table.rows[0])


def _rivals(table: TaskTable) -> str:
    """Return the number of other contenders that may be best too, as text."""
    if table.units < 2 or len(table.ranked) < 2:
        return ABSENT
    return f"{len(table.best_set) - 1} of {len(table.rows) - 1}"


def _kernels(results: Results) -> PageTable | None:
    boards = results.kernel_boards()
    if not boards:
        return None
    links = {
        board.name: f"{page_of(one.suite.name)}#{anchor('kernel', board.name)}" for one, board in boards.values()
    }
    columns = [
        Column("kernel", "kernel", "left", tuple(boards)),
        Column("verdicts", "targets", "left", tuple(_targets(board) for _, board in boards.values())),
        Column("headline", "headline", "left", tuple(board.kernel.headline for _, board in boards.values())),
        Column("cases", "cases", "right", tuple(str(len(board.cases)) for _, board in boards.values())),
        Column("title", "about", "left", tuple(board.kernel.title for _, board in boards.values())),
    ]
    return table_of("kernels-table", "Kernels", columns, heading="kernel", links={"kernel": links})


def _targets(board: KernelBoard) -> str:
    return counted(board).removeprefix("targets: ")
