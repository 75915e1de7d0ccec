"""Section of a kernel: its targets, the growth of its time, and its cases one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.kernels.order import ordered
from harness.kernels.results import CaseBoard, KernelBoard
from harness.kernels.verdicts import verdicts
from harness.leaderboard.kernel_cells import case_columns, limit_text, untimed, verdict_columns
from harness.leaderboard.kernel_provenance import kernel_command, kernel_sentences
from harness.report.figures import Figure
from harness.report.kernel_figures import growth_figures, ratio_figure
from harness.report.tables import PageTable, table_of
from harness.report.text import anchor
from harness.statistics.intervals import plural
from harness.tables.columns import Column
from harness.tables.words import ratio_text


@dataclass(frozen=True)
class CaseSection:
    """A case: its table, its ratios as a figure, and the implementations that were not timed or were lost."""

    name: str
    title: str
    table: PageTable
    figure: Figure | None
    reading: tuple[str, ...]


@dataclass(frozen=True)
class KernelSection:
    """A kernel on the page; `summary` counts the verdicts on its targets."""

    name: str
    kernel: str
    title: str
    headline: str
    summary: str
    targets: PageTable | None
    reading: tuple[str, ...]
    growth: tuple[Figure, ...]
    exponents: PageTable | None
    cases: tuple[CaseSection, ...]
    sources: tuple[str, ...]
    command: str


def kernel_section(board: KernelBoard, environments: Mapping[str, Mapping[str, Any]]) -> KernelSection:
    """Return the section of one kernel."""
    name = anchor("kernel", board.name)
    return KernelSection(
        name,
        board.name,
        board.kernel.title,
        board.kernel.headline,
        counted(board),
        _targets(board, name),
        tuple(board.kernel.notes),
        tuple(growth_figures(board)),
        _exponents(board, name),
        tuple(_case(board, case, f"{name}-case{number}") for number, case in enumerate(board.cases)),
        tuple(kernel_sentences(board, environments.get(board.environment, {}))),
        kernel_command(board),
    )


def counted(board: KernelBoard) -> str:
    """Return the number of targets by verdict, or the number of cases where no target is declared, as text."""
    words = [verdict.word for verdict in verdicts(board)]
    if not words:
        return f"{len(board.cases)} case{'s' * (len(board.cases) != 1)}, no targets"
    return "targets: " + ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))


def _targets(board: KernelBoard, name: str) -> PageTable | None:
    judged = list(verdicts(board))
    if not judged:
        return None
    whose = Column("reason", "whose target", "left", tuple(verdict.target.reason for verdict in judged))
    return table_of(f"{name}-targets", "Targets", [*verdict_columns(judged), whose], heading="case")


def _exponents(board: KernelBoard, name: str) -> PageTable | None:
    if not board.growth:
        return None
    columns = [
        Column("implementation", "implementation", "left", tuple(g.implementation for g in board.growth)),
        Column("series", "series", "left", tuple(g.series for g in board.growth)),
        Column("power", "time grows with the power", "right", tuple(ratio_text(g.exponent) for g in board.growth)),
    ]
    return table_of(f"{name}-exponents", "Growth of time with size", columns, heading="implementation")


def _case(board: KernelBoard, case: CaseBoard, name: str) -> CaseSection:
    rows = [row for row in ordered(board, case) if row.timings or row.failed]
    css = ["failed" if row.failed else row.implementation.role for row in rows]
    reading = [
        f"Limits of the machine meanwhile: {limit_text(case)}.",
        f"{plural(case.processes, 'process')}; others kept {100 * case.contention:.0f} % of the cores busy.",
        *(f"Not timed: {sentence}." for sentence in untimed(case)),
        *(f"Lost: {failure}." for failure in case.failures),
    ]
    return CaseSection(
        name,
        case.case.name,
        table_of(f"{name}-table", f"Times of {case.case.name}", case_columns(board, case),
                 heading="implementation", css=css),
        ratio_figure(board, case, f"{name}-ratios"),
        tuple(reading),
    )  # fmt: skip
