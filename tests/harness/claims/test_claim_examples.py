"""Verdicts against worked examples, whose figures were computed independently."""

import math

import pytest

from harness.claims import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_SEEN,
    REPRODUCED,
    Claim,
    Control,
    MeanDifference,
    MeanLevel,
    Reported,
)
from tests.harness.claims.conftest import IN_RANGE, A, B, Judge
from tests.harness.leaderboard.synthetic import folds_of, make_record, seeds_of

PAIR = (MeanDifference("cora", "sep-n", "gcn"),)


def superiority(name="better", size=0.0, **more):
    return Claim(name, "A beats B", "superiority", PAIR, "as the example", 10, size=size, **more)


def example_b(profile="paper"):
    return seeds_of("cora", "sep-n", A, profile=profile), seeds_of("cora", "gcn", B, profile=profile)


def test_the_sentence(judge: Judge):
    claims = [superiority(reported=Reported(0.9, 0.3, 10, "verified")), superiority("by-half", 0.5)]
    first, _ = judge(claims, *example_b())
    assert first.sentence == (
        "reproduced — A − B = +0.74 points (90 % interval 0.54…0.94, n = 10 paired seeds, sign-flip p = 0.002, "
        "Holm 0.004); paper: +0.9 ± 0.3 (n = 10); margin 0."
    )
    assert first.interval is not None
    assert (first.interval.low, first.interval.high) == pytest.approx((0.005445, 0.009355), abs=5e-7)
    assert first.p == pytest.approx(3.39e-5, rel=1e-3)
    assert first.exact_p == pytest.approx(2 / 1024)
    assert first.needs is None


@pytest.mark.parametrize(
    ("size", "word", "p"),
    [(0.0, REPRODUCED, 3.39e-5), (0.5, REPRODUCED, 0.02550), (1.0, NOT_REPRODUCED, 0.018759)],
)
def test_superiority_by_a_size(judge: Judge, size: float, word: str, p: float):
    (verdict,) = judge([superiority(size=size, controls=(IN_RANGE,))], *example_b())
    assert verdict.word == word
    assert verdict.p == pytest.approx(p, rel=1e-3)
    assert verdict.estimate == pytest.approx(0.0074)
    assert verdict.p_adjusted == verdict.p, "a family of one"


def test_replications_are_tested_as_independent_seeds_are(judge: Judge):
    """The same ten pairs: folds would get a wider interval, for overlapping training parts."""
    pair = (MeanDifference("attacks-digits", "sbsc", "undefended"),)
    claim = Claim("better", "A beats B", "superiority", pair, "as the example", 10)
    records = [folds_of("attacks-digits", *side, profile="paper") for side in (("sbsc", A), ("undefended", B))]
    (verdict,) = judge([claim], *records)
    assert "n = 10 paired replications" in verdict.sentence
    assert verdict.interval is not None
    assert (verdict.interval.low, verdict.interval.high) == pytest.approx((0.005445, 0.009355), abs=5e-7)
    assert verdict.p == pytest.approx(3.39e-5, rel=1e-3)


def test_only_the_paper_profile_refutes(judge: Judge):
    (verdict,) = judge([superiority(size=1.0, controls=(IN_RANGE,))], *example_b("standard"), profile="standard")
    assert verdict.word == NOT_SEEN
    assert verdict.sentence.startswith("not seen at this scale — A − B = +0.74 points")
    assert "control gcn on cora: 73.82 % (" in verdict.sentence


@pytest.mark.parametrize(
    ("controls", "why"),
    [
        ((), "no positive control is declared"),
        ((Control("cora", "gat", 80.0, 84.0, "elsewhere"),), "its positive control has not been run (gat)"),
        (
            (Control("cora", "gcn", 80.0, 82.0, "elsewhere"),),
            "its positive control is outside its range, so the pipeline is suspect",
        ),
        ((IN_RANGE, Control("cora", "sep-n", 80.0, 82.0, "elsewhere")), "the pipeline is suspect: sep-n on cora"),
    ],
)
def test_a_refutation_needs_a_positive_control(judge: Judge, controls: tuple[Control, ...], why: str):
    (verdict,) = judge([superiority(size=1.0, controls=controls)], *example_b())
    assert verdict.word == INCONCLUSIVE
    assert why in verdict.why
    assert verdict.needs is None, "more runs would not help"


@pytest.mark.parametrize(("margin", "word", "p"), [(0.5, REPRODUCED, 2.38e-6), (0.1, INCONCLUSIVE, 0.1196)])
def test_equivalence(judge: Judge, margin: float, word: str, p: float):
    d = (0.001, 0.002, -0.002, 0.001, 0.002, -0.001, -0.001, 0.002, -0.001, 0.001)
    claim = Claim("equal", "same", "equal", PAIR, "as the example", 10, margin=margin)
    (verdict,) = judge(
        [claim], seeds_of("cora", "sep-n", [0.8 + x for x in d], profile="paper"),
        seeds_of("cora", "gcn", [0.8] * 10, profile="paper"),
    )  # fmt: skip
    assert verdict.word == word
    assert verdict.p == pytest.approx(p, rel=3e-3)
    assert verdict.interval is not None
    assert (verdict.interval.low, verdict.interval.high) == pytest.approx((-0.000473, 0.001273), abs=5e-7)
    assert f"margin ±{margin:g} points" in verdict.sentence


GAINS = (
    (0.0101, 0.0103, 0.0077, 0.0123, -0.0035, 0.0130, 0.0283, 0.0243, 0.0039, -0.0007),
    (0.0131, 0.0182, 0.0176, 0.0157, 0.0094, 0.0180, 0.0271, 0.0207, -0.0013, -0.0057),
    (0.0078, 0.0088, 0.0207, 0.0168, 0.0053, 0.0196, 0.0276, 0.0254, 0.0061, 0.0020),
)


