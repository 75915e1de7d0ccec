"""Times of a kernel's implementations on a case, divided by the time of our headline implementation."""

from harness.kernels.order import ordered
from harness.kernels.results import CaseBoard, KernelBoard, KernelRow
from harness.plots.board_charts import IntervalChart, MeanMark
from harness.plots.charts import NAN, Scaled
from harness.statistics.intervals import plural
from harness.tables.words import ratio_text, time_text


def ratio_chart(board: KernelBoard, case: CaseBoard) -> IntervalChart | None:
    """Return the ratios of a case at the fewest threads; None where there is none."""
    threads = min(board.threads, default=1)
    rows = tuple(
        _row(row, threads)
        for row in ordered(board, case)
        if threads in row.timings and row.timings[threads].ratio is not None
    )
    if not rows:
        return None
    headline = board.kernel.headline
    title = f"{case.case.name}: time ÷ {headline}, {plural(threads, 'thread')}"
    return IntervalChart(
        f"{board.name}-{case.case.name}-ratios",
        "",
        title,
        f"Ratios with 95 % intervals over {plural(case.processes, 'process')}; line at 1: {headline}.",
        f"{title}. {'; '.join(row.words for row in rows)}.",
        Scaled(f"time ÷ {headline} (right of 1: slower than ours)", logarithmic=True),
        rows,
        rule=1.0,
    )


def _row(row: KernelRow, threads: int) -> MeanMark:
    timing, entry = row.timings[threads], row.implementation
    ratio = timing.ratio
    assert ratio is not None
    words = f"{entry.name}: {ratio_text(ratio)}, {time_text(timing.seconds)}"
    words += f" ({timing.unmeasured})" if timing.unmeasured else ""
    low, high = (ratio.low, ratio.high) if ratio.known else (NAN, NAN)
    return MeanMark(entry.name, entry.role, words, ratio.estimate, low, high)
