"""Three lines a paper: the claim, the verdict with its figures, and what to use instead."""

from collections.abc import Sequence

import numpy as np
import pytest

from harness import catalog
from harness.claims import Claim, MeanDifference
from harness.claims.declaration import Reported
from harness.claims.judge import judge_suite
from harness.claims.listing import suite_claims
from harness.leaderboard import build_board
from harness.leaderboard.alternatives import alternative, alternative_on
from harness.leaderboard.papers import markdown_lines, paper_findings, pieces
from harness.leaderboard.reading import best_sentence
from harness.store import RunStore
from harness.tables.values import TaskTable
from tests.harness.leaderboard.conftest import MakeStore
from tests.harness.leaderboard.synthetic import folds_of, make_record, seeds_of

NOISE = np.random.default_rng(5).normal(0, 0.02, (4, 10))


def mutag(make_store: MakeStore, *parts, task: str = "mutag") -> TaskTable:
    return next(t for t in build_board(make_store(*parts), "graph", "standard").tables if t.task.name == task)


def instead_of(table: TaskTable, contender: str) -> str:
    return alternative(table, next(row for row in table.rows if row.contender == contender))


def test_a_faster_contender_that_may_be_best_as_well_is_the_alternative(make_store: MakeStore):
    table = mutag(
        make_store,
        folds_of("mutag", "sep-g", 0.8 + NOISE[0], fit_seconds=20.0),
        folds_of("mutag", "gcn-sum", 0.8 + NOISE[1], fit_seconds=2.0),
        folds_of("mutag", "gmt", 0.8 + NOISE[2], fit_seconds=5.0),
    )
    assert len(table.best_set) == 3
    assert (
        instead_of(table, "sep-g")
        == "`gcn-sum` on `mutag`: it may be best as well, and fits in 2.0 s instead of 20 s"
    )
    assert instead_of(table, "gcn-sum").startswith("`gcn-sum` itself on `mutag`: `gmt` may be best as well, but")


def test_a_time_that_is_shorter_by_chance_is_no_reason(make_store: MakeStore):
    parts = [
        folds_of("mutag", n, 0.8 + NOISE[i], fit_seconds=t)
        for i, (n, t) in enumerate([("sep-g", 7.7), ("gmt", 7.5)])
    ]
    assert instead_of(mutag(make_store, *parts), "sep-g") == (
        "`sep-g` itself on `mutag`: `gmt` may be best as well, but is no faster"
    )


def test_a_control_is_no_alternative(make_store: MakeStore):
    parts = [folds_of("mutag", name, 0.8 + NOISE[i]) for i, name in enumerate(("sep-g", "sep-g-random-tree"))]
    table = mutag(make_store, *parts)
    assert {row.contender: row.kind for row in table.best_set} == {
        "sep-g": "method",
        "sep-g-random-tree": "control",
    }
    assert instead_of(table, "sep-g") == "nothing on `mutag`: no other method or baseline may be best"


def test_a_sole_winner_has_no_alternative(make_store: MakeStore):
    table = mutag(
        make_store, folds_of("mutag", "sep-g", 0.9 + NOISE[0]), folds_of("mutag", "gcn-sum", 0.5 + NOISE[1])
    )
    assert instead_of(table, "sep-g") == "nothing on `mutag`: no other method or baseline may be best"


def test_a_worse_method_gives_way_to_the_best_with_the_difference(make_store: MakeStore):
    parts = folds_of("mutag", "sep-g", [0.6, 0.62] * 5), folds_of("mutag", "gcn-sum", [0.86, 0.85] * 5)
    # Means 0.61 and 0.855.
    assert instead_of(mutag(make_store, *parts), "sep-g") == (
        "`gcn-sum` on `mutag`: +24.5 points against `sep-g`, which is worse"
    )


def test_errors_are_compared_as_factors(make_store: MakeStore):
    parts = [
        seeds_of("ring", name, values, metric="mse")
        for name, values in (("sep-u", [1e-2, 1.2e-2, 0.9e-2]), ("mincut-ae", [1e-4, 0.9e-4, 1.1e-4]))
    ]
    assert instead_of(mutag(make_store, *parts, task="ring"), "sep-u") == (
        "`mincut-ae` on `ring`: ×0.0097 the mse of `sep-u`, which is worse"
    )


def test_a_failed_method_says_so(make_store: MakeStore):
    broken = [make_record("mutag", "sep-g", None, failure="Timeout")]
    table = mutag(make_store, broken, folds_of("mutag", "gcn-sum", 0.8 + NOISE[0]))
    assert instead_of(table, "sep-g") == "`gcn-sum` on `mutag`: `sep-g` failed there"
    alone = mutag(make_store, broken)
    assert instead_of(alone, "sep-g") == "nothing on `mutag`: all contenders failed"
    assert best_sentence(alone) == "All contenders failed."