def test_folds_average_their_seeds_and_get_the_corrected_t(judge: Judge):
    """3 seeds × 10 folds: t = 3.004905, two-sided p = .014838, not the 5.0e-8 of thirty independent values."""
    records = [
        make_record("mutag", name, 0.8 + sign * GAINS[seed][fold] / 2, fold=fold, seed=seed, profile="paper")
        for name, sign in (("sep-g", 1), ("gmt", -1))
        for seed in range(3)
        for fold in range(10)
    ]
    claim = Claim("c", "A beats B", "superiority", (MeanDifference("mutag", "sep-g", "gmt"),), "as the example", 10)
    (verdict,) = judge([claim], records)
    assert verdict.word == REPRODUCED
    assert verdict.p == pytest.approx(0.014838 / 2, rel=1e-3)
    assert verdict.exact_p is None, "correlated folds have no exact companion"
    assert "n = 10 folds (3 seeds averaged in each), one-sided Nadeau–Bengio corrected t p = 0.007" in (
        verdict.sentence
    )


def test_seeds_that_do_not_pair_get_welch(judge: Judge):
    """scipy.stats.ttest_ind(A, B, equal_var=False, alternative="greater")."""
    from scipy.stats import ttest_ind

    quantity = MeanDifference("cora", "sep-n", "gcn", paired=False)
    claim = Claim("c", "A beats B", "superiority", (quantity,), "as the example", 10)
    (verdict,) = judge([claim], *example_b())
    assert verdict.p == pytest.approx(ttest_ind(A, B, equal_var=False, alternative="greater").pvalue)
    assert verdict.exact_p == pytest.approx(4.8713e-4, rel=1e-4)
    assert verdict.test == "one-sided Welch t"


def test_the_papers_number(judge: Judge):
    """θ̂ = 74.56 ± 0.24 at 90 %: inside 74.5 ± 0.5, outside 72 ± 1, over an edge of 74.2 ± 0.5."""
    for value, margin, word in ((74.5, 0.5, REPRODUCED), (72.0, 1.0, NOT_REPRODUCED), (74.2, 0.5, INCONCLUSIVE)):
        claim = Claim(
            "c", "reaches", "number", (MeanLevel("cora", "sep-n"),), "as the example", 10,
            margin=margin, reported=Reported(value), controls=(IN_RANGE,),
        )  # fmt: skip
        (verdict,) = judge([claim], *example_b())
        assert verdict.word == word, value
        assert verdict.figure == "A = 74.56 %"


def test_no_worse(judge: Judge):
    """B − A = −0.74 points, 90 % interval −0.94…−0.54: no worse by 1 point, worse by 0.5, open at 0.8."""
    for margin, word in ((1.0, REPRODUCED), (0.5, NOT_REPRODUCED), (0.8, INCONCLUSIVE)):
        claim = Claim(
            "c", "keeps up", "no worse", (MeanDifference("cora", "gcn", "sep-n"),), "as the example", 10,
            margin=margin, controls=(IN_RANGE,),
        )  # fmt: skip
        (verdict,) = judge([claim], *example_b())
        assert verdict.word == word, margin


def test_faster_is_a_factor_of_times(judge: Judge):
    ours, theirs = (
        [make_record("cora", name, 0.8, seed=s, profile="paper", fit_seconds=t + dt * s) for s in range(10)]
        for name, t, dt in (("sep-n", 10.0, 0.1), ("gcn", 19.4, 0.2))
    )
    quantity = MeanDifference("cora", "sep-n", "gcn", "fit_seconds")
    for size, tolerance, word in ((1.9, 0.0, REPRODUCED), (2.0, 0.1, REPRODUCED), (2.0, 0.0, NOT_REPRODUCED)):
        claim = Claim(
            "c", "twice as fast", "faster", (quantity,), "as the example", 10,
            size=size, tolerance=tolerance, controls=(Control("cora", "gcn", 80, 80, "made up"),),
        )  # fmt: skip
        (verdict,) = judge([claim], ours, theirs)
        assert verdict.word == word, (size, tolerance)
    mean = math.exp(sum(math.log((19.4 + 0.2 * s) / (10 + 0.1 * s)) for s in range(10)) / 10)
    assert verdict.estimate == pytest.approx(math.log10(mean))
    assert verdict.figure == "B ÷ A = ×1.94"


def test_how_many_more_runs(judge: Judge):
    """n = ((1.645 + .842) s / |d̄ − δ|)² of the pilot: s = .00337310, |.0074 − .0068| → 196."""
    (verdict,) = judge([superiority(size=0.68)], *example_b())
    assert verdict.word == INCONCLUSIVE
    assert verdict.needs == math.ceil(((1.6449 + 0.8416) * 0.00337310 / 0.0006) ** 2)
    assert f"needs ≈ {verdict.needs} seeds" in verdict.sentence


def test_holm_decides_over_the_suite(judge: Judge):
    """p = .0255 holds alone and not among twenty; a claim without records keeps its place in the family."""
    absent = [
        Claim(f"absent-{i}", "", "superiority", (MeanDifference("pubmed", "sep-n", "gcn"),), "none", 10)
        for i in range(19)
    ]
    verdict, *others = judge([superiority(size=0.5), *absent], *example_b())
    assert verdict.word == INCONCLUSIVE
    assert (
        verdict.why == "it holds by itself, one-sided p = 0.026, but not after Holm's correction over "
        "the suite's 20 claims, 0.51"
    )
    assert verdict.p_adjusted == pytest.approx(20 * verdict.p)
    assert {other.word for other in others} == {"not run"}
    assert all(math.isnan(other.p) for other in others)
    assert verdict.needs is not None
    assert verdict.needs > 10
