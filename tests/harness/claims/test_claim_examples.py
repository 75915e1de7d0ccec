"""Verdicts against worked examples, whose figures were computed independently."""

import math

import pytest

from harness.claims import Claim, Control, MeanDifference, MeanLevel, Reported
from tests.harness.claims.conftest import IN_RANGE, A, B, Judge
from tests.harness.leaderboard.synthetic import folds_of, make_record, seeds_of

PAIR = (MeanDifference("cora", "sep-n", "gcn"),)


def claim(kind="superiority", quantities=PAIR, name="c", **more):
    more.setdefault("controls", (IN_RANGE,))
    return Claim(name, "A beats B", kind, quantities, "as the example", more.pop("minimal", 10), **more)


def example_b(profile="paper"):
    return seeds_of("cora", "sep-n", A, profile=profile), seeds_of("cora", "gcn", B, profile=profile)


@pytest.mark.parametrize(
    ("tolerance", "word"), [(0.25, "direction holds, size open"), (0.45, "reproduced, direction and size")]
)
def test_the_sentence(judge: Judge, tolerance: float, word: str):
    """The paper's .9 ± .3 (n = 10) has an error of its own: the difference is −.16 [−.407722, .087722]."""
    (found,) = judge([claim(reported=Reported(0.9, 0.3, 10, "verified"), size_tolerance=tolerance)], *example_b())
    assert found.sentence == (
        f"{word} (in the paper's configuration) — A − B = +0.74 points (90 % interval 0.54…0.94, n = 10 paired "
        f"seeds, one-sided paired t p < 0.001); paper: +0.9 ± 0.3 (n = 10), tolerance ±{tolerance:g} points."
    )
    interval = found.whole.interval
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((0.005445, 0.009355), abs=5e-7)
    assert found.p == pytest.approx(3.39e-5, rel=1e-3)
    assert found.needs is None


def test_a_size_is_excluded_while_the_direction_is_open(judge: Judge):
    """Differences .31 −.05 .22: .16 [−.155845, .475845], p .138597; paper .9, tolerance .3."""
    differences = (0.0031, -0.0005, 0.0022)
    records = (
        seeds_of("cora", "sep-n", [0.738 + d for d in differences], profile="paper"),
        seeds_of("cora", "gcn", [0.738] * 3, profile="paper"),
    )
    (found,) = judge([claim(reported=Reported(0.9), size_tolerance=0.3, minimal=3)], *records)
    assert found.word == "size excluded, leans for"
    assert found.whole.p == pytest.approx(0.138597, rel=1e-4)
    assert found.whole.interval is not None
    bounds = (found.whole.interval.low, found.whole.interval.high)
    assert bounds == pytest.approx((-0.00155845, 0.00475845), abs=1e-8)


@pytest.mark.parametrize(
    ("size", "word", "p"),
    [
        (0.5, "reproduced, direction and size", 3.39e-5),
        (1.0, "direction holds, size excluded", 3.39e-5),
        (0.68, "direction holds, size open", 3.39e-5),
    ],
)
def test_superiority_by_a_size(judge: Judge, size: float, word: str, p: float):
    """By .5 points p = .02550, by 1 point the opposite p = .018759."""
    (verdict,) = judge([claim(size=size)], *example_b())
    assert verdict.word == word
    assert verdict.p == pytest.approx(p, rel=1e-3)
    assert verdict.whole.estimate == pytest.approx(0.0074)
    assert verdict.p_adjusted == verdict.p, "a family of one"


def test_a_reversed_order(judge: Judge):
    (verdict,) = judge([claim(quantities=(MeanDifference("cora", "gcn", "sep-n"),))], *example_b())
    assert verdict.word == "reversed"
    assert (verdict.decided, verdict.supports) == (True, "against")
    assert verdict.p == pytest.approx(3.39e-5, rel=1e-3)


def test_replications_are_tested_as_independent_seeds_are(judge: Judge):
    """The same ten pairs: folds would get a wider interval, for overlapping training parts."""
    pair = (MeanDifference("attacks-digits", "sbsc", "undefended"),)
    records = [folds_of("attacks-digits", *side, profile="paper") for side in (("sbsc", A), ("undefended", B))]
    (verdict,) = judge([claim(quantities=pair, controls=(), uncontrolled="a test", minimal=2)], *records)
    assert "n = 10 paired replications" in verdict.sentence
    assert verdict.whole.interval is not None
    bounds = (verdict.whole.interval.low, verdict.whole.interval.high)
    assert bounds == pytest.approx((0.005445, 0.009355), abs=5e-7)
    assert verdict.p == pytest.approx(3.39e-5, rel=1e-3)


