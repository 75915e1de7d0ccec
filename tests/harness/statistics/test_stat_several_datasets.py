"""Several data sets: the published example of Demšar (2006), and independent implementations."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.statistics import friedman, holm, pairwise_wilcoxon, rank_rows
from harness.statistics.ranks import wilcoxon

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


def test_wilcoxon_as_published():
    result = wilcoxon(AUC[:, 1], AUC[:, 0])
    assert (result.r_plus, result.r_minus) == (93, 12)


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


def test_wilcoxon_counts_a_failure_as_the_worst_outcome():
    a, b = [0.9, 0.8, math.nan, math.nan], [0.8, 0.9, 0.1, math.nan]
    result = wilcoxon(a, b)
    # |d| = 0 (both failed), .1, .1, ∞: ranks 1, 2.5, 2.5, 4; the zero's rank is split
    assert (result.r_plus, result.r_minus) == (2.5 + 0.5, 2.5 + 4 + 0.5)


def test_friedman_and_iman_davenport():
    ranks = rank_rows(AUC)
    assert ranks.mean(axis=0) == pytest.approx((3.142857, 2.000000, 2.892857, 1.964286), abs=5e-7)
    result = friedman(ranks)
    assert (result.f, result.df1, result.df2) == (pytest.approx(3.686313, abs=5e-7), 3, 39)
    assert result.p == pytest.approx(0.019823, abs=5e-7)
    assert stats.f.ppf(0.95, result.df1, result.df2) == pytest.approx(2.845, abs=5e-4)


@given(st.integers(0, 10_000))
def test_friedman_without_ties_agrees_with_scipy(seed):
    scores = np.random.default_rng(seed).random((6, 4))
    chi2 = stats.friedmanchisquare(*scores.T).statistic
    expected = 5 * chi2 / (6 * 3 - chi2)
    ours = friedman(rank_rows(scores))
    assert (ours.f, ours.p) == pytest.approx((expected, stats.f.sf(expected, 3, 15)))


def test_perfect_agreement_has_the_exact_probability():
    result = friedman(rank_rows(np.tile([3.0, 2.0, 1.0], (5, 1))))
    assert math.isinf(result.f)
    assert result.p == pytest.approx(6.0**-4)


def test_no_pair_survives_holm_though_friedman_rejects():
    """p values of all pairs of `AUC` by the normal approximation with correction for ties."""
    raw = [0.010968, 0.850580, 0.014330, 0.051417, 0.432060, 0.035420]
    assert holm(raw) == pytest.approx([0.06581, 0.86412, 0.07165, 0.15425, 0.86412, 0.14168], abs=2e-5)
    assert holm(raw).min() > 0.05


def test_one_pair_survives_with_exact_p_values():
    """The exact distribution is sharper here than the approximation: 0.0078 against 0.0110 for the first pair."""
    family = pairwise_wilcoxon(AUC, ["C4.5", "+m", "+cf", "+m+cf"])
    decided = {(pair.a, pair.b): pair.better for pair in family.pairs if pair.better}
    assert family.find("+m", "C4.5").p == pytest.approx(0.0078125)
    assert decided == {("C4.5", "+m"): "+m"}


def test_holm_by_hand():
    assert holm([0.012, 0.04, 0.03, 0.005]) == pytest.approx([0.036, 0.06, 0.06, 0.02])
    assert len(holm([])) == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_holm_is_monotone_and_does_not_depend_on_order(p, random):
    adjusted = holm(p)
    assert (adjusted >= np.array(p)).all()
    assert (adjusted <= np.minimum(1.0, len(p) * np.array(p)) + 1e-12).all(), "never worse than Bonferroni"
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
    order = random.sample(range(len(p)), len(p))
    assert (holm([p[i] for i in order]) == adjusted[order]).all()


def test_ranks_with_ties_and_failures():
    ranks = rank_rows([[0.9, 0.8, 0.8, math.nan], [None, 0.5, None, 0.7]])
    assert ranks.tolist() == [[1, 2.5, 2.5, 4], [3.5, 2, 3.5, 1]]
    assert rank_rows([[0.1 + 0.2, 0.3]]).tolist() == [[1.5, 1.5]]
    scores = np.random.default_rng(0).integers(0, 5, (20, 6))
    assert (rank_rows(scores) == stats.rankdata(-scores, axis=1)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: holm([0.1, math.nan]), r"within \[0, 1\], got nan"),
        (lambda: holm([[0.1]]), "one-dimensional"),
        (lambda: wilcoxon([0.1], [0.1, 0.2]), "equally long"),
        (lambda: wilcoxon([0.1], [math.inf]), "got an infinite one"),
        (lambda: rank_rows([0.1, 0.2]), "shape"),
        (lambda: friedman(AUC), "were scores passed"),
        (lambda: friedman([[1, 2]]), "data sets >= 2"),
        (lambda: pairwise_wilcoxon(AUC, ["a", "b"]), "names must be 4 different ones"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
