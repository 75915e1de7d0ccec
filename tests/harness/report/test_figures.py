"""Figures: what is drawn is what the board says, nothing is left out, and the same stands in words and numbers."""

from xml.etree import ElementTree

import pytest
from harness.report.figures.curves import learning_curves
from harness.report.figures.dots import dot_plot
from harness.report.figures.figure import Figure
from harness.report.figures.intervals import Frame, Line, draw_intervals, shortened
from harness.report.figures.tradeoff import tradeoff_plot

from harness.leaderboard.values import TaskTable
from harness.report.results import Results

SVG = "{http://www.w3.org/2000/svg}"


def drawing(figure: Figure) -> ElementTree.Element:
    return ElementTree.fromstring(str(figure.drawing))


def marks(root: ElementTree.Element) -> list[str]:
    """Return what the marks say, in the order of the drawing."""
    return [g.attrib["aria-label"] for g in root.iter(f"{SVG}g") if "mark" in g.get("class", "").split()]


@pytest.fixture(scope="module")
def table(results: Results) -> TaskTable:
    return next(table for table in results.suites[0].board.tables if table.task.name == "mutag")


@pytest.fixture(scope="module")
def dots(table: TaskTable) -> Figure:
    figure = dot_plot(table)
    assert figure is not None
    return figure


def test_every_row_has_a_mark_and_failures_say_so(dots: Figure, table: TaskTable):
    said = marks(drawing(dots))
    assert len(said) == len(table.rows)
    assert "sep-g: 88.1 % [" in said[0]
    assert any(text == "diffpool: 1 of 10 trials failed: OutOfMemory" for text in said)
    assert any(text.startswith("gmt†: ") for text in said)


def test_a_drawing_is_named_and_described(dots: Figure):
    root = drawing(dots)
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    for reference in root.attrib["aria-labelledby"].split():
        assert len(ids[reference].text or "") > 30
    assert (ids[f"{dots.name}-desc"].text or "").count("sep-g") >= 1


def test_marks_say_the_same_without_a_script(dots: Figure):
    for group in drawing(dots).iter(f"{SVG}g"):
        if "mark" in group.get("class", "").split():
            title = group.find(f"{SVG}title")
            assert title is not None
            assert title.text == group.get("aria-label")


def test_points_stand_in_the_order_of_their_values(dots: Figure, table: TaskTable):
    root = drawing(dots)
    where = {}
    for group in root.iter(f"{SVG}g"):
        point = next((e for e in group if e.get("class") == "point"), None)
        if point is not None:
            x = float(point.get("cx") or (point.get("d") or "").split()[0].removeprefix("M"))
            where[group.attrib["aria-label"].partition(":")[0].rstrip("†")] = x
    means = {row.contender: row.estimate.estimate for row in table.rows if row.estimate}
    assert sorted(where, key=where.__getitem__) == sorted(means, key=means.__getitem__)


def test_the_table_of_a_figure_has_the_cells_of_the_board(dots: Figure, table: TaskTable):
    assert [line.cells[0].text.rstrip("†") for line in dots.data.lines] == [row.contender for row in table.rows]


def test_an_interval_beyond_the_axis_ends_in_an_arrowhead():
    wide = Line("wide", "method", "circle", "wide", 95.0, 80.0, 130.0)
    narrow = Line("narrow", "method", "circle", "narrow", 95.0, 93.0, 97.0)
    frame = Frame("accuracy", str, within=(0.0, 100.0))

    def heads(lines: list[Line]) -> int:
        root = ElementTree.fromstring(str(draw_intervals("name", "title", "description", lines, frame)))
        return sum(e.get("class") == "interval" and e.tag == f"{SVG}path" for e in root.iter())

    assert heads([wide, narrow]) == 1
    assert heads([narrow]) == 0


def test_quality_against_time_marks_the_front(table: TaskTable):
    figure = tradeoff_plot(table)
    assert figure is not None
    assert "nobody is both faster and better than gcn-sum or sep-g" in figure.title
    assert len(marks(drawing(figure))) == len(table.ranked)
    assert any(e.get("class") == "front" for e in drawing(figure).iter())


def test_learning_curves_are_of_the_contenders_that_logged_some(table: TaskTable, results: Results):
    figure = learning_curves(table, results.store, "standard")
    assert figure is not None
    assert [key.label for key in figure.keys] == ["sep-g", "gcn-sum"]
    said = marks(drawing(figure))
    assert "sep-g, epoch 19: validation loss 0.05 (0.05 to 0.05)" in said
    lowest = next(column for column, header in enumerate(figure.data.headers) if header.text == "lowest mean")
    assert [line.cells[lowest].text for line in figure.data.lines] == ["0.05", "0.05"]


def test_no_curves_no_figure(results: Results):
    ring = next(table for table in results.suites[0].board.tables if table.task.name == "ring")
    assert learning_curves(ring, results.store, "standard") is None


def test_each_key_of_a_legend_has_its_series(dots: Figure, table: TaskTable, results: Results):
    figures = (dots, tradeoff_plot(table), learning_curves(table, results.store, "standard"))
    for figure in figures:
        assert figure is not None
        drawn = {g.get("data-series") for g in drawing(figure).iter(f"{SVG}g")}
        assert {key.series for key in figure.keys if key.series} <= drawn


def test_a_long_label_is_cut():
    assert shortened("abc", 100) == "abc"
    assert shortened("a" * 50, 70) == "a" * 9 + "…"


def test_names_with_markup_stay_text():
    line = Line("<b>&x", "method", "circle", 'says "<script>alert(1)</script>"', 0.5)
    root = ElementTree.fromstring(str(draw_intervals("n", "<i>", "&", [line], Frame("<u>", str))))
    assert 'says "<script>alert(1)</script>"' in marks(root)
    assert not {element.tag.removeprefix(SVG) for element in root.iter()} & {"script", "b", "i", "u"}
