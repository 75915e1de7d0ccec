"""Pairwise decisions, rank intervals and cliques of one table."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics import (
    PairDecision,
    PairwiseDecisions,
    TrialLayout,
    cliques,
    compare,
    decide_pairs,
    holm,
    pairwise_wilcoxon,
    rank_intervals,
)
from tests.harness.statistics.all_pairs import pairwise

NOISE = np.random.default_rng(5).normal(0.0, 0.004, (4, 10))


def table(means):
    return {
        name: {(fold, 0): mean + float(NOISE[i % 4, fold]) for fold in range(10)}
        for i, (name, mean) in enumerate(means.items())
    }


def decided(names, better, scores=None):
    """Return a table whose decisions are given as (better, worse) pairs."""
    pairs = tuple(
        PairDecision(a, b, 0.5, 0.5, a if (a, b) in better else b if (b, a) in better else None, None)
        for a, b in combinations(names, 2)
    )
    scores = scores or tuple(float(-i) for i in range(len(names)))
    return PairwiseDecisions(tuple(names), tuple(scores), True, 0.05, pairs)


def test_pairs_are_those_of_compare_with_holm():
    values = table({"gin": 0.70, "gcn": 0.701, "sep": 0.75})
    family = pairwise(values, TrialLayout.FOLDS)
    expected = [compare(values[p.a], values[p.b], TrialLayout.FOLDS) for p in family.pairs]
    assert [p.test for p in family.pairs] == expected
    assert [p.adjusted for p in family.pairs] == holm([c.p for c in expected]).tolist()
    assert family.find("sep", "gin").better == family.find("gcn", "sep").better == "sep"
    assert family.find("gin", "gcn").better is None


def test_ranks_that_remain_possible():
    family = pairwise(table({"gin": 0.70, "gcn": 0.7001, "sep": 0.75}), TrialLayout.FOLDS)
    by_name = {row.name: row for row in rank_intervals(family)}
    assert (by_name["sep"].rank, by_name["sep"].low, by_name["sep"].high) == (1, 1, 1)
    assert {(by_name[n].low, by_name[n].high) for n in ("gin", "gcn")} == {(2, 3)}
    assert cliques(family) in ((("gin", "gcn"),), (("gcn", "gin"),))


def test_lower_may_be_better():
    family = pairwise(table({"a": 0.70, "b": 0.75}), TrialLayout.FOLDS, higher_is_better=False)
    assert family.pairs[0].better == "a"
    assert [row.rank for row in rank_intervals(family)] == [1, 2]


def test_failures_rank_last_and_stay_in_the_family():
    values = table({"gin": 0.70, "sep": 0.75, "broken": 0.99, "dead": 0.1})
    values["broken"][3, 0] = None
    values["dead"][0, 0] = math.nan
    family = pairwise(values, TrialLayout.FOLDS)
    rows = {row.name: row for row in rank_intervals(family)}
    for name in ("broken", "dead"):
        assert (rows[name].rank, rows[name].low, rows[name].high) == (3, 3, 4)
    assert (rows["sep"].low, rows["sep"].high, rows["gin"].high) == (1, 1, 2)
    tested = family.find("gin", "sep")
    assert tested.adjusted == pytest.approx(min(1.0, 6 * tested.p)), "Holm over all six pairs"
    assert family.find("broken", "dead").better is None
    lost = family.find("gin", "broken")
    assert (lost.better, lost.test, lost.p, lost.adjusted) == ("gin", None, 1.0, 1.0)


def test_a_pair_without_a_test_is_not_decided():
    family = decide_pairs({"a": 0.9, "b": 0.1}, {("a", "b"): None})
    assert family.pairs == (PairDecision("a", "b", 1.0, 1.0, None, None),)


def test_equal_scores_share_a_rank():
    values = table({"a": 0.70})
    family = pairwise({"a": values["a"], "twin": dict(values["a"])}, TrialLayout.FOLDS)
    assert [(row.rank, row.low, row.high) for row in rank_intervals(family)] == [(1, 1, 2), (1, 1, 2)]


def test_cliques_need_not_be_contiguous_in_rank():
    family = decided("abcd", {("a", "b"), ("b", "c"), ("c", "d")})
    assert cliques(family) == (("a", "c"), ("a", "d"), ("b", "d"))
    assert cliques(decided("abc", set())) == (("a", "b", "c"),)
    assert cliques(decided("ab", {("a", "b")})) == ()


@given(st.integers(1, 7).flatmap(lambda k: st.tuples(st.just(k), st.sets(st.tuples(*[st.integers(0, k - 1)] * 2)))))
def test_cliques_agree_with_listing_every_group(case):
    k, edges = case
    names = [f"m{i}" for i in range(k)]
    better = {(names[i], names[j]) for i, j in edges if i < j}
    groups = [
        group
        for size in range(2, k + 1)
        for group in combinations(names, size)
        if not any(pair in better for pair in combinations(group, 2))
    ]
    largest = {g for g in groups if not any(set(g) < set(other) for other in groups)}
    assert set(cliques(decided(names, better))) == largest


@given(st.lists(st.lists(st.integers(0, 40).map(lambda i: i / 40), min_size=5, max_size=5), min_size=2, max_size=6))
def test_intervals_hold_their_rank_and_do_not_depend_on_order(rows):
    values = {f"m{i}": {(f, 0): x for f, x in enumerate(row)} for i, row in enumerate(rows)}
    found = {row.name: row for row in rank_intervals(pairwise(values, TrialLayout.FOLDS))}
    for row in found.values():
        assert 1 <= row.low <= row.rank <= row.high <= len(rows)
    turned = dict(reversed(values.items()))
    assert {row.name: row for row in rank_intervals(pairwise(turned, TrialLayout.FOLDS))} == found


def test_wilcoxon_family_orders_by_mean_rank():
    rng = np.random.default_rng(2)
    scores = rng.normal(0.7, 0.01, (12, 3)) + np.array([0.0, 0.05, 0.1])
    scores[0, 2] = np.nan
    family = pairwise_wilcoxon(scores, ["low", "middle", "high"])
    assert family.scores[2] == pytest.approx((11 * 1 + 3) / 12)
    assert [row.rank for row in rank_intervals(family)] == [3, 2, 1]
    with pytest.raises(KeyError, match="no pair of 'low' and 'none'"):
        family.find("low", "none")
