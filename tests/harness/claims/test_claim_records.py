"""What is missing, failed or absent; several quantities in one claim; slopes and effects."""

import math

import numpy as np
import pytest

from harness.claims import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_RUN,
    REPRODUCED,
    Claim,
    Contrast,
    Control,
    MeanDifference,
    MeanLevel,
    Reported,
    Slope,
    Term,
)
from harness.claims.quantities import on_each, ordering
from harness.errors import UnknownName, UsageError
from tests.harness.claims.conftest import IN_RANGE, A, B, Judge
from tests.harness.leaderboard.synthetic import folds_of, make_record, seeds_of

PAPER = {"profile": "paper"}


def claim(*quantities, kind="superiority", minimal=5, **fields):
    return Claim("c", "s", kind, quantities, "made up", minimal, **fields)


def test_a_failed_contender_is_not_averaged_away(judge: Judge):
    ours = seeds_of("cora", "sep-n", A[:8], **PAPER)
    ours += [make_record("cora", "sep-n", None, seed=s, failure="Timeout", **PAPER) for s in (8, 9)]
    (verdict,) = judge([claim(MeanDifference("cora", "sep-n", "gcn"))], ours, seeds_of("cora", "gcn", B, **PAPER))
    assert verdict.word == INCONCLUSIVE
    assert verdict.why == (
        "sep-n on cora failed in 2 of 10 trials (Timeout), so it ranks last; on the 8 paired seeds that finished "
        "on all sides the claim would hold"
    )
    assert math.isnan(verdict.estimate)
    assert verdict.figure == verdict.bounds == ""
    assert verdict.interval is None


def test_a_metric_that_is_not_finite_is_a_failure(judge: Judge):
    values = [*A[:9], math.nan]
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"))],
        seeds_of("cora", "sep-n", values, **PAPER),
        seeds_of("cora", "gcn", B, **PAPER),
    )
    assert verdict.word == INCONCLUSIVE
    assert "failed in 1 of 10 trials (accuracy is not finite)" in verdict.why


def test_a_failure_everywhere_leaves_nothing(judge: Judge):
    broken = [make_record("cora", "sep-n", None, seed=s, failure="OutOfMemory", **PAPER) for s in range(10)]
    (verdict,) = judge([claim(MeanDifference("cora", "sep-n", "gcn"))], broken, seeds_of("cora", "gcn", B, **PAPER))
    assert verdict.word == INCONCLUSIVE
    assert verdict.why.endswith("no common trial is left")


def test_missing_trials_are_judged_on_common_ones(judge: Judge):
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"))],
        seeds_of("cora", "sep-n", A[:7], **PAPER),
        seeds_of("cora", "gcn", B, **PAPER),
    )
    assert (verdict.word, verdict.n) == (REPRODUCED, 7)
    assert verdict.parts[0].remark == "3 trials missing, judged on the common trials"
    assert verdict.estimate == pytest.approx(np.mean(np.subtract(A[:7], B[:7])))


def test_too_few_units(judge: Judge):
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"), minimal=12)],
        seeds_of("cora", "sep-n", A, **PAPER),
        seeds_of("cora", "gcn", B, **PAPER),
    )
    assert verdict.word == INCONCLUSIVE
    assert verdict.why == "10 paired seeds; a verdict needs at least 12"
    assert verdict.needs == 12
    assert verdict.figure == "A − B = +0.74 points"
    assert " p = " not in verdict.sentence


def test_one_unit_has_no_interval(judge: Judge):
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"), minimal=2)],
        seeds_of("cora", "sep-n", A[:1], **PAPER),
        seeds_of("cora", "gcn", B[:1], **PAPER),
    )
    assert verdict.word == INCONCLUSIVE
    assert verdict.interval is None
    assert "(no interval, n = 1 paired seed)" in verdict.sentence
    assert verdict.needs is None, "nothing is known of the spread"


def test_no_common_seed(judge: Judge):
    theirs = [make_record("cora", "gcn", 0.7, seed=s, **PAPER) for s in range(20, 25)]
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"))], seeds_of("cora", "sep-n", A, **PAPER), theirs
    )
    assert verdict.word == INCONCLUSIVE
    assert verdict.why == "no fold and no seed is common to all sides"


def test_not_run(judge: Judge):
    (verdict,) = judge([claim(MeanDifference("cora", "sep-n", "gcn"))], seeds_of("cora", "gcn", B, **PAPER))
    assert verdict.word == NOT_RUN
    assert verdict.sentence == "not run (no records of sep-n on cora) — margin 0."


def test_records_of_another_profile_do_not_count(judge: Judge):
    records = [*seeds_of("cora", "sep-n", A), *seeds_of("cora", "gcn", B)]
    (verdict,) = judge([claim(MeanDifference("cora", "sep-n", "gcn"))], records)
    assert verdict.word == NOT_RUN


