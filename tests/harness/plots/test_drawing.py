"""Each kind of chart, drawn for a leaderboard and for a page: themed, named, escaped, in its frame, repeatable."""

import io
import re
from collections import Counter
from itertools import combinations

import matplotlib
import pytest
from PIL import Image

from harness.plots.board_charts import BoardChart, IntervalChart, MeanMark
from harness.plots.charts import Chart, LineChart, Scaled
from harness.plots.drawing import DRAWINGS, cleaned, png, svg
from harness.plots.sheet import DPI, PAGE, PICTURE
from harness.plots.style import PALETTE
from tests.harness.plots.drawings import (
    SVG,
    colours,
    groups,
    ids,
    marks,
    outline,
    parsed,
    references,
    size,
    texts,
    uses,
)
from tests.harness.plots.sample_charts import NAMES, charts

HOSTILE = (
    "<script>alert('x')</script>",
    '"><svg onload=alert(1)>&amp;]]>-->',
    "$\\frac{$ \n\t line\x00\x1b[2J\u202e{{ 7 * 7 }}",
)
LONG = tuple(letter * 150 for letter in "abc")
NAMED = [pytest.param(chart, id=chart.name) for chart in charts()]


def test_there_is_a_sample_of_each_kind():
    assert {type(chart) for chart in charts()} == set(DRAWINGS)


@pytest.mark.parametrize("chart", NAMED)
def test_a_png_stands_alone_and_holds_no_date(chart: Chart | BoardChart):
    drawn = png(chart)
    image = Image.open(io.BytesIO(drawn.png))
    image.load()
    assert (image.format, image.width) == ("PNG", round((PICTURE.width + 2 * PICTURE.margin) * DPI / 72))
    assert len(drawn.png) < 150_000
    assert len(image.convert("RGB").getcolors(1 << 20) or ()) > 8, "it is not blank"
    assert not {"Software", "Creation Time", "date"} & set(image.info)
    edges = image.convert("L")
    width, height = edges.size
    rims = [(0, 0, 3, height), (width - 3, 0, width, height), (0, 0, width, 3), (0, height - 3, width, height)]
    assert all(edges.crop(rim).getextrema() == (255, 255) for rim in rims), "nothing is cut off at an edge"
    assert drawn.alt.startswith(("title of ours", "description of neither"))


@pytest.mark.parametrize("chart", NAMED)
def test_a_drawing_of_a_page_has_the_themes_colours_only(chart: Chart | BoardChart):
    root = parsed(svg(chart, "figure").svg)
    assert colours(root) <= {"none", *(f"var(--{role})" for role in PALETTE)}
    assert not [element for element in root.iter() if "style" in element.attrib]
    assert not {element.tag.removeprefix(SVG) for element in root.iter()} & {"style", "metadata", "image", "script"}
    assert not re.search(r"#[0-9a-fA-F]{6}\b|DejaVu|http://www.w3.org/1999", svg(chart, "figure").svg)


@pytest.mark.parametrize("chart", NAMED)
def test_a_drawing_is_named_described_and_its_identifiers_are_its_own(chart: Chart | BoardChart):
    root = parsed(svg(chart, "figure-7").svg)
    own = {element.get("id"): element for element in root.iter() if element.get("id")}
    assert own["figure-7-title"].text == chart.title
    assert own["figure-7-desc"].text == chart.alt
    assert all(one.startswith("figure-7-") for one in ids(root))
    assert [one for one, times in Counter(ids(root)).items() if times > 1] == []
    assert references(root) == set(ids(root)), "nothing refers to what is not there, nothing is there unused"


@pytest.mark.parametrize("chart", NAMED)
def test_marks_have_words_for_eyes_and_ears_and_each_name_is_among_them(chart: Chart | BoardChart):
    root = parsed(svg(chart, "figure").svg)
    for group in groups(root, "mark"):
        title = group.find(f"{SVG}title")
        assert title is not None
        assert title.text == group.get("aria-label")
        assert group.get("role") == "img"
        assert len(list(group)) == 2, "a title and one shape"
    assert all(any(name in words for words in marks(root)) for name in NAMES)


@pytest.mark.parametrize("chart", NAMED)
def test_each_entry_of_the_legend_has_its_series(chart: Chart | BoardChart):
    drawing = svg(chart, "figure")
    drawn = {group.get("data-series") for group in groups(parsed(drawing.svg), "series")}
    assert {key.series for key, _ in drawing.legend if key.series} <= drawn
    for key, sample in drawing.legend:
        assert colours(parsed(f'<g xmlns="{SVG[1:-1]}">{sample}</g>')) <= {"none", f"var(--{key.look.role})"}


@pytest.mark.parametrize("chart", NAMED)
def test_all_stays_inside_the_frame_and_no_text_covers_another(chart: Chart | BoardChart):
    root = parsed(svg(chart, "figure").svg)
    width, height = size(root)
    assert width == PAGE.width
    assert all(0 <= x <= width and 0 <= y <= height for x, y in uses(root))
    boxes = list(texts(root))
    for box in boxes:
        assert -1 <= box.left <= box.right <= width + 1, box
        assert 0 <= box.top <= box.bottom <= height, box
    assert [(a.text, b.text) for a, b in combinations(boxes, 2) if a.overlaps(b)] == []


