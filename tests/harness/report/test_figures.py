"""Figures: what is drawn is what the board says, nothing is left out, and the same stands in words and numbers."""

import re
from itertools import combinations

import pytest

from harness.plots.prepare.task_intervals import shown_value
from harness.report.figures import Figure, curve_figure, task_figures
from harness.report.results import Results
from harness.tables.values import TaskTable
from tests.harness.plots.drawings import SVG, groups, marks, outline, parsed, size, texts, uses


@pytest.fixture(scope="module")
def table(results: Results) -> TaskTable:
    return next(table for table in results.suites[0].board.tables if table.task.name == "mutag")


@pytest.fixture(scope="module")
def figures(table: TaskTable, results: Results) -> dict[str, Figure]:
    """Last part of the figure's name -> figure."""
    drawn = task_figures(table, results.store, "standard")
    return {figure.name.rpartition("-")[2]: figure for figure in drawn}


@pytest.fixture(scope="module")
def dots(figures: dict[str, Figure]) -> Figure:
    return figures["intervals"]


def test_a_task_has_its_estimates_its_tradeoff_and_its_curves(figures: dict[str, Figure]):
    assert list(figures) == ["intervals", "time", "curves"]


def test_every_row_has_a_mark_and_failures_say_so(dots: Figure, table: TaskTable):
    said = marks(parsed(dots.drawing))
    assert [text.partition(":")[0].rstrip("†") for text in said] == [row.contender for row in table.rows]
    assert said[0].startswith("sep-g: 88.1 % [")
    assert any(text == "diffpool: 1 of 10 trials failed: OutOfMemory" for text in said)
    assert any(text.startswith("gmt†: ") for text in said)


def test_a_drawing_is_named_and_described(dots: Figure):
    root = parsed(dots.drawing)
    ids = {element.get("id"): element for element in root.iter() if element.get("id")}
    for reference in root.attrib["aria-labelledby"].split():
        assert len(ids[reference].text or "") > 30
    assert (ids[f"{dots.name}-desc"].text or "").count("sep-g") >= 1


def test_marks_say_the_same_without_a_script(figures: dict[str, Figure]):
    for figure in figures.values():
        for group in groups(parsed(figure.drawing), "mark"):
            title = group.find(f"{SVG}title")
            assert title is not None
            assert title.text == group.get("aria-label")


def test_points_stand_at_their_values_beside_the_names_of_their_rows(dots: Figure, table: TaskTable):
    root = parsed(dots.drawing)
    rows = {}  # height -> contender, by the words of the row
    for mark in groups(root, "mark"):
        heights = [y for _, y in outline(mark[1])]
        rows[(min(heights) + max(heights)) / 2] = mark.attrib["aria-label"].partition(":")[0].rstrip("†")
    kinds = {row.contender: row.kind for row in table.rows}
    where = {}
    for series in groups(root, "series"):
        for x, y in uses(series):
            assert series.get("data-series") == kinds[rows[y]]
            where[rows[y]] = x
    means = {row.contender: shown_value(table, row.estimate.estimate) for row in table.rows if row.estimate}
    assert set(where) == set(means)
    first, last = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    unit = (where[last] - where[first]) / (means[last] - means[first])
    assert unit > 0
    for name, mean in means.items():
        assert where[name] == pytest.approx(where[first] + unit * (mean - means[first]), abs=0.02)


def test_the_table_of_a_figure_has_the_cells_of_the_board(dots: Figure, table: TaskTable):
    columns = [header.text for header in dots.data.headers]
    names = columns.index("contender")
    assert dots.data.headers[names].names_row
    assert [line.cells[names].text.rstrip("†") for line in dots.data.lines] == [row.contender for row in table.rows]
    assert [line.cells[0].text for line in dots.data.lines] == [row.group for row in table.rows]


def test_quality_against_time_marks_the_front(figures: dict[str, Figure], table: TaskTable):
    figure = figures["time"]
    root = parsed(figure.drawing)
    assert "no contender is both faster and better than gcn-sum or sep-g" in figure.title
    assert len(marks(root)) == len(table.ranked)
    (front,) = (outline(path) for path in root.iter(f"{SVG}path") if "stroke-dasharray" in path.attrib)
    assert len(front) == 4, "two members, the corner between them, and on to the slowest"
    at = {mark.attrib["aria-label"].partition(":")[0]: uses(mark)[0] for mark in groups(root, "mark")}
    assert front[0] == pytest.approx(at["gcn-sum"], abs=0.02)
    assert front[2] == pytest.approx(at["sep-g"], abs=0.02)
    slower_and_worse = at["gmt†"]
    assert slower_and_worse[0] > at["sep-g"][0], "slower is on the right"
    assert slower_and_worse[1] > at["sep-g"][1], "worse is below"


def test_learning_curves_are_of_the_contenders_that_logged_some(figures: dict[str, Figure]):
    figure = figures["curves"]
    root = parsed(figure.drawing)
    names = [text.text for text in root.iter(f"{SVG}text") if "runs" in (text.text or "")]
    assert names == ["sep-g (10 runs)", "gcn-sum (10 runs)"]
    assert "sep-g, epoch 19: validation loss 0.05 (0.05 to 0.05)" in marks(root)
    lowest = next(column for column, header in enumerate(figure.data.headers) if header.text == "lowest mean")
    assert [line.cells[lowest].text for line in figure.data.lines] == ["0.05", "0.05"]


def test_no_curves_no_figure(results: Results):
    ring = next(table for table in results.suites[0].board.tables if table.task.name == "ring")
    assert curve_figure(ring, results.store, "standard") is None


def test_in_no_figure_of_the_published_records_a_text_covers_another_or_leaves_the_frame(
    reference_site: dict[str, str],
):
    site = "".join(reference_site.values())
    charts = [parsed(svg) for svg in re.findall(r'<div class="drawing">(<svg.*?</svg>)</div>', site)]
    assert len(charts) > 90
    for root in charts:
        (width, height), boxes = size(root), list(texts(root))
        assert all(-1 <= box.left <= box.right <= width + 1 and 0 <= box.top <= height for box in boxes)
        assert [(a.text, b.text) for a, b in combinations(boxes, 2) if a.overlaps(b)] == []


def test_each_entry_of_a_legend_has_its_series(figures: dict[str, Figure]):
    for figure in figures.values():
        drawn = {g.get("data-series") for g in groups(parsed(figure.drawing), "series")}
        assert {entry.series for entry in figure.legend if entry.series} <= drawn
    assert [entry.label for entry in figures["intervals"].legend][:2] == ["method", "baseline"]
