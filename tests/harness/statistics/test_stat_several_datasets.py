"""Several data sets: the published example of Demšar (2006), and independent implementations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.statistics import (
    against_control,
    bayesian_correlated_t,
    bayesian_signed_rank,
    corrected_t,
    critical_difference,
    family_false_alarm,
    friedman,
    holm,
    interquartile_mean,
    interquartile_mean_interval,
    nemenyi_q,
    pairwise_wilcoxon,
    probability_of_improvement,
    rank_rows,
    rejections,
    wilcoxon,
)

# Area under the ROC curve of C4.5 on 14 data sets: plain, tuned leaf size, tuned confidence, both tuned.
AUC = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975],
        [0.957, 0.978, 0.946, 0.970],
    ]
)
PAIRS = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
FOLDS_A = np.array([0.82, 0.79, 0.85, 0.80, 0.77, 0.84, 0.81, 0.83, 0.78, 0.86])
FOLDS_B = np.array([0.80, 0.78, 0.82, 0.79, 0.78, 0.81, 0.80, 0.80, 0.77, 0.83])


def test_wilcoxon_as_published():
    result = wilcoxon(AUC[:, 1], AUC[:, 0], distribution="normal")
    assert (result.r_plus, result.r_minus) == (93, 12)
    assert abs(result.z) == pytest.approx(2.542448, abs=5e-7)
    assert result.p == pytest.approx(0.011008, abs=5e-7)
    corrected = wilcoxon(AUC[:, 1], AUC[:, 0], distribution="normal, tie-corrected")
    assert corrected.p == pytest.approx(0.010968, abs=5e-7)


def test_rounding_before_ranking_keeps_ties():
    """Unrounded, 0.3 − 0.2 and 0.4 − 0.3 would be ranked by noise."""
    a, b = np.array([0.3, 0.3, 0.9]), np.array([0.2, 0.4, 0.1])
    assert len(set(np.abs(a - b).tolist())) == 3
    assert wilcoxon(a, b).r_plus == 1.5 + 3


small = st.lists(st.integers(-6, 6), min_size=1, max_size=9)


@given(small)
def test_exact_wilcoxon_agrees_with_every_flip_of_signs(d):
    values = np.array(d, dtype=float)
    ranks = stats.rankdata(np.abs(values)) * (values != 0)
    signs = np.array(np.meshgrid(*[[0, 1]] * len(d))).reshape(len(d), -1)
    sums, observed = ranks @ signs, ranks[values > 0].sum()
    expected = min(1.0, 2 * min(np.mean(sums <= observed), np.mean(sums >= observed)))
    assert wilcoxon(values, np.zeros(len(d))).p == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.integers(-20, 20), min_size=10, max_size=30))
def test_tie_corrected_wilcoxon_agrees_with_scipy(d):
    values = np.array(d, dtype=float)
    if not values.any():
        return
    theirs = stats.wilcoxon(values, zero_method="zsplit", correction=False, method="approx")
    ours = wilcoxon(values, 0 * values, distribution="normal, tie-corrected")
    assert min(ours.r_plus, ours.r_minus) == theirs.statistic
    assert ours.p == pytest.approx(theirs.pvalue, rel=1e-9)


def test_wilcoxon_counts_a_failure_as_the_worst_outcome():
    a, b = [0.9, 0.8, math.nan, math.nan], [0.8, 0.9, 0.1, math.nan]
    result = wilcoxon(a, b)
    # |d| = 0 (both failed), .1, .1, ∞: ranks 1, 2.5, 2.5, 4; the zero's rank is split
    assert (result.r_plus, result.r_minus) == (2.5 + 0.5, 2.5 + 4 + 0.5)
    assert wilcoxon(a, b, higher_is_better=False).r_minus == 2.5 + 4 + 0.5


def test_friedman_and_iman_davenport():
    result = friedman(rank_rows(AUC))
    assert result.mean_ranks == pytest.approx((3.142857, 2.000000, 2.892857, 1.964286), abs=5e-7)
    assert result.chi2 == pytest.approx(9.278571, abs=5e-7)
    assert result.p_chi2 == pytest.approx(0.025808, abs=1e-6)
    assert (result.f, result.df1, result.df2) == (pytest.approx(3.686313, abs=5e-7), 3, 39)
    assert result.p == pytest.approx(0.019823, abs=5e-7)
    assert stats.f.ppf(0.95, result.df1, result.df2) == pytest.approx(2.845, abs=5e-4)
    tied = friedman(rank_rows(AUC), correct_ties=True)
    assert (tied.chi2, tied.p_chi2) == pytest.approx((10.228346, 0.016722), abs=5e-7)


@given(st.integers(0, 10_000))
def test_friedman_agrees_with_scipy(seed):
    scores = np.random.default_rng(seed).integers(0, 5, (6, 4)).astype(float)
    if (np.ptp(scores, axis=1) == 0).all():
        return
    theirs = stats.friedmanchisquare(*scores.T)
    ours = friedman(rank_rows(scores), correct_ties=True)
    assert (ours.chi2, ours.p_chi2) == pytest.approx((theirs.statistic, theirs.pvalue))


def test_perfect_agreement_has_the_exact_probability():
    result = friedman(rank_rows(np.tile([3.0, 2.0, 1.0], (5, 1))))
    assert math.isinf(result.f)
    assert result.p == pytest.approx(6.0**-4)


def test_nemenyi_critical_values():
    by_alpha = {
        0.05: [1.960, 2.344, 2.569, 2.728, 2.850, 2.948, 3.031, 3.102, 3.164],
        0.10: [1.645, 2.052, 2.291, 2.460, 2.589, 2.693, 2.780, 2.855, 2.920],
    }
    for alpha, expected in by_alpha.items():
        assert [round(nemenyi_q(k, alpha=alpha), 3) for k in range(2, 11)] == expected
    for k in (2, 5, 15):
        reference = stats.studentized_range.ppf(0.95, k, np.inf) / math.sqrt(2)
        assert nemenyi_q(k) == pytest.approx(reference, rel=1e-6)
    assert critical_difference(4, 14) == pytest.approx(1.253559, abs=5e-7)
    assert critical_difference(4, 14, alpha=0.10) == pytest.approx(1.118060, abs=5e-7)


def test_all_against_the_control():
    rows = against_control(friedman(rank_rows(AUC)).mean_ranks, len(AUC))
    assert [row.contender for row in rows] == [1, 2, 3]
    assert [row.z for row in rows] == pytest.approx([2.34216, 0.51235, 2.41535], abs=6e-6)
    assert [row.p for row in rows] == pytest.approx([0.019172, 0.608408, 0.015720], abs=6e-7)
    assert [row.adjusted for row in rows] == pytest.approx([0.047160, 0.608408, 0.047160], abs=6e-7)
    standard_error = (rows[0].z and (3.142857142857143 - 2.0) / rows[0].z, 0.487950)
    assert standard_error[0] == pytest.approx(standard_error[1], abs=5e-7)


def test_no_pair_survives_holm_though_friedman_rejects():
    raw = [wilcoxon(AUC[:, i], AUC[:, j], distribution="normal, tie-corrected").p for i, j in PAIRS]
    assert raw == pytest.approx([0.01097, 0.85058, 0.01433, 0.05142, 0.43206, 0.03542], abs=6e-6)
    assert holm(raw) == pytest.approx([0.06581, 0.86412, 0.07165, 0.15425, 0.86412, 0.14168], abs=6e-6)
    assert rejections(raw) == 0


def test_one_pair_survives_with_exact_p_values():
    """The exact distribution is sharper here than the approximation: 0.0078 against 0.0110 for the first pair."""
    family = pairwise_wilcoxon(AUC, ["C4.5", "+m", "+cf", "+m+cf"])
    decided = {(pair.a, pair.b): pair.better for pair in family.pairs if pair.better}
    assert family.find("+m", "C4.5").p == pytest.approx(0.0078125)
    assert decided == {("C4.5", "+m"): "+m"}


@pytest.mark.parametrize(
    ("rope", "expected"), [(0.01, (0, 0.326, 0.674)), (0.005, (0, 0.050, 0.950)), (0.0, (0.001, 0, 0.999))]
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_bayesian_signed_rank(rope, expected, seed):
    result = bayesian_signed_rank(AUC[:, 1] - AUC[:, 0], rope, np.random.default_rng(seed))
    got = (result.b_better, result.equal, result.a_better)
    tolerance = 4 * math.sqrt(0.25 / 50_000)  # the anchors carry a Monte-Carlo error of their own
    assert got == pytest.approx(expected, abs=tolerance)
    assert sum(got) == pytest.approx(1.0)


def test_bayesian_signed_rank_is_symmetric():
    d = AUC[:, 1] - AUC[:, 0]
    forth, back = (bayesian_signed_rank(s * d, 0.005, np.random.default_rng(3)) for s in (1, -1))
    assert (forth.b_better, forth.equal, forth.a_better) == (back.a_better, back.equal, back.b_better)


def test_bayesian_correlated_t():
    d = FOLDS_A - FOLDS_B
    result = bayesian_correlated_t(d, 0.01)
    expected = (0.000868, 0.141173, 0.857958)
    assert (result.b_better, result.equal, result.a_better) == pytest.approx(expected, abs=6e-7)
    assert bayesian_correlated_t(d).a_better == pytest.approx(0.989058, abs=5e-7)
    assert bayesian_correlated_t(d).a_better == pytest.approx(1 - corrected_t(d).p / 2)


RUNS_A = np.array(
    [[62, 71, 55, 80], [65, 69, 58, 82], [60, 72, 57, 79], [66, 70, 52, 81], [63, 74, 56, 83]], dtype=float
)
RUNS_B = np.array(
    [[60, 72, 51, 80.5], [64, 68, 55, 83.5], [57, 72, 55, 79.5], [64, 71, 49, 80.5], [61, 73, 53, 83.5]]
)


def test_interquartile_mean_of_runs_and_tasks():
    assert interquartile_mean(RUNS_A / 100) == pytest.approx(0.672)
    interval = interquartile_mean_interval(RUNS_A / 100, np.random.default_rng(0))
    assert (round(interval.low, 3), round(interval.high, 3)) == (0.660, 0.684)
    assert (RUNS_A / 100).mean() == pytest.approx(0.6775)
    assert interval.over == "5 runs of 4 tasks"


@given(st.lists(st.integers(0, 99).map(float), min_size=1, max_size=25))
def test_interquartile_mean_agrees_with_scipy(scores):
    assert interquartile_mean(scores) == pytest.approx(stats.trim_mean(scores, 0.25))


def test_probability_of_improvement():
    by_task = [
        np.mean([(x > y) + (x == y) / 2 for x in a for y in b]) for a, b in zip(RUNS_A.T, RUNS_B.T, strict=True)
    ]
    assert by_task == pytest.approx([0.70, 0.46, 0.84, 0.40])
    assert probability_of_improvement(RUNS_A / 100, RUNS_B / 100) == pytest.approx(0.60)
    assert probability_of_improvement(RUNS_B, RUNS_A) == pytest.approx(0.40)


def test_holm_by_hand():
    assert holm([0.012, 0.04, 0.03, 0.005]) == pytest.approx([0.036, 0.06, 0.06, 0.02])
    assert rejections([0.012, 0.04, 0.03, 0.005]) == 2
    assert len(holm([])) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_holm_is_monotone_and_does_not_depend_on_order(p, random):
    adjusted = holm(p)
    assert (adjusted >= np.array(p)).all()
    assert (adjusted <= np.minimum(1.0, len(p) * np.array(p)) + 1e-12).all(), "never worse than Bonferroni"
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
    order = random.sample(range(len(p)), len(p))
    assert (holm([p[i] for i in order]) == adjusted[order]).all()


def test_false_alarms_of_a_family():
    assert round(family_false_alarm(0.05, 30), 2) == 0.79
    assert round(family_false_alarm(0.002, 30), 3) == 0.058
    assert family_false_alarm(0.05, 0) == 0.0


def test_ranks_with_ties_and_failures():
    ranks = rank_rows([[0.9, 0.8, 0.8, math.nan], [None, 0.5, None, 0.7]])
    assert ranks.tolist() == [[1, 2.5, 2.5, 4], [3.5, 2, 3.5, 1]]
    lower = rank_rows([[0.1, 0.3, 0.2, math.nan]], higher_is_better=False)
    assert lower.tolist() == [[1, 3, 2, 4]]
    assert rank_rows([[0.1 + 0.2, 0.3]]).tolist() == [[1.5, 1.5]]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: holm([0.1, math.nan]), r"within \[0, 1\], got nan"),
        (lambda: holm([[0.1]]), "one-dimensional"),
        (lambda: wilcoxon([0.1], [0.1, 0.2]), "equally long"),
        (lambda: wilcoxon([0.1], [math.inf]), "got an infinite one"),
        (lambda: wilcoxon([0.1], [0.2], distribution="guess"), "distribution must be 'exact'"),
        (lambda: rank_rows([0.1, 0.2]), "shape"),
        (lambda: friedman(AUC), "were scores passed"),
        (lambda: friedman([[1, 2]]), "data sets >= 2"),
        (lambda: nemenyi_q(1), "k must be at least 2"),
        (lambda: critical_difference(3, 0), "n must be at least 1"),
        (lambda: against_control([1.5, 1.5], 4, control=2), "a control among them"),
        (lambda: bayesian_signed_rank([0.1], -1, np.random.default_rng(0)), "rope must be"),
        (lambda: bayesian_correlated_t([0.1]), "at least 2 values"),
        (lambda: interquartile_mean_interval([[0.1, 0.2]], np.random.default_rng(0)), "runs >= 2"),
        (lambda: probability_of_improvement([[1, 2]], [[1, 2, 3]]), "same tasks"),
        (lambda: pairwise_wilcoxon(AUC, ["a", "b"]), "names must be 4 different ones"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
