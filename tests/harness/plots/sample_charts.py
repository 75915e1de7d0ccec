"""A chart of each kind, made up, with the same names in all."""

from collections.abc import Sequence

from harness.plots.board_charts import (
    BoardChart,
    Curve,
    CurveChart,
    IntervalChart,
    MeanMark,
    Point,
    PointChart,
    RankChart,
    Roof,
    RooflineChart,
)
from harness.plots.charts import BarChart, Chart, DotChart, LineChart, MatrixChart, Scaled, Series, Spot

NAMES = ("ours", "theirs", "neither")
KINDS = ("method", "baseline", "control")
PLACES = ((1.0, 90.0), (10.0, 80.0), (100.0, 95.0))
NAN = float("nan")


def charts(names: Sequence[str] = NAMES) -> list[Chart | BoardChart]:
    """Return a chart of each kind whose names, words and titles all hold the names given."""
    given = tuple(names)
    head = (f"title of {names[0]}", f"caption of {names[1]}")
    described = ("", *head, f"description of {names[2]}")
    kinds = list(zip(given, KINDS, strict=True))
    x, y = Scaled(f"x of {names[0]}", logarithmic=True), Scaled(f"y of {names[0]}")
    spots = tuple(Spot(a, b, 2.0, f"{b} at {a}") for a, b in PLACES)
    points = tuple(
        Point(*place, name, kind, f"{name}: {place}") for (name, kind), place in zip(kinds, PLACES, strict=True)
    )
    steps = tuple(map(float, range(20)))
    falling = tuple(1 / (1 + step) for step in steps)
    estimates = (
        MeanMark(names[0], "method", f"{names[0]}: 90", 90.0, 85.0, 110.0, other=70.0, aside="1–2"),
        MeanMark(names[1], "baseline", f"{names[1]}: 80", 80.0, 75.0, 85.0, aside="1–2"),
        MeanMark(names[2], "control", f"{names[2]}: failed", aside="3", instead=f"failed: {names[2]}"),
    )
    within = (0.0, 100.0)
    low, high = tuple(0.9 * value for value in falling), tuple(1.1 * value for value in falling)
    rate, values = Scaled("rate", logarithmic=True), ((1, 2, 3), (2, NAN, 1), (3, 3, 3))
    return [
        BarChart("bars", "", *head, "seconds", given, KINDS, given, ((1, 2, 3), (2, 0, 1), (3, 3, 3)), given),
        DotChart("dots", "", *head, "%", given, KINDS, given, values, ((1, 1, 1),) * 3),
        LineChart(
            "lines", "", *head, x, y,
            tuple(Series(name, kind, n, spots, spots[1]) for n, (name, kind) in enumerate(kinds)),
            rules=((names[0], 85.0),), upright=5.0, limit=tuple(Spot(a, b - 40, NAN, "limit") for a, b in PLACES),
        ),
        MatrixChart("matrices", "", *head, given, given, (((50, 30, NAN), (20, 80, 0), (0, 0, 100)),) * 3),
        IntervalChart("intervals", *described, y, estimates, "rank", f"paper of {names[0]}", 85.0, within),
        PointChart("points", *described, x, y, points, ((1.0, 90.0), (100.0, 90.0), (100.0, 95.0))),
        CurveChart(
            "curves", *described, Scaled("epoch"), Scaled("loss"),
            tuple(Curve(name, kind, 3, steps, falling, low, high) for name, kind in kinds), (0.0, 0.9),
        ),
        RankChart("ranks", *described, "mean rank", given, (1.0, 2.2, 2.8), ((0, 1), (1, 2))),
        RooflineChart("roofline", *described, x, rate, points, (Roof("peak", 99.0, 20.0),)),
    ]  # fmt: skip
