"""The headline of every case with arithmetic under the machine's roof (Williams et al., 2009)."""

from collections.abc import Sequence

from harness.kernels.results import KernelBoard
from harness.plots.board_charts import Point, Roof, RooflineChart
from harness.plots.charts import Scaled


def roofline_chart(boards: Sequence[KernelBoard]) -> RooflineChart | None:
    """Return the roofline of all kernels; None where no case counts operations and bytes."""
    cases = [
        (board, case, row.timings[min(row.timings)].seconds)
        for board in boards
        for case in board.cases
        if (row := case.row(board.kernel.headline)) and row.timings and case.cost.flops and case.cost.bytes
    ]
    if not cases:
        return None
    rates = [case.limits[min(case.limits)] for _, case, _ in cases]
    read = max(rate.read for rate in rates) / 1e9
    peaks = {name: max(getattr(rate, name) for rate in rates) / 1e9 for name in ("float32", "float64")}
    points = tuple(
        Point(
            case.cost.flops / case.cost.bytes,
            case.cost.flops / seconds / 1e9,
            case.case.name,
            board.name,
            f"{board.name} {case.case.name}: {case.cost.flops / seconds / 1e9:.3g}",
        )
        for board, case, seconds in cases
    )
    title = "Roofline of our implementations, one thread"
    return RooflineChart(
        "roofline",
        "",
        title,
        "",
        f"{title}, in Gflop/s. {', '.join(point.words for point in points)}.",
        Scaled("operations for each byte that must be moved", logarithmic=True),
        Scaled("Gflop/s (operations that must be done)", logarithmic=True),
        points,
        tuple(Roof(f"{name} {peak:.0f} Gflop/s", peak, read) for name, peak in peaks.items()),
    )
