"""Hostile records: whatever a record says is text on the page, in tables, figures, failures and logs."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest

from harness.report.rendering import render
from harness.report.results import gather
from harness.report.site import Frame, NavigationLink, build_site
from harness.report.suite_page import suite_page
from harness.report.text import anchor
from harness.store import RunStore
from harness.tables.printable import printable
from harness.trial import Record, TrialFailure
from tests.harness.leaderboard.synthetic import ENVIRONMENT, folds_of, make_record

ATTACK = (
    "<script>alert('x')</script><img src=x onerror=\"alert(1)\">{{ 7919 * 6101 }}]]>--><svg onload=alert(1)>&amp;"
    "\x00\x1b[2J\u202e"
)
SAFE = printable(ATTACK)


def hostile_records() -> Iterator[Record]:
    yield from folds_of("mutag", "sep-g", [0.9] * 10, metrics={ATTACK: 1.0, "nll": 0.5})
    yield from folds_of("mutag", "gcn-sum", [0.8] * 9)
    broken = make_record("mutag", "gcn-sum", None, fold=9, failure="x")
    yield replace(broken, failure=TrialFailure(ATTACK, ATTACK, ATTACK, ATTACK), log=ATTACK * 100)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunStore]:
    with RunStore.open(tmp_path_factory.mktemp("hostile") / "runs.sqlite") as store:
        store.put_environment("env1", ENVIRONMENT | {"cpu": ATTACK, "packages": {"torch": ATTACK}})
        for record in hostile_records():
            store.add(record)
        yield store


def assert_harmless(html: str) -> None:
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert len(list(page.iter("script"))) == 1
    assert not list(page.iter("img"))
    for element in page.iter():
        assert not [name for name in element.attrib if str(name).startswith("on")], element.tag
    assert str(7919 * 6101) not in html  # no template of a template
    assert not re.search("[\x00\x1b\u202e]", html)


def test_the_whole_site_of_hostile_records_is_harmless_and_shows_them(hostile: RunStore):
    site = build_site(hostile, ["graph"], "standard")
    for html in site.values():
        assert_harmless(html)
    page = html5lib.parse(site["suite-graph.html"], namespaceHTMLElements=False)
    whole = "".join(page.itertext())
    assert whole.count(SAFE) > 5
    logs = ["".join(pre.itertext()) for pre in page.iter("pre")]
    assert any("characters before" in log and len(log) < 5000 for log in logs)


def test_a_hostile_contender_is_text_in_tables_figures_and_links(hostile: RunStore):
    results = gather(hostile, ["graph"], "standard")
    (one,) = results.suites
    tables = tuple(
        replace(table, rows=tuple(replace(row, contender=ATTACK, title=ATTACK) for row in table.rows))
        for table in one.board.tables
    )
    forged = replace(one, board=replace(one.board, tables=tables, title=ATTACK, empty=(ATTACK,)))
    page = suite_page(results, forged, {ATTACK: "method-sep.html"})
    frame = Frame((NavigationLink(page.page, ATTACK),), (), "standard", ATTACK, ATTACK)
    html = render("suite.html.j2", {"frame": frame, "here": page})
    assert_harmless(html)
    assert "".join(html5lib.parse(html, namespaceHTMLElements=False).itertext()).count(SAFE) > 5


def test_an_anchor_holds_nothing_but_letters_digits_and_hyphens():
    assert re.fullmatch(r"[a-z0-9-]+", anchor("task", ATTACK))


def test_half_a_character_does_not_stop_a_report(tmp_path: Path):
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        store.put_environment("env1", ENVIRONMENT)
        broken = make_record("mutag", "gmt", None, failure="x")
        store.add(replace(broken, failure=TrialFailure("Odd\ud800", "half \udfff", "", "")))
        site = build_site(store, ["graph"], "standard")
    assert "half \ufffd" in site["suite-graph.html"]
    site["suite-graph.html"].encode("utf-8")