@pytest.mark.parametrize("chart", NAMED)
def test_the_same_chart_gives_the_same_bytes_whatever_the_users_settings(chart: Chart | BoardChart):
    before = png(chart).png, svg(chart, "figure").svg
    with matplotlib.rc_context({"font.size": 20, "lines.linewidth": 9, "svg.fonttype": "path"}):
        assert (png(chart).png, svg(chart, "figure").svg) == before
        assert matplotlib.rcParams["font.size"] == 20


@pytest.mark.parametrize("chart", [pytest.param(chart, id=chart.name) for chart in charts(HOSTILE)])
def test_hostile_names_are_text(chart: Chart | BoardChart):
    drawing = svg(chart, "figure")
    root = parsed(drawing.svg)
    tags = {str(element.tag).removeprefix(SVG) for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "defs", "path", "clipPath", "rect", "g", "use", "text"}
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]
    assert not re.search("[\x00\x1b\u202e\n]", drawing.svg)
    whole = "".join(root.itertext())
    assert HOSTILE[0] in whole
    assert HOSTILE[1] in whole
    assert "$\\frac{$ line\ufffd\ufffd[2J\ufffd{{ 7 * 7 }}" in whole
    assert png(chart).alt


@pytest.mark.parametrize("chart", [pytest.param(chart, id=chart.name) for chart in charts(LONG)])
def test_long_names_leave_room_for_the_drawing(chart: Chart | BoardChart):
    root = parsed(svg(chart, "figure").svg)
    width, height = size(root)
    assert all(0 <= x <= width and 0 <= y <= height for x, y in uses(root))
    assert all(-1 <= box.left <= box.right <= width + 1 for box in texts(root))
    assert Image.open(io.BytesIO(png(chart).png)).width == round((PICTURE.width + 2 * PICTURE.margin) * DPI / 72)


def test_texts_of_a_chart_become_printable_in_all_its_parts():
    chart = IntervalChart("n", "", "a\x00b", "c", "d", Scaled("e\nf"), (MeanMark("g\u202eh", "method", "i"),))
    clean = cleaned(chart)
    assert (clean.title, clean.axis.label, clean.rows[0].label) == ("a\ufffdb", "e f", "g\ufffdh")
    assert clean.rows[0].kind == "method"


def intervals(rows: tuple[MeanMark, ...], within: tuple[float, float]) -> IntervalChart:
    return IntervalChart("name", "", "title", "caption", "words", Scaled("axis"), rows, within=within)


def test_estimates_and_interval_ends_stand_at_their_values():
    values = {"a": (50.0, 40.0, 60.0), "b": (70.0, 65.0, 90.0), "c": (20.0, 10.0, 22.0)}
    rows = tuple(MeanMark(name, "method", name, *given) for name, given in values.items())
    root = parsed(svg(intervals(rows, (0.0, 100.0)), "figure").svg)
    assert marks(root) == list(values), "in the order of the rows"
    bands = [outline(path) for path in root.iter(f"{SVG}path") if path.get("class") == "ghost"]
    lines = [outline(path) for group in groups(root, "series") for path in group if path.tag == f"{SVG}path"]
    points = uses(root)
    assert len(bands) == len(lines) == len(points) == len(values)
    (x0, _), (x1, _) = points[0], points[1]
    unit = (x1 - x0) / (70.0 - 50.0)
    for (value, low, high), (x, y), line, band in zip(values.values(), points, lines, bands, strict=True):
        assert x == pytest.approx(x0 + (value - 50.0) * unit, abs=0.02)
        assert [end for end, _ in line] == pytest.approx(
            [x0 + (end - 50.0) * unit for end in (low, high)], abs=0.02
        )
        heights = [height for _, height in band]
        assert {y} == {height for _, height in line} == {(min(heights) + max(heights)) / 2}, "its words are its own"


def test_an_interval_beyond_the_axis_ends_in_an_arrowhead_at_its_end():
    wide = MeanMark("wide", "method", "wide", 95.0, 80.0, 130.0)
    narrow = MeanMark("narrow", "method", "narrow", 95.0, 93.0, 97.0)
    beyond = parsed(svg(intervals((wide, narrow), (0.0, 100.0)), "figure").svg)
    inside = parsed(svg(intervals((narrow,), (0.0, 100.0)), "figure").svg)
    assert (len(uses(beyond)), len(uses(inside))) == (3, 1)
    end = max(x for path in beyond.iter(f"{SVG}path") if path.get("d") for x, _ in outline(path))
    assert max(x for x, _ in uses(beyond)) == pytest.approx(end)


def test_a_long_name_is_cut_in_the_drawing_and_whole_in_its_words():
    name = "a-very-long-name-of-a-contender-that-nobody-can-fit-into-a-narrow-drawing"
    rows = MeanMark(name, "method", f"{name}: 1", 1.0), MeanMark("b", "method", "b", 2.0)
    root = parsed(svg(intervals(rows, (0, 9)), "figure").svg)
    shown = [box.text for box in texts(root)]
    assert name not in shown
    assert any(text.endswith("…") and name.startswith(text[:-1]) and len(text) > 12 for text in shown)
    assert f"{name}: 1" in marks(root)


def test_more_rows_and_more_lines_make_a_taller_picture():
    def height(chart: Chart | BoardChart) -> int:
        return Image.open(io.BytesIO(png(chart).png)).height

    row = MeanMark("a", "method", "a", 1.0)
    assert height(intervals((row,) * 9, (0, 9))) > height(intervals((row,) * 3, (0, 9)))
    (lines,) = (chart for chart in charts() if isinstance(chart, LineChart))
    many = LineChart("n", "", "t", "c", lines.x, lines.y, lines.series * 9)
    assert height(many) > height(lines)