@pytest.mark.parametrize(
    ("profile", "controls", "scope", "qualification"),
    [
        ("paper", (IN_RANGE,), "(in the paper's configuration)", ""),
        ("standard", (IN_RANGE,), "(at this scale)", ""),
        ("paper", (Control("cora", "gat", 80.0, 84.0, "elsewhere"),), "(in the paper's configuration)", ""),
        ("paper", (Control("cora", "gcn", 80.0, 82.0, "elsewhere"),), "(at this scale)", "gcn on cora: 73.82 %"),
    ],
)
def test_controls_qualify_and_only_the_paper_profile_speaks_of_the_paper(
    judge: Judge, profile: str, controls: tuple[Control, ...], scope: str, qualification: str
):
    (verdict,) = judge([claim(size=1.0, controls=controls)], *example_b(profile), profile=profile)
    assert verdict.word == "direction holds, size excluded"
    assert scope in verdict.sentence
    assert qualification in verdict.qualification
    assert bool(verdict.qualification) == bool(qualification)
    assert (verdict.qualification in verdict.sentence) == bool(qualification) or not qualification


@pytest.mark.parametrize(("margin", "word", "p"), [(0.5, "reproduced", 2.38e-6), (0.1, "open, leans for", 0.1196)])
def test_equivalence(judge: Judge, margin: float, word: str, p: float):
    d = (0.001, 0.002, -0.002, 0.001, 0.002, -0.001, -0.001, 0.002, -0.001, 0.001)
    (verdict,) = judge(
        [claim("equal", margin=margin)], seeds_of("cora", "sep-n", [0.8 + x for x in d], profile="paper"),
        seeds_of("cora", "gcn", [0.8] * 10, profile="paper"),
    )  # fmt: skip
    assert verdict.word == word
    assert verdict.p == pytest.approx(p, rel=3e-3)
    assert verdict.whole.interval is not None
    bounds = (verdict.whole.interval.low, verdict.whole.interval.high)
    assert bounds == pytest.approx((-0.000473, 0.001273), abs=5e-7)
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
    control = Control("mutag", "gmt", 70.0, 90.0, "made up")
    (verdict,) = judge([claim(quantities=(MeanDifference("mutag", "sep-g", "gmt"),), controls=(control,))], records)
    assert verdict.word == "direction holds"
    assert verdict.p == pytest.approx(0.014838 / 2, rel=1e-3)
    assert "n = 10 folds (3 seeds averaged in each), one-sided Nadeau–Bengio corrected t p = 0.007" in (
        verdict.sentence
    )


def test_a_number_over_folds_is_compared_with_the_spread_of_seeds(judge: Judge):
    """Means over ten folds of seeds 0, 1, 2: a paper's ± is the spread of such repetitions."""
    records = [
        make_record("mutag", "sep-g", 0.8 + GAINS[seed][fold], fold=fold, seed=seed, profile="paper")
        for seed in range(3)
        for fold in range(10)
    ]
    control = Control("mutag", "sep-g", 70.0, 90.0, "made up")
    level = (MeanLevel("mutag", "sep-g"),)
    number = claim("number", level, reported=Reported(81.3), margin=1.0, minimal=3, controls=(control,))
    (verdict,) = judge([number], records)
    assert verdict.word == "reproduced"
    assert verdict.whole.over == "3 seeds (10 folds averaged in each)"
    means = [0.8 + sum(gains) / 10 for gains in GAINS]
    mean = sum(means) / 3
    error = math.sqrt(sum((m - mean) ** 2 for m in means) / 2 / 3)
    assert verdict.whole.estimate == pytest.approx(mean)
    assert verdict.whole.interval is not None
    assert verdict.whole.interval.high - mean == pytest.approx(2.919986 * error, rel=1e-5)


def test_seeds_that_do_not_pair_get_welch(judge: Judge):
    """scipy.stats.ttest_ind(A, B, equal_var=False, alternative="greater")."""
    from scipy.stats import ttest_ind

    quantity = MeanDifference("cora", "sep-n", "gcn", paired=False)
    (verdict,) = judge([claim(quantities=(quantity,))], *example_b())
    assert verdict.p == pytest.approx(ttest_ind(A, B, equal_var=False, alternative="greater").pvalue)
    assert verdict.whole.test == "Welch t"