def on_both(make_store: MakeStore, *parts) -> str:
    """Return the alternative to sep-g on MUTAG and PTC."""
    tables = build_board(make_store(*parts), "graph", "standard").tables
    rows = [(t, next(r for r in t.rows if r.contender == "sep-g")) for t in tables]
    assert len(rows) == 2
    return alternative_on(rows)


def test_an_alternative_on_several_tasks_may_be_best_on_each(make_store: MakeStore):
    parts = [
        folds_of(task, name, 0.8 + NOISE[number], fit_seconds=time)
        for number, (name, *times) in enumerate([("sep-g", 10.0, 4.0), ("gcn-sum", 2.5, 4.0), ("gmt", 1.0, 8.0)])
        for task, time in zip(("mutag", "ptc"), times, strict=True)
    ]
    assert on_both(make_store, *parts) == (
        "`gmt` on all 2 tasks: it may be best as well, and fits in 45 % of the time"
    ), "the geometric mean of 0.1 and 2 is below that of 0.25 and 1"
    worse = folds_of("ptc", "gmt", 0.4 + NOISE[2], fit_seconds=0.1)
    assert on_both(make_store, *parts[:5], worse) == (
        "`gcn-sum` on all 2 tasks: it may be best as well, and fits in 50 % of the time"
    )


def test_of_several_tasks_the_one_where_it_is_behind_decides(make_store: MakeStore):
    level = folds_of("mutag", "sep-g", 0.8 + NOISE[0]), folds_of("mutag", "gcn-sum", 0.8 + NOISE[1])
    behind = folds_of("ptc", "sep-g", [0.6, 0.62] * 5), folds_of("ptc", "gcn-sum", [0.86, 0.85] * 5)
    assert on_both(make_store, *level, *behind) == (
        "`gcn-sum` on `ptc`: +24.5 points against `sep-g`, which is worse"
    )


def claims_of(patch: pytest.MonkeyPatch, store: RunStore, *claims: Claim):
    """Judge these claims instead of the suite's."""
    patch.setattr("harness.claims.judge.suite_claims", lambda _: claims, raising=True)
    return judge_suite(store, "graph", "standard")


def claim(name: str, task: str, sides: Sequence[str], **options) -> Claim:
    return Claim(
        name,
        f"{sides[0]} beats {sides[1]}",
        "superiority",
        (MeanDifference(task, *sides),),
        reason="a test",
        minimal_units=5,
        uncontrolled="a test",
        **options,
    )


def test_only_headlines_are_shown_with_estimate_interval_n_and_the_papers_figure(
    make_store: MakeStore, monkeypatch: pytest.MonkeyPatch
):
    store = make_store(folds_of("mutag", "sep-g", 0.9 + NOISE[0]), folds_of("mutag", "gcn-sum", 0.5 + NOISE[1]))
    main = claim("main", "mutag", ("sep-g", "gcn-sum"), headline=True, reported=Reported(16.06))
    other = claim("other", "mutag", ("sep-g", "gcn-sum"))
    verdicts = claims_of(monkeypatch, store, main, other)
    (found,) = paper_findings(build_board(store, "graph", "standard"), verdicts, {"main": "sep", "other": "sep"})
    assert (found.method, found.claim) == ("sep", "sep-g beats gcn-sum")
    assert found.word.startswith("direction holds")
    difference = 100 * (0.4 + NOISE[0].mean() - NOISE[1].mean())
    assert f"A − B = +{difference:.1f}" in found.verdict
    assert "90 % interval" in found.verdict
    assert "n = 10 folds" in found.verdict
    assert "paper +16.06 (from memory)" in found.verdict
    lines = markdown_lines([found])
    assert lines == [
        "**sep** claims: sep-g beats gcn-sum.  ",
        f"**Direction{found.word[9:]}**: {found.verdict}.  ",
        "Use instead: nothing on `mutag`: no other method or baseline may be best.",
        "",
    ]


def test_a_claim_without_records_keeps_its_three_lines(make_store: MakeStore, monkeypatch: pytest.MonkeyPatch):
    store = make_store(folds_of("ptc", "sep-g", 0.6 + NOISE[0]))
    verdicts = claims_of(monkeypatch, store, claim("main", "mutag", ("sep-g", "gcn-sum"), headline=True))
    (found,) = paper_findings(build_board(store, "graph", "standard"), verdicts, {"main": "sep"})
    assert (found.word, found.use) == ("not run", "no table of this claim's tasks has records yet")
    assert found.verdict
    assert len([line for line in markdown_lines([found]) if line]) == 3


@pytest.mark.parametrize("suite", ["graph", "sparse", "robust", "labels"])
def test_each_paper_of_a_suite_has_one_headline(suite: str):
    from harness.claims.listing import methods_of_claims

    places = methods_of_claims()
    claims = suite_claims(catalog.suite(suite))
    headlines = [places[one.name] for one in claims if one.headline]
    assert sorted(headlines) == sorted({places[one.name] for one in claims if one.provenance != "ours"})


def test_pieces_in_backticks_are_marked():
    assert pieces("`a` on `b`: plain") == [("a", True), (" on ", False), ("b", True), (": plain", False)]
