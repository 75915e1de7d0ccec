"""Pages: valid, accessible, loading nothing, with the numbers of the markdown board."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from xml.etree.ElementTree import Element

import html5lib
import pytest

from harness.claims.tables import by_verdict
from harness.claims.tables import columns as claim_columns
from harness.errors import BenchError, UnknownName
from harness.leaderboard.cells import detail_columns, ranking_columns
from harness.leaderboard.notes import notes
from harness.report.results import Results, gather
from harness.report.site import build_site
from harness.report.text import anchor
from harness.store import RunStore
from harness.tables.columns import Column


def parsed(html: str) -> Element:
    """Parse strictly: any error of the HTML standard raises."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def cells(page: Element, name: str) -> list[list[str]]:
    """Return the rows of a table by its identifier, the head first."""
    table = next(element for element in page.iter("table") if element.get("id") == name)
    return [[text(cell) for cell in row] for row in table.iter("tr")]


def as_rows(columns: list[Column]) -> list[list[str]]:
    return [[c.header for c in columns], *map(list, zip(*(c.cells for c in columns), strict=True))]


@pytest.fixture(scope="module", params=["synthetic", "reference"])
def pages(request: pytest.FixtureRequest) -> dict[str, Element]:
    name = "site" if request.param == "synthetic" else "reference_site"
    site: dict[str, str] = request.getfixturevalue(name)
    return {page: parsed(html) for page, html in site.items()}


def test_pages_are_valid_and_identifiers_are_unique(pages: dict[str, Element]):
    for name, page in pages.items():
        counted = Counter(element.get("id") for element in page.iter() if element.get("id"))
        assert not [i for i, number in counted.items() if number > 1], name


def test_references_lead_to_elements_of_the_page(pages: dict[str, Element]):
    for name, page in pages.items():
        known = {element.get("id") for element in page.iter()}
        for attribute in ("aria-labelledby", "aria-describedby", "for"):
            used = {i for e in page.iter() for i in (e.get(attribute) or "").split()}
            assert used <= known, name


def test_links_lead_to_pages_and_places_that_exist(pages: dict[str, Element]):
    followed = 0
    for name, page in pages.items():
        for link in page.iter("a"):
            target, _, place = link.attrib["href"].partition("#")
            if target.startswith("https://"):
                continue
            assert (target or name) in pages, f"{name} links to {target}"
            if place:
                assert any(e.get("id") == place for e in pages[target or name].iter()), (
                    f"{name} -> {target}#{place}"
                )
            followed += 1
    assert followed > 50


def test_every_page_is_reached_from_the_index(pages: dict[str, Element]):
    reached = {link.attrib["href"].partition("#")[0] for link in pages["index.html"].iter("a")}
    assert set(pages) <= reached


def test_pages_load_nothing(pages: dict[str, Element]):
    for page in pages.values():
        names = {str(element.tag) for element in page.iter() if isinstance(element.tag, str)}
        assert not names & {"img", "iframe", "object", "embed", "video", "audio", "form", "base"}
        assert not [e for e in page.iter() if any(a in e.attrib for a in ("src", "srcset", "style", "onclick"))]
        assert {link.attrib["href"] for link in page.iter("link")} == {"data:,"}


