"""Values by (fold, seed): the unit that each layout tests over, failures, missing trials."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.errors import CouldNotMeasure
from harness.statistics import (
    TrialLayout,
    common_units,
    compare,
    corrected_t,
    deviations,
    paired_t,
    summary,
    t_interval,
)

GAINS = np.array(
    [
        [0.0101, 0.0103, 0.0077, 0.0123, -0.0035, 0.0130, 0.0283, 0.0243, 0.0039, -0.0007],
        [0.0131, 0.0182, 0.0176, 0.0157, 0.0094, 0.0180, 0.0271, 0.0207, -0.0013, -0.0057],
        [0.0078, 0.0088, 0.0207, 0.0168, 0.0053, 0.0196, 0.0276, 0.0254, 0.0061, 0.0020],
    ]
)  # (seeds, folds)


def by_unit(table):
    """Return values of shape (seeds, folds) as a mapping from (fold, seed)."""
    return {(f, s): float(x) for s, row in enumerate(np.atleast_2d(table)) for f, x in enumerate(row)}


def on_one_split(values):
    return {(0, s): float(x) for s, x in enumerate(values)}


def test_seeds_are_averaged_within_folds_before_the_test():
    base = 0.7 + 0.01 * np.arange(10)
    result = compare(by_unit(base + GAINS), by_unit(np.tile(base, (3, 1))), TrialLayout.FOLDS)
    assert result.difference == pytest.approx(0.012620)
    assert result.difference / result.error == pytest.approx(3.004905, abs=5e-7)
    assert result.p == pytest.approx(0.014838, abs=5e-7)
    assert (result.n, result.unit, result.interval.over) == (10, "fold", "10 folds (3 seeds averaged in each)")
    assert GAINS.mean(axis=0).std(ddof=1) == pytest.approx(0.00914057, abs=1e-8)


def test_thirty_differences_taken_as_units():
    """Seeds counted as data: naive, and with the correction for re-shuffled repeats."""
    naive = paired_t(GAINS.ravel())
    assert naive.difference / naive.error == pytest.approx(7.29, abs=5e-3)
    assert naive.p == pytest.approx(5.0e-8, abs=5e-10)
    repeated = corrected_t(GAINS.ravel(), test_train_ratio=1 / 9)
    assert repeated.difference / repeated.error == pytest.approx(3.5022, abs=5e-5)
    assert repeated.p == pytest.approx(0.001516, abs=5e-7)
    assert (repeated.interval.low, repeated.interval.high) == pytest.approx((0.005250, 0.019990), abs=5e-7)


def test_each_layout_applies_its_test():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.8, 0.02, 8), rng.normal(0.78, 0.02, 8)
    paired = compare(on_one_split(a), on_one_split(b), TrialLayout.SEEDS_FIXED_SPLIT)
    assert paired.p == pytest.approx(paired_t(a - b).p)
    assert (paired.unit, paired.over) == ("seed", "8 paired seeds")
    folds = compare(by_unit(a), by_unit(b), TrialLayout.FOLDS, test_train_ratio=0.25)
    assert folds.p == pytest.approx(corrected_t(a - b, test_train_ratio=0.25).p)


def test_replications_are_independent_once_seeds_are_averaged():
    result = compare(by_unit(0.7 + GAINS), by_unit(np.full_like(GAINS, 0.7)), TrialLayout.REPLICATIONS)
    plain = stats.ttest_1samp(GAINS.mean(axis=0), 0.0)
    assert (result.difference / result.error, result.p) == pytest.approx((plain.statistic, plain.pvalue))
    assert (result.n, result.unit, result.interval.over) == (10, "replication", "10 paired replications")
    own = summary(by_unit(GAINS), TrialLayout.REPLICATIONS)
    low, high = plain.confidence_interval(0.95)
    assert (own.low, own.high) == pytest.approx((low, high))
    assert (own.method, own.over) == ("t interval", "10 replications (3 seeds averaged in each)")


def test_a_part_of_the_folds_takes_the_declared_ratio():
    a, b = by_unit(GAINS[:, :3]), by_unit(0 * GAINS[:, :3])
    cautious, informed = compare(a, b, TrialLayout.FOLDS), compare(a, b, TrialLayout.FOLDS, test_train_ratio=1 / 9)
    assert cautious.error**2 / informed.error**2 == pytest.approx((1 / 3 + 1 / 2) / (1 / 3 + 1 / 9))


def test_summary_over_folds_matches_the_test_of_differences():
    values = by_unit(GAINS)
    interval = summary(values, TrialLayout.FOLDS)
    tested = compare(values, by_unit(0 * GAINS), TrialLayout.FOLDS).interval
    assert (interval.estimate, interval.low, interval.high) == pytest.approx(
        (tested.estimate, tested.low, tested.high), abs=1e-12
    )
    assert (interval.method, interval.over) == ("Nadeau–Bengio t interval", "10 folds (3 seeds averaged in each)")


def test_summary_over_seeds_is_the_plain_interval():
    values = [0.742, 0.751, 0.739]
    ours, plain = summary(on_one_split(values), TrialLayout.SEEDS_FIXED_SPLIT), t_interval(values)
    assert (ours.estimate, ours.low, ours.high) == (plain.estimate, plain.low, plain.high)
    assert ours.over == "3 seeds"


def test_deviations_separate_folds_from_seeds():
    expected = (GAINS.mean(axis=0).std(ddof=1), GAINS.mean(axis=1).std(ddof=1))
    assert deviations(by_unit(GAINS), TrialLayout.FOLDS) == pytest.approx(expected)
    assert deviations({(0, 0): 0.5}, TrialLayout.FOLDS) == pytest.approx((math.nan, math.nan), nan_ok=True)


@pytest.mark.parametrize("lost", [None, math.nan, math.inf, -math.inf])
def test_a_failure_is_an_outcome_and_not_averaged_away(lost):
    values = by_unit(GAINS) | {(3, 1): lost, (7, 2): lost}
    interval = summary(values, TrialLayout.FOLDS)
    found = (interval.estimate, interval.low, interval.high, *deviations(values, TrialLayout.FOLDS))
    assert all(math.isnan(x) for x in found)
    with pytest.raises(CouldNotMeasure, match=r"A failed in 2 trials \(fold 3 seed 1, fold 7 seed 2\)"):
        compare(values, by_unit(GAINS), TrialLayout.FOLDS)
    with pytest.raises(CouldNotMeasure, match="B failed in 2 trials"):
        compare(by_unit(GAINS), values, TrialLayout.FOLDS)


def test_common_units_drop_seeds_before_folds():
    a, b = by_unit(GAINS), by_unit(0 * GAINS)
    kept, other = common_units(a | {(3, 1): None}, b)
    assert set(kept) == set(other) == {(f, s) for f in range(10) for s in (0, 2)}
    assert kept == {unit: a[unit] for unit in kept}
    everywhere = dict.fromkeys(((0, 0), (1, 1), (1, 2)))
    kept, _ = common_units(a | everywhere, b)
    assert set(kept) == {(f, s) for f in range(2, 10) for s in range(3)}
    with pytest.raises(CouldNotMeasure, match="no seed, and no fold"):
        common_units({(0, 0): None}, {(0, 0): 0.5})


def test_missing_trials_are_named():
    full = by_unit(GAINS)
    hole = {unit: v for unit, v in full.items() if unit not in {(2, 1), (4, 0)}}
    with pytest.raises(CouldNotMeasure, match=r"A lacks fold 2 seed 1, fold 4 seed 0$"):
        compare(hole, full, TrialLayout.FOLDS)
    with pytest.raises(CouldNotMeasure, match="B lacks fold 9 seed 0, fold 9 seed 1, fold 9 seed 2"):
        compare(full, {u: v for u, v in full.items() if u[0] != 9}, TrialLayout.FOLDS)
    other_seeds = {(fold, seed + 9): v for (fold, seed), v in full.items()}
    with pytest.raises(CouldNotMeasure, match=r"A lacks fold 0 seed 9,.* and 24 more; B lacks fold 0 seed 0,"):
        compare(full, other_seeds, TrialLayout.FOLDS)
    with pytest.raises(CouldNotMeasure, match="values holds no trials"):
        summary({}, TrialLayout.FOLDS)


def test_layouts_that_do_not_fit():
    with pytest.raises(ValueError, match="'seeds on a fixed split' has one split, but values holds folds 0 to 9"):
        summary(by_unit(GAINS), TrialLayout.SEEDS_FIXED_SPLIT)


@pytest.mark.parametrize("layout", [TrialLayout.FOLDS, TrialLayout.REPLICATIONS, TrialLayout.SEEDS_FIXED_SPLIT])
def test_one_trial_has_no_interval_and_decides_nothing(layout):
    interval = summary({(0, 0): 0.8125}, layout)
    assert (interval.estimate, interval.low, interval.high) == (0.8125, -math.inf, math.inf)
    assert not interval.known
    assert compare({(0, 0): 0.9}, {(0, 0): 0.1}, layout).p == 1.0


def test_equal_scores_up_to_rounding_do_not_differ():
    a = by_unit([[0.1 + 0.2, 0.7, 0.8]])
    b = by_unit([[0.3, 0.7, 0.8]])
    result = compare(a, b, TrialLayout.FOLDS)
    assert (result.difference, result.error, result.p) == (0.0, 0.0, 1.0)


tables = st.integers(1, 3).flatmap(
    lambda seeds: st.integers(2, 6).flatmap(
        lambda folds: st.lists(
            st.lists(st.integers(0, 200).map(lambda i: i / 200), min_size=2 * folds, max_size=2 * folds),
            min_size=seeds,
            max_size=seeds,
        )
    )
)


@given(tables, st.sampled_from([TrialLayout.FOLDS, TrialLayout.REPLICATIONS]))
def test_compare_is_antisymmetric(table, layout):
    both = np.array(table)
    a, b = by_unit(both[:, ::2]), by_unit(both[:, 1::2])
    forth, back = compare(a, b, layout), compare(b, a, layout)
    assert forth.difference == -back.difference
    assert forth.p == back.p
    assert (forth.interval.low, forth.interval.high) == (-back.interval.high, -back.interval.low)
    assert forth.p_greater(0.01) == back.p_less(-0.01)


@given(tables, st.randoms(use_true_random=False))
def test_the_order_and_numbering_of_units_do_not_matter(table, random):
    both = np.array(table)
    a, b = by_unit(both[:, ::2]), by_unit(both[:, 1::2])
    folds = sorted({f for f, _ in a})
    renamed = dict(zip(folds, random.sample(range(100), len(folds)), strict=True))
    moved = [{(renamed[f], s): v for (f, s), v in reversed(x.items())} for x in (a, b)]
    before, after = compare(a, b, TrialLayout.FOLDS), compare(*moved, TrialLayout.FOLDS)
    assert after.difference == pytest.approx(before.difference, abs=1e-12)
    assert after.p == pytest.approx(before.p, rel=1e-6)
