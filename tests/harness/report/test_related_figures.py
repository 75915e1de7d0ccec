"""Related metrics on a suite's page: the board's tables, drawings with a mark for each value, room on a phone."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest

from harness.plots.related import related_charts
from harness.report.figures import Figure, related_figures
from harness.report.order import order_of
from harness.report.results import Results, gather
from harness.report.site import build_site
from harness.report.text import anchor
from harness.store import RunStore
from harness.tables.related import related_tables
from harness.tables.values import TaskTable
from tests.harness.leaderboard.sparse_and_robust import LEVELS, SUITE, register, toy_records
from tests.harness.leaderboard.synthetic import ENVIRONMENT
from tests.harness.plots.drawings import SVG, groups, marks, outline, size, texts, uses
from tests.harness.plots.drawings import parsed as drawing_of
from tests.harness.report.test_pages import as_rows, cells, parsed, text

PAGE = f"suite-{SUITE.name}.html"


@pytest.fixture(scope="module")
def toy_results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Results, str]]:
    """The toy suite's results, and its page."""
    with pytest.MonkeyPatch.context() as patch, RunStore.open(tmp_path_factory.mktemp("toy") / "r.sqlite") as store:
        register(patch)
        with store.transaction():
            store.put_environment("env1", ENVIRONMENT)
            for record in toy_records():
                store.add(record)
        yield gather(store, [SUITE.name], "standard"), build_site(store, [SUITE.name], "standard")[PAGE]


@pytest.fixture(scope="module")
def tables(toy_results: tuple[Results, str]) -> dict[str, TaskTable]:
    return {table.task.name: table for table in toy_results[0].suites[0].board.tables}


@pytest.fixture(scope="module")
def figures(tables: dict[str, TaskTable]) -> dict[str, Figure]:
    return {figure.name: figure for table in tables.values() for figure in related_figures(table)}


def drawing(figure: Figure) -> Element:
    return drawing_of(figure.drawing)


def test_the_page_has_the_cells_and_notes_of_the_board(
    toy_results: tuple[Results, str], tables: dict[str, TaskTable]
):
    page = parsed(toy_results[1])
    for table in tables.values():
        for related in related_tables(table):
            name = f"{anchor('task', table.task.name)}-{anchor(related.group)}"
            assert cells(page, name) == as_rows(list(related.columns))
            assert all(" ".join(note.split()) in text(page) for note in related.notes)
    assert "toy-regroup: layer conv2: no block found, dense (2 of 3 trials)." in text(page)


def test_every_chart_of_the_board_is_on_the_page_under_its_own_name(
    toy_results: tuple[Results, str], tables: dict[str, TaskTable], figures: dict[str, Figure]
):
    charts = [chart for table in tables.values() for chart in related_charts(table)]
    assert [figure.title for figure in figures.values()] == [chart.title for chart in charts]
    page = parsed(toy_results[1])
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    assert set(figures) <= set(ids)


def test_every_value_has_a_mark_that_says_it(figures: dict[str, Figure]):
    density = marks(drawing(figures["figure-toy-tickets-density"]))
    assert len(density) == 5 * len(LEVELS) + 1  # the dense network is a line to compare with
    assert "toy-dense: 95.2 throughout" in density
    assert any(says.startswith("toy-channel-l1: 92.3 % at 51.2 % kept") for says in density)
    links = marks(drawing(figures["figure-toy-gradients-links"]))
    assert sum("break-even at" in says for says in links) == 3
    assert len(marks(drawing(figures["figure-toy-gradients-step"]))) == 4 + 3 + 4 + 3  # dense has two parts only
    assert len(marks(drawing(figures["figure-toy-attacks-confusion"]))) == 2 * 9
    assert "toy-undefended, l1: 49.8 % ± 0.8" in marks(drawing(figures["figure-toy-attacks-conditions"]))


def test_sparser_and_faster_networks_are_on_the_right(figures: dict[str, Figure]):
    lines = groups(drawing(figures["figure-toy-tickets-density"]), "series")
    assert len(lines) == 5
    for group in lines:
        curve = outline(next(path for path in group if path.tag == f"{SVG}path"))
        xs = [x for x, _ in curve]
        assert xs == sorted(xs)
        assert len(xs) == len(LEVELS)
        assert curve == uses(group), "each point is on its line"


def test_bars_are_as_long_as_their_parts_and_stacked(figures: dict[str, Figure]):
    chart = figures["figure-toy-gradients-step"]
    ends: dict[float, float] = {}
    lengths = {}
    for series in groups(drawing(chart), "series"):
        for mark in groups(series, "mark"):
            corners = outline(mark[1])
            (start, y), (end, _) = corners[0], corners[1]
            assert start == pytest.approx(ends.get(y, start), abs=0.02)
            ends[y] = end
            value = float(mark.attrib["aria-label"].partition(": ")[2].split()[0])
            lengths[mark.attrib["aria-label"]] = (end - start) / value
    units = list(lengths.values())
    assert units == pytest.approx([units[0]] * len(units), rel=0.02), "lengths are proportional to milliseconds"


def test_matrix_cells_are_as_dark_as_their_share(figures: dict[str, Figure]):
    for mark in groups(drawing(figures["figure-toy-attacks-confusion"]), "mark"):
        share = float(mark.attrib["aria-label"].partition(": ")[2].split()[0])
        assert float(mark[1].get("fill-opacity", "1")) == pytest.approx(share / 200, abs=0.006)
        assert mark[1].get("fill") == "var(--baseline)"


def test_drawings_stay_inside_their_frame(figures: dict[str, Figure]):
    for figure in figures.values():
        root = drawing(figure)
        width, height = size(root)
        assert all(0 <= x <= width and 0 <= y <= height for x, y in uses(root)), figure.name
        for box in texts(root):
            assert -1 <= box.left <= box.right <= width + 1, (figure.name, box)
            assert 0 <= box.top <= box.bottom <= height, (figure.name, box)


def test_no_text_covers_another(figures: dict[str, Figure]):
    for figure in figures.values():
        boxes = list(texts(drawing(figure)))
        assert [(a.text, b.text) for a, b in combinations(boxes, 2) if a.overlaps(b)] == [], figure.name


def test_the_numbers_of_a_figure_are_those_of_its_table(figures: dict[str, Figure], tables: dict[str, TaskTable]):
    shown = figures["figure-toy-tickets-ticket-time"].data
    related = next(one for one in related_tables(tables["toy-tickets"]) if one.group == "level times")
    assert [[cell.text for cell in line.cells] for line in shown.lines] == as_rows(list(related.columns))[1:]


def test_cells_are_sorted_by_their_number():
    assert order_of("96.0 ± 1.0 (26.2)") == 96.0
    assert order_of("145 KiB") == 145 * 1024
    assert order_of("12 B") == 12
    assert order_of("7.06 MiB") > order_of("145 KiB")
    assert order_of("60 / 35 / 5") == 60
    assert order_of("never") is None


def test_the_page_fits_a_phone(toy_results: tuple[Results, str], tmp_path: Path):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    from tests.harness.report.test_browser import CHROMIUM, FLAGS, PHONE

    if CHROMIUM is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    (tmp_path / PAGE).write_text(toy_results[1], encoding="utf-8")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport=PHONE)
        page.goto((tmp_path / PAGE).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        browser.close()
