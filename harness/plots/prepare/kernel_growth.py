"""Times of a kernel's implementations by size, with the limit of the machine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.kernels.contract import Implementation
from harness.kernels.results import CaseBoard, KernelBoard
from harness.plots.charts import NAN, LineChart, Scaled, Series, Spot
from harness.plots.style import look_of
from harness.plots.ticks import plain
from harness.statistics.intervals import plural
from harness.tables.words import time_text


@dataclass(frozen=True)
class GrowthChart(LineChart):
    """Times against sizes; in words each line is its first and its last time."""

    @property
    def alt(self) -> str:
        """The chart in words."""
        ends = (f"{s.label} {time_text(s.spots[0].y)} to {time_text(s.spots[-1].y)}" for s in self.series)
        return f"{self.title}. {'; '.join(ends)}."


def growth_charts(board: KernelBoard) -> Iterator[tuple[GrowthChart, list[CaseBoard]]]:
    """Yield a chart, with its cases by size, for each series of at least two sizes."""
    for number, series in enumerate(dict.fromkeys(c.case.series for c in board.cases if c.case.series)):
        cases = sorted((c for c in board.cases if c.case.series == series), key=lambda c: c.case.size)
        lines = tuple(_lines(board, cases))
        if len(cases) >= 2 and lines:
            yield _chart(board, series, number, cases, lines), cases


def _chart(
    board: KernelBoard, series: str, number: int, cases: Sequence[CaseBoard], lines: tuple[Series, ...]
) -> GrowthChart:
    threads = min(board.threads)
    limits = [(case.case.size, case.limits[threads].seconds(case.cost)) for case in cases if threads in case.limits]
    return GrowthChart(
        f"{board.name}-growth{number or ''}",
        "",
        f"{board.kernel.title}: time against {board.kernel.size_name} ({series})",
        f"{plural(threads, 'thread')}; thick: ours that all ratios refer to; "
        "the shaded area is below the machine's limit.",
        Scaled(board.kernel.size_name, logarithmic=True),
        Scaled("time", logarithmic=True, written=short_time),
        lines,
        limit=tuple(
            Spot(size, seconds, NAN, f"the machine's limit: {_at(board, size, seconds)}")
            for size, seconds in limits
        ),
    )


def _lines(board: KernelBoard, cases: Sequence[CaseBoard]) -> Iterator[Series]:
    """Yield a line for each implementation that has times, the headline first, then ours."""
    headline = board.kernel.headline
    entries = sorted(board.kernel.implementations, key=lambda e: (e.name != headline, e.role != "ours"))
    number = 0
    for entry in entries:
        spots = tuple(_spots(board, cases, entry))
        if spots:
            kind = "headline" if entry.name == headline else entry.role
            yield Series(entry.name, kind, number, spots, marker=look_of(entry.role).marker)
            number += 1


def _spots(board: KernelBoard, cases: Sequence[CaseBoard], entry: Implementation) -> Iterator[Spot]:
    for case in cases:
        row = case.row(entry.name)
        if row and row.timings:
            seconds = row.timings[min(row.timings)].seconds
            words = f"{_at(board, case.case.size, seconds)} ({entry.role})"
            yield Spot(case.case.size, seconds, NAN, words)


def _at(board: KernelBoard, size: float, seconds: float) -> str:
    return f"{time_text(seconds)} at {board.kernel.size_name} {plain(size)}"


def short_time(seconds: float) -> str:
    """Write a tick of a time: 5 ms, 100 µs."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size * (1 - 1e-9):
            return f"{seconds / size:g} {unit}"
    return f"{seconds / 1e-9:g} ns"
