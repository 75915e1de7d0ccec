"""Pairwise decisions, rank intervals and cliques of one table."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import CouldNotMeasure
from harness.statistics import (
    Family,
    Layout,
    Pair,
    cliques,
    compare,
    holm,
    pairwise,
    pairwise_wilcoxon,
    rank_intervals,
)

NOISE = np.random.default_rng(5).normal(0.0, 0.004, (4, 10))


def table(means):
    return {
        name: {(fold, 0): mean + float(NOISE[i % 4, fold]) for fold in range(10)}
        for i, (name, mean) in enumerate(means.items())
    }


def decided(names, better, scores=None):
    """Return a family whose decisions are given as (better, worse) pairs."""
    pairs = tuple(
        Pair(a, b, 0.5, 0.5, a if (a, b) in better else b if (b, a) in better else None, None)
        for a, b in combinations(names, 2)
    )
    scores = scores or tuple(float(-i) for i in range(len(names)))
    return Family(tuple(names), tuple(scores), True, 0.05, pairs)


def test_pairs_are_those_of_compare_with_holm():
    values = table({"gin": 0.70, "gcn": 0.701, "sep": 0.75})
    family = pairwise(values, Layout.FOLDS)
    expected = [compare(values[p.a], values[p.b], Layout.FOLDS) for p in family.pairs]
    assert [p.test for p in family.pairs] == expected
    assert [p.adjusted for p in family.pairs] == holm([c.p for c in expected]).tolist()
    assert family.find("sep", "gin").better == family.find("gcn", "sep").better == "sep"
    assert family.find("gin", "gcn").better is None
    assert "sep is better" in str(family.find("gin", "sep"))


def test_ranks_that_remain_possible():
    family = pairwise(table({"gin": 0.70, "gcn": 0.7001, "sep": 0.75}), Layout.FOLDS)
    by_name = {row.name: row for row in rank_intervals(family)}
    assert (by_name["sep"].rank, by_name["sep"].low, by_name["sep"].high) == (1, 1, 1)
    assert {(by_name[n].low, by_name[n].high) for n in ("gin", "gcn")} == {(2, 3)}
    assert str(by_name["sep"]) == "1"
    assert cliques(family) in ((("gin", "gcn"),), (("gcn", "gin"),))


def test_lower_may_be_better():
    family = pairwise(table({"a": 0.70, "b": 0.75}), Layout.FOLDS, higher_is_better=False)
    assert family.pairs[0].better == "a"
    assert [row.rank for row in rank_intervals(family)] == [1, 2]


def test_failures_rank_last_and_stay_in_the_family():
    values = table({"gin": 0.70, "sep": 0.75, "broken": 0.99, "dead": 0.1})
    values["broken"][3, 0] = None
    values["dead"][0, 0] = math.nan
    family = pairwise(values, Layout.FOLDS)
    rows = {row.name: row for row in rank_intervals(family)}
    assert str(rows["broken"]) == str(rows["dead"]) == "=3 (3–4)"
    assert rows["broken"].failed
    assert (rows["sep"].low, rows["sep"].high, rows["gin"].high) == (1, 1, 2)
    tested = family.find("gin", "sep")
    assert tested.adjusted == pytest.approx(min(1.0, 6 * tested.p)), "Holm over all six pairs"
    assert family.find("broken", "dead").better is None
    assert str(family.find("gin", "broken")) == "gin against broken: gin is better (broken failed)"


def test_equal_scores_share_a_rank():
    values = table({"a": 0.70})
    family = pairwise({"a": values["a"], "twin": dict(values["a"])}, Layout.FOLDS)
    assert [str(row) for row in rank_intervals(family)] == ["=1 (1–2)", "=1 (1–2)"]


def test_missing_trials_name_the_contenders():
    values = table({"a": 0.70, "b": 0.71})
    del values["b"][9, 0]
    with pytest.raises(CouldNotMeasure, match=r"A = 'a', B = 'b': .*B lacks fold 9 seed 0"):
        pairwise(values, Layout.FOLDS)


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
    found = {row.name: row for row in rank_intervals(pairwise(values, Layout.FOLDS))}
    for row in found.values():
        assert 1 <= row.low <= row.rank <= row.high <= len(rows)
    turned = dict(reversed(values.items()))
    assert {row.name: row for row in rank_intervals(pairwise(turned, Layout.FOLDS))} == found


def test_wilcoxon_family_orders_by_mean_rank():
    rng = np.random.default_rng(2)
    scores = rng.normal(0.7, 0.01, (12, 3)) + np.array([0.0, 0.05, 0.1])
    scores[0, 2] = np.nan
    family = pairwise_wilcoxon(scores, ["low", "middle", "high"])
    assert family.scores[2] == pytest.approx((11 * 1 + 3) / 12)
    assert [row.rank for row in rank_intervals(family)] == [3, 2, 1]
    with pytest.raises(KeyError, match="no pair of 'low' and 'none'"):
        family.find("low", "none")