def test_the_papers_number(judge: Judge):
    """θ̂ = 74.56 ± 0.24 at 90 %: inside 74.5 ± 0.5, outside 72 ± 1, over an edge of 74.2 ± 0.5."""
    for value, margin, word in (
        (74.5, 0.5, "reproduced"), (72.0, 1.0, "size excluded"), (74.2, 0.5, "open, leans for"),
    ):  # fmt: skip
        number = claim("number", (MeanLevel("cora", "sep-n"),), margin=margin, reported=Reported(value))
        (verdict,) = judge([number], *example_b())
        assert verdict.word == word, value
        assert verdict.figure == "A = 74.56 %"


def test_no_interval_of_a_share_leaves_its_bounds(judge: Judge):
    values = [1.0, 0.9474, 0.8947, 0.9474, 1.0]
    number = claim("number", (MeanLevel("cora", "sep-n"),), margin=1.0, reported=Reported(95.0), minimal=5)
    (verdict,) = judge([number], seeds_of("cora", "sep-n", values, profile="paper"), example_b()[1])
    low, high = (float(end) for end in verdict.bounds.split("…"))
    assert 0 < low < 95.8 < high < 100


def test_no_worse(judge: Judge):
    """B − A = −0.74 points, 90 % interval −0.94…−0.54: no worse by 1 point, worse by 0.5, open at 0.8."""
    for margin, word in ((1.0, "reproduced"), (0.5, "reversed"), (0.8, "open")):
        (verdict,) = judge(
            [claim("no worse", (MeanDifference("cora", "gcn", "sep-n"),), margin=margin)], *example_b()
        )
        assert verdict.word == word, margin


def test_faster_is_a_factor_of_times(judge: Judge):
    ours, theirs = (
        [make_record("cora", name, 0.8, seed=s, profile="paper", fit_seconds=t + dt * s) for s in range(10)]
        for name, t, dt in (("sep-n", 10.0, 0.1), ("gcn", 19.4, 0.2))
    )
    quantity = (MeanDifference("cora", "sep-n", "gcn", "fit_seconds"),)
    control = (Control("cora", "gcn", 80, 80, "made up"),)
    for size, tolerance, word in (
        (1.9, 0.0, "reproduced, direction and size"),
        (2.0, 0.1, "reproduced, direction and size"),
        (2.0, 0.0, "direction holds, size excluded"),
        (1.0, 0.0, "reproduced"),
    ):
        (verdict,) = judge(
            [claim("faster", quantity, size=size, tolerance=tolerance, controls=control)], ours, theirs
        )
        assert verdict.word == word, (size, tolerance)
    mean = math.exp(sum(math.log((19.4 + 0.2 * s) / (10 + 0.1 * s)) for s in range(10)) / 10)
    assert verdict.whole.estimate == pytest.approx(math.log10(mean))
    assert verdict.figure == "B ÷ A = ×1.94"


def test_how_many_more_runs(judge: Judge):
    """n = ((1.645 + .842) s / |d̄ − δ|)² of the pilot: s = .00337310, |−.0074 + .0080| → 196."""
    (verdict,) = judge([claim("no worse", (MeanDifference("cora", "gcn", "sep-n"),), margin=0.8)], *example_b())
    assert verdict.word == "open"
    assert verdict.needs == math.ceil(((1.6449 + 0.8416) * 0.00337310 / 0.0006) ** 2)
    assert f"needs ≈ {verdict.needs} seeds" in verdict.sentence


def test_holm_decides_over_the_claims_that_the_profile_can_test(judge: Judge):
    """p = .0255 holds alone and not among twenty; claims without records keep their place, ours have their own."""
    worse = MeanDifference("cora", "gcn", "sep-n")
    absent = [claim(quantities=(MeanDifference("pubmed", "sep-n", "gcn"),), name=f"absent-{i}") for i in range(19)]
    first, *others = judge([claim("no worse", (worse,), margin=0.99), *absent], *example_b())
    assert first.word == "open, leans for"
    assert first.p_adjusted == pytest.approx(20 * first.p)
    assert first.family == 20
    assert {other.word for other in others} == {"not run"}
    assert all(math.isnan(other.p) for other in others)
    asked = [claim("no worse", (worse,), margin=0.99, provenance="ours"), *absent]
    first, *_ = judge(asked, *example_b())
    assert (first.word, first.family) == ("reproduced", 1)


def test_claims_for_another_profile_are_in_no_family(judge: Judge):
    demanding = claim(name="demanding", minimal=200)
    easy, hard = judge([claim(), demanding], *example_b())
    assert (easy.family, hard.family) == (1, 0)
    assert hard.word == "for another profile"
    assert "a verdict needs 200" in hard.why
