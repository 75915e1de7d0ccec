"""Kernel boards as plain text for a terminal or a pipe."""

from collections.abc import Sequence

from harness.kernels.results import CaseBoard, KernelBoard
from harness.kernels.verdicts import verdicts
from harness.leaderboard.kernel_cells import case_columns, untimed, verdict_columns
from harness.statistics.intervals import plural
from harness.tables.columns import Column, listed, text_grid
from harness.tables.terminal import terminal_width, wrapped
from harness.tables.words import ratio_text

EXPENDABLE = ("compilation", "memory", "role", "scaling", "limit", "quality")
"""Columns that give way where the terminal is narrow, the first one first; then those of all threads."""


def render_kernels(boards: Sequence[KernelBoard], width: int | None = None) -> str:
    """Return the boards as text that fits `width` characters: by default the terminal's, within 80 to 120."""
    width = width or terminal_width()
    return "\n\n".join(part for board in boards for part in _board(board, width))


def _board(board: KernelBoard, width: int) -> list[str]:
    parts = [f"{board.name}: {board.kernel.title} · profile {board.profile}"]
    parts += [_case(board, case, width) for case in board.cases]
    if board.growth:
        lines = [f"  {g.implementation}: {ratio_text(g.exponent)} over {g.series}" for g in board.growth]
        parts.append("\n".join(["time grows with the power", *lines]))
    judged = list(verdicts(board))
    if measured := [verdict for verdict in judged if verdict.word != "not measured"]:
        parts.append("\n".join(_lines(verdict_columns(measured))))
    if left := len(judged) - len(measured):
        parts.append(f"{plural(left, 'target')} not measured here: their cases or peers are not among these")
    return parts


def _case(board: KernelBoard, case: CaseBoard, width: int) -> str:
    columns = case_columns(board, case)
    expendable = [*EXPENDABLE, *(f"{kind}{n}" for n in board.threads[1:] for kind in ("ratio", "time"))]
    while expendable and _width(columns) > width:
        leaving = expendable.pop(0)
        columns = [column for column in columns if column.name != leaving]
    lines = [f"{case.case.name} · {plural(case.processes, 'process')}, contention {100 * case.contention:.0f} %"]
    lines += _lines(columns)
    lines += [wrapped(f"- {sentence}", width) for sentence in untimed(case)]
    lines += [wrapped(f"! {failure}", width) for failure in case.failures]
    noisy = [
        row.implementation.name
        for row in case.rows
        if any(timing.unmeasured == "too noisy" for timing in row.timings.values())
    ]
    if noisy:
        lines.append(wrapped(f"could not measure {listed(noisy)}: the interval spans more than a factor 2", width))
    return "\n".join(lines)


def _lines(columns: Sequence[Column]) -> list[str]:
    rows = [[c.header for c in columns], *zip(*(c.cells for c in columns), strict=True)]
    return text_grid(rows, left=[i for i, column in enumerate(columns) if column.align == "left"])


def _width(columns: Sequence[Column]) -> int:
    return sum(max(map(len, (c.header, *c.cells))) for c in columns) + 2 * (len(columns) - 1)
