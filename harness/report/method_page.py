"""Page of a method: its model card, its results on all tasks, its learning curves, its kernels."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness import catalog
from harness.leaderboard.cells import change_text, trials
from harness.report.cards import render_card
from harness.report.figures import Figure, curve_figure
from harness.report.kernel_section import counted
from harness.report.methods import Method
from harness.report.results import Results, SuiteResults
from harness.report.suite_page import page_of
from harness.report.tables import PageTable, table_of
from harness.report.text import anchor
from harness.tables.columns import ABSENT, Column
from harness.tables.labels import interval, mean, metric_header, name
from harness.tables.values import BoardRow, TaskTable
from harness.tables.words import p_value


@dataclass(frozen=True)
class KernelLink:
    """A kernel of the method, with a link to its measurements."""

    title: str
    link: str
    summary: str


@dataclass(frozen=True)
class MethodPage:
    """A method's page; `about` has each contender with its description."""

    page: str
    slug: str
    title: str
    about: tuple[tuple[str, str], ...]
    card: Markup | None
    results: PageTable | None
    curves: tuple[Figure, ...]
    kernels: tuple[KernelLink, ...]
    not_measured: tuple[str, ...]


def method_page(results: Results, method: Method) -> MethodPage:
    """Return the page of one method."""
    tables = results.tables_of(method.contenders)
    boards = results.kernel_boards()
    pages = {one.suite.name: page_of(one.suite.name) for one in results.suites}
    measured = [boards[kernel] for kernel in method.kernels if kernel in boards]
    return MethodPage(
        method.page,
        method.slug,
        method.title,
        tuple((contender, catalog.contender(contender).title) for contender in method.contenders),
        render_card(method.card, pages) if method.card else None,
        _results(tables, method) if tables else None,
        tuple(_curves(results, tables, method)),
        tuple(
            KernelLink(
                board.kernel.title, f"{page_of(one.suite.name)}#{anchor('kernel', board.name)}", counted(board)
            )
            for one, board in measured
        ),
        tuple(kernel for kernel in method.kernels if kernel not in boards),
    )


def _results(tables: Sequence[tuple[SuiteResults, TaskTable]], method: Method) -> PageTable:
    """Return a row for each task and contender of the method, with the same text as on the suite's page."""
    rows = [(one, table, row) for one, table in tables for row in table.rows if row.contender in method.contenders]
    links = {
        table.task.name: f"{page_of(one.suite.name)}#{anchor('task', table.task.name)}" for one, table, _ in rows
    }
    cells: Mapping[str, tuple[str, str, list[str]]] = {
        "task": ("task", "left", [table.task.name for _, table, _ in rows]),
        "contender": ("contender", "left", [name(row) for _, _, row in rows]),
        "metric": ("metric", "left", [metric_header(table) for _, table, _ in rows]),
        "mean": ("mean", "right", [mean(table, row) for _, table, row in rows]),
        "interval": ("95 % interval", "left", [interval(table, row) for _, table, row in rows]),
        "group": ("group", "left", [row.group if table.units > 1 else ABSENT for _, table, row in rows]),
        "rank": ("rank", "right", [f"{row.rank} of {len(table.rows)}" for _, table, row in rows]),
        "best": ("to the best", "right", [_best(table, row) for _, table, row in rows]),
        "reference": ("to the reference", "right", [_reference(table, row) for _, table, row in rows]),
        "p_reference": ("p", "right", [_p_reference(row) for _, _, row in rows]),
        "paper": ("paper", "right", [str(row.paper) if row.paper else ABSENT for _, _, row in rows]),
        "trials": ("trials", "right", [trials(row) for _, _, row in rows]),
    }
    columns = [
        Column(key, header, "right" if align == "right" else "left", tuple(texts))
        for key, (header, align, texts) in cells.items()
    ]
    css = ["failed" if row.state == "failed" else row.kind for _, _, row in rows]
    shown = [column for column in columns if not column.empty]
    caption = f"Results of {method.slug} on all tasks"
    return table_of("results-table", caption, shown, links={"task": links}, css=css)


def _best(table: TaskTable, row: BoardRow) -> str:
    return _against(table, row.to_best, table.rows[0].contender)


def _reference(table: TaskTable, row: BoardRow) -> str:
    return ABSENT if row.to_reference is None else _against(table, row.to_reference.difference, table.reference)


def _p_reference(row: BoardRow) -> str:
    return ABSENT if row.to_reference is None else p_value(row.to_reference.p)


def _against(table: TaskTable, difference: float, other: str) -> str:
    """Return a difference and its reference as text: "−1.1 points to gcn-sum", "×3.2 of mincut-ae"."""
    text = change_text(table, difference)
    if text == ABSENT:
        return ABSENT
    unit = "" if table.scale.kind == "log10" else f" {table.scale.difference_unit}".rstrip()
    return f"{text}{unit} {'of' if table.scale.kind == 'log10' else 'to'} {other}"


def _curves(results: Results, tables: Sequence[tuple[SuiteResults, TaskTable]], method: Method) -> Iterator[Figure]:
    """Yield for each task the curves of the method's contenders beside the reference baseline's."""
    for _, table in tables:
        contenders = [row.contender for row in table.rows if row.contender in method.contenders]
        figure = curve_figure(table, results.store, results.profile, [*contenders, table.reference])
        if figure is not None:
            yield figure
