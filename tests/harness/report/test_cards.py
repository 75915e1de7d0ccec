"""Model cards: markdown in, harmless HTML out."""

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import catalog
from harness.contract.roster import ContenderEntry, ContenderKind
from harness.report.cards import render_card
from harness.report.methods import FOLDER, methods

PAGES = {"graph": "suite-graph.html"}


def test_a_card_loses_its_title_and_its_headings_go_below_the_pages():
    html = render_card("# Title\n\n## One\n\n#### Deep\n\n## Two\n", PAGES)
    assert "Title" not in html
    assert "<h3>One</h3>" in html
    assert "<h4>Deep</h4>" in html
    assert "<h3>Two</h3>" in html


def test_raw_html_is_shown_as_text():
    html = render_card("text <img src=x onerror=alert(1)>\n\n<script>alert(1)</script>\n", PAGES)
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("markdown", "href"),
    [
        ("[board](../../results/leaderboards/graph.md)", "suite-graph.html"),
        ("[board](../../results/leaderboards/graph.md#task-mutag)", "suite-graph.html"),
        ("[paper](https://example.org/paper)", "https://example.org/paper"),
        ("[file](settings.py)", ""),
        ("[other](../../results/leaderboards/unknown.md)", ""),
        ("[bad](javascript:alert(1))", ""),
        ("[bad](data:text/html;base64,AAAA)", ""),
        ("[bad](//example.org/x)", ""),
    ],
)
def test_links_lead_to_pages_or_the_web_or_nowhere(markdown: str, href: str):
    html = render_card(markdown, PAGES)
    assert (f'<a href="{href}"' in html) == bool(href)
    assert html.count("<a ") == bool(href)


def test_code_stays_text_that_the_keyboard_can_scroll():
    html = render_card("```html\n<b>&\n```\n\n    indented <i>\n", PAGES)
    assert '<pre tabindex="0"><code>&lt;b&gt;&amp;\n</code></pre>' in html
    assert "indented &lt;i&gt;" in html


def test_an_image_becomes_its_description():
    assert "[figure: a plot]" in render_card("![a plot](plot.png)", PAGES)
    assert "<img" not in render_card("![a plot](https://example.org/plot.png)", PAGES)


@given(st.text(max_size=200))
def test_any_text_makes_harmless_markup(text: str):
    tree = html5lib.parseFragment(str(render_card(text, PAGES)), namespaceHTMLElements=False)
    names = {str(element.tag) for element in tree.iter() if isinstance(element.tag, str)}
    assert not names & {"script", "img", "iframe", "style", "link", "object", "form"}


def test_every_method_has_its_card_contenders_and_kernels():
    known = {method.slug: method for method in methods()}
    assert "sep-g" in known["sep"].contenders
    assert known["sep"].kernels == ("coding-tree",)
    assert all(method.card for method in known.values())
    assert known["sep"].title == (FOLDER / "sep" / "README.md").read_text().splitlines()[0].removeprefix("# ")


def test_a_package_with_a_method_has_a_page_and_cannot_add_to_one_of_ours(monkeypatch: pytest.MonkeyPatch):
    def entry(name: str, kind: ContenderKind, target: str) -> ContenderEntry:
        return ContenderEntry(name, "graph-classification", kind, name, target)

    added = (
        entry("a", "method", "tests.new:A"),
        entry("b", "control", "tests.new:B"),
        entry("e", "baseline", "tests.new:E"),
    )
    intruders = (entry("c", "method", "sep.new:C"), entry("d", "plug-in", "plugged.new:D"))
    known = {**catalog.contenders(), **{one.name: one for one in (*added, *intruders)}}
    before = {method.slug: method for method in methods()}
    monkeypatch.setattr(catalog, "contenders", lambda: known)
    after = {method.slug: method for method in methods()}
    assert after.keys() - before.keys() == {"tests"}
    assert after["tests"].contenders == ("a", "b")
    assert after["sep"] == before["sep"]
