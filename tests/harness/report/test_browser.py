"""The pages in headless Chromium: they sort, filter, toggle and tell, on a desk and on a phone, with and without
scripts, without an error and without a request."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 780}
SHOWN = (
    "[...document.querySelectorAll('#{table} tbody tr')]"
    ".filter(row => !row.hidden).map(row => row.cells[{column}].textContent)"
)
MEAN = 2  # the column of means in the table of leaders

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on the PATH")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: "Browser", reference_folder: Path) -> Open:
    """Open a page; at the end nothing may have been requested beside files of the site, or have gone wrong."""

    @contextmanager
    def opened(name: str, viewport: dict[str, int] = DESK, **options: Any) -> "Iterator[Page]":
        context = browser.new_context(viewport=viewport, reduced_motion="reduce", **options)  # type: ignore[arg-type]
        page = context.new_page()
        requested: list[str] = []
        troubles: list[str] = []

        def gate(route: Any) -> None:
            requested.append(route.request.url)
            inside = route.request.url.startswith(reference_folder.as_uri())
            route.continue_() if inside else route.abort()

        context.route("**/*", gate)
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto((reference_folder / name).as_uri())
        yield page
        context.close()
        assert not [url for url in requested if not url.endswith(".html")], "a page must load nothing"
        assert troubles == []

    return opened


def test_every_page_fits_a_phone_and_raises_no_error(visit: Open, reference_folder: Path):
    for name in sorted(path.name for path in reference_folder.glob("*.html")):
        with visit(name, PHONE) as page:
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            assert page.evaluate("document.body.scrollWidth <= innerWidth"), name
            page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name}, all unfolded"


def column(page: "Page", table: str, number: int) -> list[str]:
    return page.evaluate(SHOWN.format(table=table, column=number))


def test_headers_sort_by_number_and_say_so(visit: Open):
    with visit("index.html") as page:
        original = column(page, "leaders", MEAN)
        head = page.locator("#leaders thead th").nth(MEAN)
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == "ascending"
        assert [float(value) for value in column(page, "leaders", MEAN)] == sorted(map(float, original))
        head.get_by_role("button").press("Enter")
        assert head.get_attribute("aria-sort") == "descending"
        assert [float(value) for value in column(page, "leaders", MEAN)] == sorted(
            map(float, original), reverse=True
        )
        head.get_by_role("button").press("Space")
        assert head.get_attribute("aria-sort") == "none"
        assert column(page, "leaders", MEAN) == original


def test_sorting_by_another_column_resets_the_first_and_absent_values_come_last(visit: Open):
    with visit("suite-graph.html") as page:
        heads = page.locator("#task-mutag-ranking thead th")
        heads.nth(0).get_by_role("button").click()
        texts = heads.all_inner_texts()
        paper = next(i for i, text in enumerate(texts) if text.startswith("paper"))
        for _ in range(2):
            heads.nth(paper).get_by_role("button").click()
            values = column(page, "task-mutag-ranking", paper)
            known = [value for value in values if value != "—"]
            assert values[: len(known)] == known
        assert heads.nth(0).get_attribute("aria-sort") == "none"


def test_the_filter_hides_rows_and_announces_how_many_are_left(visit: Open):
    with visit("index.html") as page:
        rows = len(column(page, "leaders", 0))
        field = page.get_by_role("searchbox", name="Filter rows: Best mean on each task")
        count = page.locator(".table:has(#leaders) output")
        assert count.get_attribute("aria-live") == "polite"
        assert count.inner_text() == f"{rows} rows"
        field.fill("MUTAG accuracy")
        assert column(page, "leaders", 0) == ["mutag"]
        assert count.inner_text() == f"1 of {rows} rows"
        field.fill("no such row")
        assert column(page, "leaders", 0) == []
        field.fill("")
        assert len(column(page, "leaders", 0)) == rows


def test_a_mark_tells_its_value_on_hover_and_on_focus(visit: Open):
    with visit("suite-graph.html") as page:
        figure = page.locator("#task-mutag-intervals")
        tip, marks = figure.locator(".tip"), figure.locator(".mark")
        assert tip.is_hidden()
        marks.nth(2).hover()
        assert tip.inner_text() == marks.nth(2).get_attribute("aria-label")
        page.mouse.move(0, 0)
        assert tip.is_hidden()
        marks.nth(0).focus()
        page.keyboard.press("ArrowDown")
        assert tip.inner_text() == marks.nth(1).get_attribute("aria-label")
        page.keyboard.press("Escape")
        assert tip.is_hidden()
        assert page.evaluate("document.querySelectorAll('#task-mutag-intervals .mark[tabindex=\"0\"]').length") == 1


def test_a_key_of_the_legend_hides_and_shows_its_series(visit: Open):
    with visit("suite-graph.html") as page:
        figure = page.locator("#task-mutag-intervals")
        key = figure.get_by_role("button", name="baseline")
        shown = figure.locator(".chart .series[data-series=baseline]").first
        assert key.get_attribute("aria-pressed") == "true"
        key.click()
        assert key.get_attribute("aria-pressed") == "false"
        assert shown.is_hidden()
        key.press("Enter")
        assert shown.is_visible()


def test_the_theme_follows_the_system_until_chosen_and_is_remembered(visit: Open):
    ground = "getComputedStyle(document.body).backgroundColor"
    with visit("index.html", color_scheme="dark") as page:
        dark = page.evaluate(ground)
        button = page.get_by_role("button", name="Theme")
        button.click()
        light = page.evaluate(ground)
        assert light != dark
        page.reload()
        assert page.evaluate(ground) == light
        assert button.inner_text() == "Theme: light"
        button.click()
        assert page.evaluate(ground) == dark
        button.click()
        assert button.inner_text() == "Theme: auto"
        page.emulate_media(color_scheme="light")
        assert page.evaluate(ground) == light


SEEN = """() => Object.fromEntries([...document.querySelectorAll('#task-mutag-intervals .chart *')].flatMap(e =>
  ['fill', 'stroke'].filter(k => (e.getAttribute(k) || '').startsWith('var')).map(
    k => [e.getAttribute(k), getComputedStyle(e)[k]])))"""
FONT = "getComputedStyle(document.querySelector('{}')).fontFamily"
SMALLEST = """() => Math.min(...[...document.querySelectorAll('.chart text')].filter(t => t.checkVisibility()).map(
  t => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a))"""


def test_drawings_follow_the_theme(visit: Open):
    found = []
    for theme in ("light", "dark"):
        with visit("suite-graph.html", color_scheme=theme) as page:
            found.append(page.evaluate(SEEN))
            assert all(value.startswith("rgb(") for value in found[-1].values()), "each role is declared"
            assert page.evaluate(FONT.format(".chart text")) == page.evaluate(FONT.format("body"))
    light, dark = found
    assert {"var(--ink)", "var(--muted)", "var(--faint)", "var(--method)", "var(--baseline)"} <= set(light)
    assert light.keys() == dark.keys()
    assert all(light[role] != dark[role] for role in light)


def test_the_text_of_drawings_can_be_read_on_a_phone_and_on_a_desk(visit: Open):
    for viewport in (PHONE, DESK):
        with visit("suite-graph.html", viewport) as page:
            assert 10 <= page.evaluate(SMALLEST) <= 18


def test_pointing_at_a_line_dims_the_others(visit: Open):
    with visit("suite-sparse.html") as page:
        chart = page.locator("#figure-tickets-mnist-mlp-density .chart")
        lines = chart.locator(".series > path:first-child")
        assert lines.first.evaluate("e => getComputedStyle(e).opacity") == "1"
        chart.locator(".series").last.locator(".mark").first.hover()
        assert lines.last.evaluate("e => getComputedStyle(e).opacity") == "1"
        assert lines.first.evaluate("e => getComputedStyle(e).opacity") == "0.25"


@pytest.mark.parametrize("name", ["index.html", "suite-graph.html", "method-sep.html"])
def test_without_scripts_everything_is_said_and_no_dead_button_is_shown(visit: Open, name: str):
    with visit(name, java_script_enabled=False) as page:
        assert page.locator("main h1").is_visible()
        assert page.locator("main table").first.is_visible()
        assert page.locator("button:visible").count() == 0
        assert page.locator("input:visible").count() == 0
        if name == "suite-graph.html":
            mark = page.locator("#task-mutag-intervals .mark").first
            assert mark.is_visible()
            assert mark.locator("title").text_content() == mark.get_attribute("aria-label")
            page.locator("#task-mutag-intervals summary").click()
            assert page.locator("#task-mutag-intervals-data").is_visible()


def test_the_keyboard_reaches_the_content_first_and_focus_is_visible(visit: Open):
    with visit("index.html") as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        assert page.evaluate("document.activeElement.getBoundingClientRect().left >= 0")
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_link_to_a_claim_unfolds_it(visit: Open):
    with visit("suite-graph.html") as page:
        link = page.locator("#claims-table tbody th a").first
        target = page.locator(link.get_attribute("href") or "")
        assert target.is_hidden()
        link.click()
        assert target.is_visible()
