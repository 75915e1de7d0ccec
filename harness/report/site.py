"""The whole site as file names with their content; equal records give equal bytes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.report.index_page import index_page
from harness.report.method_page import method_page
from harness.report.methods import methods
from harness.report.rendering import render
from harness.report.results import Results, SuiteResults, gather
from harness.report.suite_page import page_of, suite_page
from harness.report.text import minute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.store import RunStore


@dataclass(frozen=True)
class NavigationLink:
    """An entry of the navigation."""

    page: str
    label: str


@dataclass(frozen=True)
class Frame:
    """Shared parts of all pages: the navigation, and the origin of the records in the footer."""

    suites: tuple[NavigationLink, ...]
    methods: tuple[NavigationLink, ...]
    profile: str
    oldest: str
    newest: str


def build_site(store: "RunStore", suites: "Sequence[str]", profile: str) -> dict[str, str]:
    """Return file name -> HTML: the index, a page for each suite that has records, a page for each method.

    Raises:
        UnknownName, StoreError, BenchError: as :func:`harness.report.results.gather`.
    """
    results = gather(store, suites, profile)
    known = methods()
    links = {contender: method.page for method in known for contender in method.contenders}
    frame = Frame(
        tuple(NavigationLink(page_of(one.suite.name), one.suite.name) for one in results.suites),
        tuple(NavigationLink(method.page, method.slug.replace("_", "-")) for method in known),
        profile,
        *_period(results),
    )
    index = index_page(results, known)
    site = {index.page: render("index.html.j2", {"frame": frame, "here": index})}
    for one in results.suites:
        page = suite_page(results, one, links)
        site[page.page] = render("suite.html.j2", {"frame": frame, "here": page})
    for method in known:
        own = method_page(results, method)
        site[own.page] = render("method.html.j2", {"frame": frame, "here": own})
    return site


def _period(results: Results) -> tuple[str, str]:
    """Return when the oldest and the newest record were made, to the minute."""
    first = [t for one in results.suites for t in _times(one, oldest=True)]
    last = [t for one in results.suites for t in _times(one, oldest=False)]
    return minute(min(first)), minute(max(last))


def _times(one: SuiteResults, *, oldest: bool) -> list[str]:
    sources = [table.provenance for table in one.board.tables]
    if oldest:
        return [p.oldest for p in sources] + [board.first for board in one.kernels]
    return [p.newest for p in sources] + [board.last for board in one.kernels]
