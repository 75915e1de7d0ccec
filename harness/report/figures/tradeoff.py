"""Quality against fit time, with the front of contenders that no other beats in both."""

from collections.abc import Sequence

from harness.leaderboard.cells import cost_columns, mean, ranking_columns
from harness.plots.tradeoff import pareto_front
from harness.report.figures.axes import Axis, plain, spanning
from harness.report.figures.canvas import Canvas, Point
from harness.report.figures.dots import kind_keys, kind_shape, shown
from harness.report.figures.figure import Figure
from harness.report.figures.labels import place_labels
from harness.report.tables import table_of
from harness.report.text import anchor
from harness.tables.labels import metric_header, name
from harness.tables.values import Row, TaskTable
from harness.tables.words import seconds

WIDTH, HEIGHT = 390.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 12.0, 14.0, 44.0


def tradeoff_plot(table: TaskTable) -> Figure | None:
    """Return quality against fit time; None with fewer than two contenders that have both."""
    rows = [row for row in table.ranked if row.costs.fit_seconds > 0]
    if len(rows) < 2:
        return None
    front = pareto_front(rows, table.scale.higher_is_better)
    what = f"{anchor('task', table.task.name)}-time"
    leading = " or ".join(row.contender for row in front)
    title = f"{table.task.title}: nobody is both faster and better than {leading}"
    canvas = Canvas(what, WIDTH, HEIGHT, title, f"{title}. {'; '.join(_says(table, row) for row in rows)}.")
    points = {row.contender: (row.costs.fit_seconds, _quality(table, row)) for row in rows}
    x, y = _axes(canvas, table, list(points.values()))
    at = {contender: (x(time), y(quality)) for contender, (time, quality) in points.items()}
    line = _staircase([at[row.contender] for row in front], x.end)
    canvas.path(line, "front")
    for row in rows:
        with canvas.series(row.kind, f"c-{row.kind}"), canvas.mark(_says(table, row)):
            canvas.marker(at[row.contender], kind_shape(row.kind), "point", 5)
    _labels(canvas, at, front, rows, line)
    columns = [c for c in ranking_columns(table) if c.name in ("contender", "mean")]
    columns += [c for c in cost_columns(table) if c.name == "fit"]
    return Figure(
        what,
        title,
        canvas.markup(),
        keys=kind_keys([row.kind for row in rows]),
        caption="Median fit time, the search over configurations included; the line is the Pareto front.",
        data=table_of(f"{what}-data", "The numbers of the figure", columns),
    )


def _axes(canvas: Canvas, table: TaskTable, points: Sequence[Point]) -> tuple[Axis, Axis]:
    floor, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    x = spanning([p[0] for p in points], LEFT, right, logarithmic=True, room=0.1)
    y = spanning([p[1] for p in points], floor, TOP, logarithmic=table.scale.kind == "log10", room=0.1)
    for tick in x.ticks():
        canvas.line((x(tick), TOP), (x(tick), floor), "grid")
        canvas.text((x(tick), floor + 15), plain(tick), "tick", "middle")
    for tick in y.ticks():
        canvas.line((LEFT, y(tick)), (right, y(tick)), "grid")
        canvas.text((LEFT - 6, y(tick) + 4), plain(tick), "tick", "end")
    canvas.text(((LEFT + right) / 2, HEIGHT - 6), "median fit time in seconds", "axis", "middle")
    canvas.text((4, TOP - 3), metric_header(table), "axis")
    return x, y


def _staircase(front: Sequence[Point], end: float) -> list[Point]:
    """Return the corners of the front in pixels, from its fastest member to the right end."""
    corners: list[Point] = []
    for x, y in front:
        corners += [(x, corners[-1][1]), (x, y)] if corners else [(x, y)]
    return [*corners, (end, corners[-1][1])]


def _labels(
    canvas: Canvas, at: dict[str, Point], front: Sequence[Row], rows: Sequence[Row], line: Sequence[Point]
) -> None:
    """Write the names that fit, those of the front first; the others are in the tooltips and the table."""
    wanted = dict.fromkeys([row.contender for row in (*front, *rows)])
    inside = (LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM)
    taken = place_labels([(name, at[name]) for name in wanted], inside, line)
    kinds = {row.contender: row.kind for row in rows}
    for label, place in taken.items():
        with canvas.series(kinds[label]):
            canvas.text((place.x, place.y), label, "label", place.side)


def _says(table: TaskTable, row: Row) -> str:
    unit = f" {table.scale.unit}" if table.scale.unit else ""
    return f"{name(row)}: {mean(table, row)}{unit} in {seconds(row.costs.fit_seconds)}"


def _quality(table: TaskTable, row: Row) -> float:
    return shown(table, row.estimate.estimate if row.estimate is not None else row.score)