def test_the_policy_allows_the_pages_own_script_and_style_only(site: dict[str, str]):
    for html in site.values():
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
        assert "default-src" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        for tag in ("script", "style"):
            (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
            assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy


def headings(page: Element) -> Iterator[int]:
    return (int(str(e.tag)[1]) for e in page.iter() if re.fullmatch("h[1-6]", str(e.tag)))


def test_headings_are_in_order_and_landmarks_are_there(pages: dict[str, Element]):
    for name, page in pages.items():
        levels = list(headings(page))
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(b <= a + 1 for a, b in pairwise(levels)), name
        assert page.get("lang") == "en"
        for landmark in ("header", "main", "footer"):
            assert len(list(page.iter(landmark))) == 1
        assert all(nav.get("aria-label") for nav in page.iter("nav"))
        skip = next(page.iter("a"))
        assert skip.get("href") == "#main"


def test_tables_have_captions_and_name_their_rows_and_columns(pages: dict[str, Element]):
    for page in pages.values():
        for table in page.iter("table"):
            if not table.get("id"):
                continue  # of a model card
            assert text(next(table.iter("caption")))
            scopes = Counter(head.get("scope") for head in table.iter("th"))
            assert scopes["col"] == len(next(table.iter("tr")))
            assert scopes["row"] == len(list(table.iter("tr"))) - 1


def test_every_figure_says_what_it_shows_and_has_its_numbers(pages: dict[str, Element]):
    figures = [figure for page in pages.values() for figure in page.iter("figure")]
    assert figures
    for figure in figures:
        chart = next(svg for svg in figure.iter() if str(svg.tag).endswith("svg") and svg.get("class") == "chart")
        described = [
            element for element in chart.iter() if str(element.tag).rpartition("}")[2] in ("title", "desc")
        ]
        assert len(text(described[0])) > 10
        assert len(list(figure.iter("table"))) == 1


def test_numbers_are_those_of_the_board(site: dict[str, str], results: Results):
    page = parsed(site["suite-graph.html"])
    for table in results.suites[0].board.tables:
        name = anchor("task", table.task.name)
        assert cells(page, f"{name}-ranking") == as_rows(ranking_columns(table))
        assert cells(page, f"{name}-details") == as_rows(detail_columns(table))
        for note in notes(table):
            assert " ".join(note.split()) in text(page)


def test_claims_are_those_of_the_command_and_none_is_left_out(site: dict[str, str], results: Results):
    verdicts = by_verdict(results.suites[0].verdicts)
    page = parsed(site["suite-graph.html"])
    shown = cells(page, "claims-table")
    assert [row[:2] for row in shown[1:]] == [[v.claim.name, v.word] for v in verdicts]
    assert shown == as_rows([column for column in claim_columns(verdicts) if not column.empty])
    assert "not run" in {row[1] for row in shown}
    for verdict in verdicts:
        assert verdict.claim.statement in text(page)


def test_failures_are_visible_in_their_row_and_in_full(site: dict[str, str]):
    page = parsed(site["suite-graph.html"])
    failed = [row for row in cells(page, "task-mutag-ranking") if row[1] == "diffpool"]
    assert "failed" in failed[0]
    assert "diffpool on mutag (fold 9, seed 0, standard): OutOfMemory it broke" in text(page)


def test_a_task_names_the_command_that_makes_its_numbers(site: dict[str, str], results: Results):
    page = text(parsed(site["suite-graph.html"]))
    for table in results.suites[0].board.tables:
        assert table.provenance.command in page


def test_a_method_has_its_results_with_the_same_text(site: dict[str, str], results: Results):
    page = parsed(site["method-sep.html"])
    rows = {(row[0], row[1]): row for row in cells(page, "results-table")}
    board = next(t for t in results.suites[0].board.tables if t.task.name == "mutag")
    ours = next(row for row in board.rows if row.contender == "sep-g")
    assert ours.estimate is not None
    assert board.scale.value(ours.estimate.estimate) in rows["mutag", "sep-g"]
    assert ("ring", "sep-u") in rows
    assert "Learning curves" in text(page)


def test_a_method_without_records_keeps_its_page(site: dict[str, str]):
    page = text(parsed(site["method-dragonn.html"]))
    assert "hash-sparsification: not measured in profile standard" in page
    assert "Wang" in page


def test_the_same_records_give_the_same_bytes(store: RunStore, site: dict[str, str]):
    assert build_site(store, ["graph"], "standard") == site


def test_suites_without_records_are_named(store: RunStore):
    site = build_site(store, ["graph", "sparse"], "standard")
    assert "No records in this profile: sparse." in text(parsed(site["index.html"]))
    assert "suite-sparse.html" not in site


def test_no_records_at_all_is_a_clear_error(store: RunStore):
    with pytest.raises(BenchError, match=r"no records of graph in profile 'paper'.*bench run --suite graph"):
        gather(store, ["graph"], "paper")
    with pytest.raises(UnknownName, match="did you mean 'graph'"):
        gather(store, ["graphs"], "standard")
