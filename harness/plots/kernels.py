"""Figures of kernels: time against size with the machine's limit, and the roofline of all headlines."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.kernels.results import CaseBoard, KernelBoard
from harness.plots.style import COLOURS, FAINT, PAPER_COLOUR, TEXT, Drawn, heading, new_figure, png, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROLE_COLOURS = {
    "ours": (COLOURS["method"],),
    "peer": (COLOURS["baseline"], "#56B4E9", COLOURS["plug-in"], PAPER_COLOUR),
    "reference": (COLOURS["control"],),
}
ROLE_MARKERS = {"ours": "D", "peer": "o", "reference": "s"}
DASHES = ("-", "--", ":", "-.")


def kernel_figures(boards: Sequence[KernelBoard]) -> Iterator[tuple[str, Drawn]]:
    """Yield (kernel name, figure): each series of sizes; last, under the empty name, the roofline of all."""
    for board in boards:
        series = dict.fromkeys(case.case.series for case in board.cases if case.case.series)
        for number, name in enumerate(series):
            cases = [case for case in board.cases if case.case.series == name]
            if len(cases) >= 2:
                yield board.name, growth(board, name, cases, number)
    roof = roofline(boards)
    if roof is not None:
        yield "", roof


def growth(board: KernelBoard, series: str, cases: Sequence[CaseBoard], number: int = 0) -> Drawn:
    """Draw the time of every implementation against size, log-log, one thread, with the machine's limit."""
    title = f"{board.kernel.title}: time against {board.kernel.size_name} ({series})"
    with styled():
        figure = new_figure(4.6)
        axes = figure.add_subplot()
        shown = _lines(axes, board, cases)
        threads = min(board.threads)
        sizes = [case.case.size for case in cases]
        limits = [case.limits[threads].seconds(case.cost) for case in cases]
        axes.fill_between(sizes, limits, min(limits) / 3, color=FAINT, alpha=0.5, linewidth=0, zorder=0)
        axes.plot(sizes, limits, color=TEXT, linewidth=1.0, zorder=1)
        axes.annotate("limit", (sizes[0], limits[0]), (4, 3), textcoords="offset points", fontsize=8, va="bottom")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(bottom=min(limits) / 3)
        axes.set_xlabel(board.kernel.size_name)
        axes.set_ylabel(f"seconds, {threads} thread{'s' * (threads > 1)}")
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=8, handlelength=2.4)
        heading(figure, title)
        return Drawn(f"{board.name}-growth{number or ''}", f"{title}. {'; '.join(shown)}.", png(figure))


def _lines(axes: "Axes", board: KernelBoard, cases: Sequence[CaseBoard]) -> list[str]:
    """Draw a line for each implementation that has times; return what they show in words."""
    shown, styles = [], dict.fromkeys(ROLE_COLOURS, 0)
    for entry in board.kernel.implementations:
        points = []
        for case in cases:
            row = case.row(entry.name)
            if row and row.timings:
                points.append((case.case.size, row.timings[min(row.timings)].seconds))
        if not points:
            continue
        drawn = styles[entry.role]
        styles[entry.role] += 1
        colours = ROLE_COLOURS[entry.role]
        colour, turn = colours[drawn % len(colours)], drawn // len(colours)
        axes.plot(
            *zip(*points, strict=True),
            color=colour,
            linewidth=2.2 if entry.name == board.kernel.headline else 1.1,
            linestyle=DASHES[turn % len(DASHES)],
            marker=ROLE_MARKERS[entry.role],
            markersize=4,
            markerfacecolor=colour if turn % 2 == 0 else "white",
            label=entry.name,
        )
        shown.append(f"{entry.name} {points[0][1]:.2g} s to {points[-1][1]:.2g} s")
    return shown


def roofline(boards: Sequence[KernelBoard]) -> Drawn | None:
    """Draw the headline of every case with arithmetic under the machine's roof (Williams et al., 2009)."""
    points = [
        (board, case, row.timings[min(row.timings)].seconds)
        for board in boards
        for case in board.cases
        if (row := case.row(board.kernel.headline)) and row.timings and case.cost.flops and case.cost.bytes
    ]
    if not points:
        return None
    from matplotlib.ticker import FuncFormatter, NullFormatter

    title = "Roofline of our implementations, one thread"
    with styled():
        figure = new_figure(4.4)
        axes = figure.add_subplot()
        _roof(axes, points)
        names = list(dict.fromkeys(board.name for board, _, _ in points))
        palette = [*COLOURS.values(), "#E69F00", "#56B4E9"]
        for name, colour in zip(names, palette, strict=False):
            own = [(case, seconds) for board, case, seconds in points if board.name == name]
            axes.plot(
                [case.cost.flops / case.cost.bytes for case, _ in own],
                [case.cost.flops / seconds / 1e9 for case, seconds in own],
                *("o",),
                color=colour,
                label=name,
                markersize=5,
            )
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("operations for each byte that must be moved")
        axes.set_ylabel("Gflop/s (operations that must be done)")
        axes.legend(loc="lower right", fontsize=8)
        heading(figure, title)
        best = ", ".join(
            f"{board.name} {case.case.name}: {case.cost.flops / s / 1e9:.3g}" for board, case, s in points
        )
        return Drawn("roofline", f"{title}, in Gflop/s. {best}.", png(figure))


def _roof(axes: "Axes", points: Sequence[tuple[KernelBoard, CaseBoard, float]]) -> None:
    rates = [case.limits[min(case.limits)] for _, case, _ in points]
    read = max(rate.read for rate in rates) / 1e9
    ridge = max(rate.float32 for rate in rates) / 1e9 / read
    intensities = [*(case.cost.flops / case.cost.bytes for _, case, _ in points), ridge / 10, ridge * 10]
    low, high = math.log10(min(intensities)), math.log10(max(intensities)) + 0.3
    grid = [10 ** (low + (high - low) * i / 200) for i in range(201)]
    for label, peak in (
        ("float32", max(rate.float32 for rate in rates) / 1e9),
        ("float64", max(rate.float64 for rate in rates) / 1e9),
    ):
        roof = [min(peak, read * x) for x in grid]
        axes.plot(grid, roof, color=FAINT if label == "float64" else TEXT, linewidth=1.2, zorder=0)
        axes.annotate(
            f"{label} {peak:.0f} Gflop/s",
            (grid[-1], peak),
            (0, 3),
            textcoords="offset points",
            ha="right",
            fontsize=8,
        )
    axes.annotate(
        f"read {read:.0f} GB/s",
        (grid[0], read * grid[0]),
        (4, -2),
        textcoords="offset points",
        va="top",
        fontsize=8,
    )
