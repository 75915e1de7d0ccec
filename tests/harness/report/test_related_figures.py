"""Related metrics on a suite's page: the board's tables, drawings with a mark for each value, room on a phone."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from harness.report.figures.figure import Figure
from harness.report.figures.related import related_figures

from harness.leaderboard.related import related_tables
from harness.leaderboard.values import TaskTable
from harness.plots.related import related_charts
from harness.report.order import order_of
from harness.report.results import Results, gather
from harness.report.site import build_site
from harness.report.text import anchor
from harness.store import RunStore
from tests.harness.leaderboard.sparse_and_robust import LEVELS, SUITE, register, toy_records
from tests.harness.leaderboard.synthetic import ENVIRONMENT
from tests.harness.report.test_figures import SVG, drawing, marks
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
    assert len(density) == 5 * len(LEVELS)  # the dense network is a line to compare with
    assert any(says.startswith("toy-channel-l1: 92.3 % at 51.2 % kept") for says in density)
    links = marks(drawing(figures["figure-toy-gradients-links"]))
    assert sum("break-even at" in says for says in links) == 3
    assert len(marks(drawing(figures["figure-toy-gradients-step"]))) == 4 + 3 + 4 + 3  # dense has two parts only
    assert len(marks(drawing(figures["figure-toy-attacks-confusion"]))) == 2 * 9
    assert "toy-undefended, l1: 49.8 % ± 0.8" in marks(drawing(figures["figure-toy-attacks-conditions"]))


def test_sparser_and_faster_networks_are_on_the_right(figures: dict[str, Figure]):
    root = drawing(figures["figure-toy-tickets-density"])
    for group in root.iter(f"{SVG}g"):
        curve = next((path for path in group if "curve" in path.get("class", "").split()), None)
        if curve is not None:
            xs = [float(step.split()[0]) for step in curve.attrib["d"].replace("L", "M").split("M") if step.strip()]
            assert xs == sorted(xs)
            assert len(xs) == len(LEVELS)


def test_drawings_stay_inside_their_frame(figures: dict[str, Figure]):
    for figure in figures.values():
        root = ElementTree.fromstring(str(figure.drawing))
        width, height = (float(side) for side in root.attrib["viewBox"].split()[2:])
        for element in root.iter():
            for name, limit in (("x", width), ("y", height), ("cx", width), ("cy", height)):
                if element.get(name) is not None:
                    assert -1 <= float(element.attrib[name]) <= limit + 1, (figure.name, element.attrib)


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
