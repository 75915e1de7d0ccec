"""Two contenders, paired, task by task."""

import math

import numpy as np
import pytest

from harness.errors import CouldNotMeasure, EmptySelection, UnknownName, UsageError
from harness.leaderboard.comparison import better_share, compare, render
from tests.harness.leaderboard.conftest import MakeStore
from tests.harness.leaderboard.synthetic import folds_of, make_record, seeds_of
from tests.harness.leaderboard.test_board import A, B


def test_one_task_is_the_worked_example(make_store: MakeStore):
    store = make_store(folds_of("mutag", "sep-g", A), folds_of("mutag", "gcn-sum", B))
    compared = compare(store, "sep-g", "gcn-sum", "graph", "standard")
    (result,) = compared.results
    assert result.test.difference == pytest.approx(0.017)
    assert (result.test.p, result.p_holm) == (pytest.approx(0.021885, abs=1e-6), pytest.approx(0.021885, abs=1e-6))
    assert (result.mean_a, result.mean_b) == (pytest.approx(0.815), pytest.approx(0.798))
    assert result.better_share.estimate == 0.9, "B is ahead on the fifth fold only"
    assert compared.winner(result) == "sep-g"
    text = render(compared)
    assert "+1.7" in text
    assert "[+0.3, +3.1]" in text
    assert "Of 1 task sep-g is better on 1, gcn-sum on 0, 0 tied" in text


def test_sides_can_be_swapped(make_store: MakeStore):
    store = make_store(folds_of("mutag", "sep-g", A), folds_of("mutag", "gcn-sum", B))
    compared = compare(store, "gcn-sum", "sep-g", "graph", "standard")
    (result,) = compared.results
    assert result.test.difference == pytest.approx(-0.017)
    assert result.test.interval.high == pytest.approx(-0.003098, abs=1e-6)
    assert result.better_share.estimate == pytest.approx(0.1)
    assert compared.winner(result) == "sep-g"


def test_holm_is_over_the_tasks(make_store: MakeStore):
    parts = [folds_of(t, n, v) for t in ("mutag", "ptc") for n, v in (("sep-g", A), ("gcn-sum", B))]
    compared = compare(make_store(*parts), "sep-g", "gcn-sum", "graph", "standard")
    assert [r.p_holm for r in compared.results] == pytest.approx([2 * 0.021885] * 2, abs=1e-5)
    assert [compared.winner(r) for r in compared.results] == ["sep-g", "sep-g"]
    third = [folds_of("rings", n, v) for n, v in (("sep-g", A), ("gcn-sum", B))]
    compared = compare(make_store(*parts, *third), "sep-g", "gcn-sum", "graph", "standard")
    assert [compared.winner(r) for r in compared.results] == ["", "", ""], "three times 0.0219 is above 0.05"
    one = compare(make_store(*parts), "sep-g", "gcn-sum", "graph", "standard", ["ptc"])
    assert [(r.task.name, compared.winner(r)) for r in one.results] == [("ptc", "sep-g")]


def test_a_failure_loses_without_a_test_and_stays_in_the_family(make_store: MakeStore):
    store = make_store(
        folds_of("mutag", "sep-g", A),
        folds_of("mutag", "gcn-sum", B),
        folds_of("ptc", "sep-g", A),
        [
            make_record("ptc", "gcn-sum", 0.99, fold=0),
            make_record("ptc", "gcn-sum", None, fold=1, failure="Timeout"),
        ],
    )
    compared = compare(store, "sep-g", "gcn-sum", "graph", "standard")
    by_task = {r.task.name: r for r in compared.results}
    assert (by_task["ptc"].test, by_task["ptc"].by_rule) == (None, "sep-g")
    assert by_task["mutag"].p_holm == pytest.approx(2 * 0.021885, abs=1e-5)
    text = render(compared)
    assert "ptc: gcn-sum failed in 1 of 2 trials (Timeout)" in text
    assert "sep-g is better by rule, without a test" in text
    assert "sep-g is better on 2" in text