def test_identical_values_do_not_make_certainty(judge: Judge):
    """Three equal differences of a constant: error 0, but signs alone cannot go below 1/8."""
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"), minimal=3)],
        seeds_of("cora", "sep-n", [0.8] * 3, **PAPER),
        seeds_of("cora", "gcn", [0.7] * 3, **PAPER),
    )
    assert (verdict.word, verdict.p) == (INCONCLUSIVE, 0.125)


def test_errors_are_better_when_small(judge: Judge):
    ours, theirs = [1e-4, 2e-4, 1.5e-4, 1e-4, 1.2e-4], [0.3, 0.28, 0.31, 0.29, 0.3]
    records = seeds_of("ring", "sep-u", ours, metric="mse", **PAPER) + seeds_of(
        "ring", "topk-ae", theirs, metric="mse", **PAPER
    )
    better, worse, absolute = judge(
        [
            claim(MeanDifference("ring", "sep-u", "topk-ae"), size=100.0),
            claim(MeanDifference("ring", "topk-ae", "sep-u")),
            claim(MeanLevel("ring", "sep-u"), size=1e-3),
        ],
        records,
    )
    factor = math.exp(np.mean(np.log(theirs) - np.log(ours)))
    assert better.word == absolute.word == REPRODUCED
    assert 10**better.estimate == pytest.approx(factor)
    assert better.figure == f"B ÷ A = ×{float(f'{factor:.3g}'):,.0f}"
    assert worse.estimate == pytest.approx(-better.estimate)
    assert worse.word == INCONCLUSIVE
    assert "no positive control" in worse.why


def graph_folds(task, gain, seed):
    rng = np.random.default_rng(seed)
    base, own = 0.7 + 0.02 * rng.standard_normal(10), 0.003 * rng.standard_normal(10)
    return folds_of(task, "sep-g", list(base + gain + own), **PAPER) + folds_of(task, "gmt", list(base), **PAPER)


@pytest.mark.parametrize(
    ("needed", "word", "held"), [(2, REPRODUCED, 2), (0, INCONCLUSIVE, 2), (3, NOT_REPRODUCED, 1)]
)
def test_on_k_of_n(judge: Judge, needed: int, word: str, held: int):
    """Two gains and a tie; or a gain and two losses, which refute "on three of four" though one was never run."""
    gains = (0.03, 0.03, 0.0) if word != NOT_REPRODUCED else (0.03, -0.03, -0.03)
    tasks = ("mutag", "proteins", "imdb-b") if needed != 3 else ("mutag", "proteins", "imdb-b", "nci1")
    run = enumerate(zip(tasks, gains, strict=False))
    records = [record for i, (task, gain) in run for record in graph_folds(task, gain, i)]
    control = Control("mutag", "gmt", 60.0, 80.0, "made up")
    (verdict,) = judge([claim(*on_each(tasks, "sep-g", "gmt"), needed=needed, controls=(control,))], records)
    assert verdict.word == word
    assert f"holds on {held} of {len(tasks)}" in verdict.sentence
    assert verdict.interval is None
    assert math.isnan(verdict.estimate)


def test_an_ordering_needs_every_neighbour(judge: Judge):
    assert [(d.contender, d.against) for d in ordering("mutag", "a", "b", "c")] == [("a", "b"), ("b", "c")]
    levels = {"sep-n": 0.02, "gcn": 0.01, "gat": 0.0}
    rng = np.random.default_rng(3)
    records = [
        record
        for name, gain in levels.items()
        for record in seeds_of("cora", name, list(0.7 + gain + 0.002 * rng.standard_normal(10)), **PAPER)
    ]
    right, wrong = judge(
        [claim(*ordering("cora", "sep-n", "gcn", "gat")), claim(*ordering("cora", "sep-n", "gat", "gcn"))], records
    )
    assert right.word == REPRODUCED
    assert wrong.word == INCONCLUSIVE, "refuted, but without a control"
    assert right.p == max(part.p for part in right.parts), "an intersection needs no correction"


def test_a_scaling_exponent(judge: Judge):
    """Errors that fall as x^−0.5 over three tasks, each with noise of its own."""
    rng, sizes = np.random.default_rng(5), {"ring": 10.0, "grid": 40.0, "ring-small": 160.0}
    noise = {task: 0.01 * rng.standard_normal(10) for task in sizes}
    records = [
        make_record(task, "sep-u", 10 ** (-0.5 * math.log10(x) + noise[task][s]), seed=s, metric="mse", **PAPER)
        for task, x in sizes.items()
        for s in range(10)
    ]
    slope = Slope("sep-u", tuple(sizes.items()))
    near, far = judge(
        [
            claim(slope, kind="number", margin=0.05, reported=Reported(-0.5)),
            claim(slope, kind="superiority", size=-0.4),
        ],
        records,
    )
    means = [-0.5 * math.log10(x) + noise[task].mean() for task, x in sizes.items()]
    fitted = np.polyfit(np.log10(list(sizes.values())), means, 1)[0]
    assert near.estimate == pytest.approx(fitted)
    assert near.word == REPRODUCED
    assert near.figure.startswith("exponent = −0.50")
    assert far.estimate == near.estimate
    assert far.word == INCONCLUSIVE


