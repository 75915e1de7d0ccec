"""How a kernel's implementations compare on a case: their time over that of our headline implementation."""

import math

from harness.kernels.results import CaseBoard, KernelBoard, KernelRow
from harness.leaderboard.kernel_cells import case_columns, ordered, ratio_text, time_text
from harness.report.figures.axes import plain
from harness.report.figures.figure import Figure, Key
from harness.report.figures.intervals import Frame, Line, draw_intervals
from harness.report.tables import table_of
from harness.statistics.intervals import plural

ROLE_SHAPES = {"ours": "diamond", "peer": "circle", "reference": "square"}


def ratio_plot(board: KernelBoard, case: CaseBoard, name: str) -> Figure | None:
    """Return the ratios of a case at the fewest threads; None where there is none."""
    threads = min(board.threads, default=1)
    rows = [
        row for row in ordered(board, case) if threads in row.timings and row.timings[threads].ratio is not None
    ]
    if not rows:
        return None
    headline = board.kernel.headline
    counted = f"{threads} thread{'s' * (threads > 1)}"
    title = f"{case.case.name}: time ÷ {headline}, {counted}"
    lines = [_line(row, threads) for row in rows]
    frame = Frame(f"time ÷ {headline} (right of 1: slower than ours)", plain, logarithmic=True, rule=1.0)
    wanted = {"implementation", "role", f"time{threads}", f"ratio{threads}"}
    columns = [column for column in case_columns(board, case) if column.name in wanted]
    description = f"{title}. {'; '.join(line.says for line in lines)}."
    return Figure(
        name,
        title,
        draw_intervals(name, title, description, lines, frame),
        keys=role_keys([row.implementation.role for row in rows]),
        caption=f"Ratios with 95 % intervals over {plural(case.processes, 'process')}; line at 1: {headline}.",
        data=table_of(f"{name}-data", "The numbers of the figure", columns, heading="implementation"),
    )


def role_keys(roles: list[str]) -> tuple[Key, ...]:
    """Return the legend of the roles that are shown."""
    return tuple(Key(role, role, f"c-{role}", shape) for role, shape in ROLE_SHAPES.items() if role in roles)


def _line(row: KernelRow, threads: int) -> Line:
    timing, entry = row.timings[threads], row.implementation
    ratio = timing.ratio
    assert ratio is not None
    told = f"{entry.name}: {ratio_text(ratio)}, {time_text(timing.seconds)}"
    told += f" ({timing.unmeasured})" if timing.unmeasured else ""
    low, high = (ratio.low, ratio.high) if ratio.known else (math.nan, math.nan)
    return Line(entry.name, entry.role, ROLE_SHAPES[entry.role], told, ratio.estimate, low, high)