def test_both_failed_is_a_tie(make_store: MakeStore):
    broken = [[make_record("mutag", n, None, failure="Killed")] for n in ("sep-g", "gcn-sum")]
    compared = compare(make_store(*broken), "sep-g", "gcn-sum", "graph", "standard")
    assert [compared.winner(r) for r in compared.results] == [""]
    assert "better by rule" not in render(compared)


def test_missing_folds_are_left_out_on_both_sides(make_store: MakeStore):
    store = make_store(folds_of("mutag", "sep-g", A), folds_of("mutag", "gcn-sum", B[:4]))
    (result,) = compare(store, "sep-g", "gcn-sum", "graph", "standard").results
    assert (result.test.n, result.test.interval.over) == (4, "4 folds")
    assert result.mean_a == pytest.approx(np.mean(A[:4]))
    assert result.remark == "gcn-sum lacks 6 trials"


def test_a_single_common_unit_has_no_test(make_store: MakeStore):
    store = make_store(folds_of("mutag", "sep-g", [0.8]), folds_of("mutag", "gcn-sum", [0.7]))
    compared = compare(store, "sep-g", "gcn-sum", "graph", "standard")
    (result,) = compared.results
    assert result.test is None
    assert math.isnan(result.p_holm)
    assert "mutag: fewer than two common units: no test" in render(compared)
    assert compared.winner(result) == ""


def test_errors_are_ratios_and_lower_wins(make_store: MakeStore):
    store = make_store(
        seeds_of("ring", "sep-u", [1e-4, 2e-4, 3e-4], metric="mse"),
        seeds_of("ring", "topk-ae", [1.1e-1, 2e-1, 2.9e-1], metric="mse"),
    )
    compared = compare(store, "topk-ae", "sep-u", "graph", "standard")
    assert compared.winner(compared.results[0]) == "sep-u"
    assert compared.results[0].better_share.estimate == 0.0
    text = render(compared)
    assert "×1,021" in text
    assert "Compared as log10: mse; ×2 means that A's value is twice B's." in text


def test_a_task_that_one_side_lacks_is_named(make_store: MakeStore):
    store = make_store(folds_of("mutag", "sep-g", A), folds_of("mutag", "gcn-sum", B), folds_of("ptc", "sep-g", A))
    assert "ptc: gcn-sum has not been run" in render(compare(store, "sep-g", "gcn-sum", "graph", "standard"))


def test_nothing_in_common_says_what_to_run(make_store: MakeStore):
    store = make_store(folds_of("mutag", "sep-g", A))
    with pytest.raises(CouldNotMeasure) as caught:
        compare(store, "sep-g", "gcn-sum", "graph", "standard")
    assert "sep-g has records of mutag; gcn-sum has records of none" in str(caught.value)
    assert "`bench run --suite graph --profile standard -t mutag -c gcn-sum`" in str(caught.value)


def test_impossible_requests_are_refused(make_store: MakeStore):
    store = make_store()
    with pytest.raises(UsageError, match="two different contenders"):
        compare(store, "sep-g", "sep-g", "graph", "standard")
    with pytest.raises(UsageError, match="sep-g' is for graph-classification and 'sep-n' for node-classification"):
        compare(store, "sep-g", "sep-n", "graph", "standard")
    with pytest.raises(UnknownName, match="did you mean 'sep-g'"):
        compare(store, "sepg", "gmt", "graph", "standard")
    with pytest.raises(EmptySelection, match="theirs are: rings, mutag"):
        compare(store, "sep-g", "gmt", "graph", "standard", ["cora"])


def test_share_of_wins_counts_ties_half_and_is_cautious():
    share = better_share(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]))
    assert share.estimate == pytest.approx(5 / 6)
    # Wilson for 2 of 3 below and 3 of 3 above.
    assert (share.low, share.high) == (pytest.approx(0.20766, abs=1e-5), 1.0)


def test_lines_fit_a_wide_terminal(make_store: MakeStore):
    parts = [folds_of("mutag", n, v) for n, v in (("sep-g-random-tree", A), ("sep-g-louvain", B))]
    text = render(compare(make_store(*parts), "sep-g-random-tree", "sep-g-louvain", "graph", "standard"))
    table = [line for line in text.splitlines() if line.startswith(("task", "mutag"))]
    assert max(map(len, table)) <= 120
