"""How the time of a kernel's implementations grows with size, above the machine's limit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.kernels.contract import Implementation
from harness.kernels.results import CaseBoard, KernelBoard
from harness.report.figures.axes import Axis, plain, spanning
from harness.report.figures.canvas import Canvas
from harness.report.figures.figure import Figure, Key
from harness.report.figures.ratios import ROLE_SHAPES
from harness.report.tables import table_of
from harness.report.text import anchor
from harness.tables.columns import ABSENT, Column
from harness.tables.words import three_digits, time_text

WIDTH, HEIGHT = 390.0, 330.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 14.0, 18.0, 44.0
PALETTE = 8
DASHES = ("", "6 3", "2 3")


@dataclass(frozen=True)
class Trace:
    """Times of an implementation: (size, seconds), ascending in size."""

    entry: Implementation
    number: int
    points: tuple[tuple[float, float], ...]

    @property
    def css(self) -> str:
        """Class of its colour."""
        return f"c-{self.number % PALETTE}"

    @property
    def dash(self) -> str:
        """Dashes that tell apart what shares a colour."""
        return DASHES[self.number // PALETTE % len(DASHES)]


def growth_plots(board: KernelBoard) -> Iterator[Figure]:
    """Yield a figure for each series of at least two sizes."""
    for number, series in enumerate(dict.fromkeys(c.case.series for c in board.cases if c.case.series)):
        cases = sorted((c for c in board.cases if c.case.series == series), key=lambda c: c.case.size)
        traces = _traces(board, cases)
        if len(cases) >= 2 and traces:
            yield _plot(board, series, cases, traces, f"{anchor('kernel', board.name)}-growth{number or ''}")


def _plot(
    board: KernelBoard, series: str, cases: Sequence[CaseBoard], traces: Sequence[Trace], name: str
) -> Figure:
    threads = min(board.threads)
    title = f"{board.kernel.title}: time against {board.kernel.size_name} ({series})"
    limits = [(case.case.size, case.limits[threads].seconds(case.cost)) for case in cases if threads in case.limits]
    shown = "; ".join(f"{t.entry.name} {time_text(t.points[0][1])} to {time_text(t.points[-1][1])}" for t in traces)
    canvas = Canvas(name, WIDTH, HEIGHT, title, f"{title}. {shown}.")
    x, y = _axes(canvas, board, traces, limits)
    _limit(canvas, limits, x, y)
    for trace in reversed(traces):  # ours last, on top
        _draw(canvas, board, trace, x, y)
    return Figure(
        name,
        title,
        canvas.markup(),
        keys=tuple(Key(f"s{t.number}", t.entry.name, t.css, ROLE_SHAPES[t.entry.role]) for t in traces),
        caption=f"{threads} thread{'s' * (threads > 1)}; thick: ours that all ratios refer to; "
        "the shaded area is below the machine's limit.",
        data=table_of(f"{name}-data", "The numbers of the figure", _data(board, cases, traces), heading="size"),
    )


def _traces(board: KernelBoard, cases: Sequence[CaseBoard]) -> list[Trace]:
    traces: list[Trace] = []
    headline = board.kernel.headline
    for entry in sorted(board.kernel.implementations, key=lambda e: (e.name != headline, e.role != "ours")):
        rows = [(case.case.size, case.row(entry.name)) for case in cases]
        points = tuple((size, row.timings[min(row.timings)].seconds) for size, row in rows if row and row.timings)
        if points:
            traces.append(Trace(entry, len(traces), points))
    return traces


def _axes(
    canvas: Canvas, board: KernelBoard, traces: Sequence[Trace], limits: Sequence[tuple[float, float]]
) -> tuple[Axis, Axis]:
    floor, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    points = [*(point for trace in traces for point in trace.points), *limits]
    x = spanning([size for size, _ in points], LEFT, right, logarithmic=True)
    y = spanning([seconds for _, seconds in points], floor, TOP, logarithmic=True)
    for tick in x.ticks():
        canvas.line((x(tick), TOP), (x(tick), floor), "grid")
        canvas.text((x(tick), floor + 15), plain(tick), "tick", "middle")
    for tick in y.ticks():
        canvas.line((LEFT, y(tick)), (right, y(tick)), "grid")
        canvas.text((LEFT - 6, y(tick) + 4), _short_time(tick), "tick", "end")
    canvas.text(((LEFT + right) / 2, HEIGHT - 6), board.kernel.size_name, "axis", "middle")
    canvas.text((4, TOP - 7), "time", "axis")
    return x, y


def _limit(canvas: Canvas, limits: Sequence[tuple[float, float]], x: Axis, y: Axis) -> None:
    if not limits:
        return
    line = [(x(size), y(seconds)) for size, seconds in limits]
    canvas.path([(line[0][0], y.start), *line, (line[-1][0], y.start)], "beyond", closed=True)
    canvas.path(line, "limit")
    with canvas.mark(f"the machine's limit: {', '.join(time_text(seconds) for _, seconds in limits)}"):
        canvas.marker(line[-1], "circle", "hidden-point", 7)
    canvas.text((x.end - 18, y.start - 8), "below the limit", "tick", "end")


def _draw(canvas: Canvas, board: KernelBoard, trace: Trace, x: Axis, y: Axis) -> None:
    entry = trace.entry
    width = "curve heavy" if entry.name == board.kernel.headline else "curve"
    with canvas.series(f"s{trace.number}", trace.css):
        canvas.path([(x(size), y(seconds)) for size, seconds in trace.points], width, dash=trace.dash)
        for size, seconds in trace.points:
            says = f"{entry.name} ({entry.role}), {board.kernel.size_name} {plain(size)}: {time_text(seconds)}"
            with canvas.mark(says):
                canvas.marker((x(size), y(seconds)), ROLE_SHAPES[entry.role], "point", 3.5)


def _short_time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size * (1 - 1e-9):
            return f"{seconds / size:g} {unit}"
    return f"{seconds / 1e-9:g} ns"


def _data(board: KernelBoard, cases: Sequence[CaseBoard], traces: Sequence[Trace]) -> list[Column]:
    """Return a row for each size and a column for each implementation."""
    columns = [Column("size", board.kernel.size_name, "right", tuple(three_digits(c.case.size) for c in cases))]
    for trace in traces:
        times = dict(trace.points)
        cells = tuple(time_text(times[c.case.size]) if c.case.size in times else ABSENT for c in cases)
        columns.append(Column(trace.entry.name, trace.entry.name, "right", cells))
    return columns