def test_a_difference_of_differences(judge: Judge):
    """What small batches cost one method minus what they cost another; tasks are independent, sides are paired."""
    rng = np.random.default_rng(6)
    cells = {("cora", "gcn"): 0.80, ("citeseer", "gcn"): 0.70, ("cora", "sep-n"): 0.81, ("citeseer", "sep-n"): 0.78}
    values = {cell: mean + 0.004 * rng.standard_normal(10) for cell, mean in cells.items()}
    records = [r for (task, name), v in values.items() for r in seeds_of(task, name, list(v), **PAPER)]
    terms = (
        Term(1.0, "cora", "gcn"), Term(-1.0, "citeseer", "gcn"),
        Term(-1.0, "cora", "sep-n"), Term(1.0, "citeseer", "sep-n"),
    )  # fmt: skip
    (verdict,) = judge([claim(Contrast("what GCN loses more", terms))], records)
    cora = values["cora", "gcn"] - values["cora", "sep-n"]
    citeseer = values["citeseer", "sep-n"] - values["citeseer", "gcn"]
    assert verdict.estimate == pytest.approx(cora.mean() + citeseer.mean())
    assert verdict.word == REPRODUCED
    variances = cora.var(ddof=1) / 10, citeseer.var(ddof=1) / 10
    df = sum(variances) ** 2 / sum(v * v / 9 for v in variances)
    from scipy.stats import t

    half = t.ppf(0.95, df) * math.sqrt(sum(variances))
    assert verdict.interval is not None
    assert (verdict.interval.high - verdict.interval.low) / 2 == pytest.approx(half)
    assert verdict.figure.startswith("effect = +7")


def test_a_claim_takes_the_direction_that_its_metric_declares(judge: Judge):
    low, high = {"nll": 0.1, "ece": 0.1, "test_peek_max": 0.9}, {"nll": 0.2, "ece": 0.2, "test_peek_max": 0.8}
    ours = seeds_of("cora", "sep-n", A, metrics=low, **PAPER)
    records = ours + seeds_of("cora", "gcn", B, metrics=high, **PAPER)
    (verdict,) = judge([claim(MeanDifference("cora", "sep-n", "gcn", "nll"))], records)
    assert verdict.figure == "B − A = +0.1"
    for name in ("ece", "test_peek_max"):  # one that nobody declares, and one declared without a direction
        message = f"task 'cora': no direction of '{name}' is better; node-classification declares accuracy, roc_auc"
        with pytest.raises(UsageError, match=message):
            judge([claim(MeanDifference("cora", "sep-n", "gcn", name))], records)
    with pytest.raises(UsageError, match="different scales"):
        judge([claim(Contrast("mixed", (Term(1.0, "cora", "gcn"), Term(1.0, "ring", "sep-u"))))], records)


def test_bytes_are_compared_as_ratios(judge: Judge):
    ours = [make_record("cora", "sep-n", 0.8, seed=s, peak_bytes=4_211_000 + s, **PAPER) for s in range(5)]
    theirs = [make_record("cora", "gcn", 0.8, seed=s, peak_bytes=47_939_000 + s, **PAPER) for s in range(5)]
    (verdict,) = judge([claim(MeanDifference("cora", "sep-n", "gcn", "peak_bytes"), size=10.0)], ours, theirs)
    assert verdict.word == REPRODUCED
    assert verdict.figure == "B ÷ A = ×11.4"


def test_unknown_names(judge: Judge):
    with pytest.raises(UnknownName, match="unknown task 'coar'; did you mean 'cora'"):
        judge([claim(MeanDifference("coar", "sep-n", "gcn"))])


def test_the_control_is_measured_with_its_interval(judge: Judge):
    """Ranges and intervals must meet; a failed control is outside, an absent one says nothing."""
    spread = [0.70, 0.76, 0.72, 0.78, 0.74]
    controls = (
        Control("cora", "gcn", 77.0, 80.0, "reached by the interval 71.0…77.0"),
        Control("cora", "gcn", 77.1, 80.0, "just out of reach"),
        Control("cora", "gat", 70.0, 80.0, "fails"),
        Control("cora", "graph-u-net", 70.0, 80.0, "absent"),
    )
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"), controls=(*controls, IN_RANGE))],
        seeds_of("cora", "gcn", spread, **PAPER),
        [make_record("cora", "gat", None, failure="Crash", **PAPER)],
    )
    assert [check.within for check in verdict.control] == [True, False, False, None, True]
