"""What is missing, failed or absent; several quantities in one claim; slopes and effects."""

import math

import numpy as np
import pytest

from harness.claims import NOT_RUN, Claim, Contrast, Control, MeanDifference, MeanLevel, Reported, Slope, Term
from harness.claims.quantities import on_each, ordering
from harness.errors import UnknownName, UsageError
from tests.harness.claims.conftest import IN_RANGE, A, B, Judge
from tests.harness.leaderboard.synthetic import folds_of, make_record, seeds_of

PAPER = {"profile": "paper"}


def claim(*quantities, kind="superiority", minimal=5, **fields):
    reason = "" if fields.get("controls") else "a test"
    return Claim("c", "s", kind, quantities, "made up", minimal, uncontrolled=reason, **fields)


def test_a_failed_contender_is_not_averaged_away(judge: Judge):
    ours = seeds_of("cora", "sep-n", A[:8], **PAPER)
    ours += [make_record("cora", "sep-n", None, seed=s, failure="Timeout", **PAPER) for s in (8, 9)]
    (verdict,) = judge([claim(MeanDifference("cora", "sep-n", "gcn"))], ours, seeds_of("cora", "gcn", B, **PAPER))
    assert verdict.word == "not decidable"
    assert verdict.why == "sep-n on cora failed in 2 of 10 trials (Timeout)"
    assert math.isnan(verdict.whole.estimate)
    assert verdict.figure == verdict.bounds == ""
    assert verdict.whole.interval is None


def test_a_metric_that_is_not_finite_is_a_failure(judge: Judge):
    values = [*A[:9], math.nan]
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"))],
        seeds_of("cora", "sep-n", values, **PAPER),
        seeds_of("cora", "gcn", B, **PAPER),
    )
    assert verdict.word == "not decidable"
    assert "failed in 1 of 10 trials (accuracy is not finite)" in verdict.why


def test_missing_trials_are_judged_on_common_ones(judge: Judge):
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"))],
        seeds_of("cora", "sep-n", A[:7], **PAPER),
        seeds_of("cora", "gcn", B, **PAPER),
    )
    assert (verdict.word, verdict.n) == ("direction holds", 7)
    assert verdict.parts[0].remark == "3 trials missing, judged on the common trials"
    assert verdict.whole.estimate == pytest.approx(np.mean(np.subtract(A[:7], B[:7])))


def test_too_few_units(judge: Judge):
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"), minimal=8)],
        seeds_of("cora", "sep-n", A[:5], **PAPER),
        seeds_of("cora", "gcn", B[:5], **PAPER),
    )
    assert verdict.word == "not decidable"
    assert verdict.why == "5 paired seeds; a verdict needs at least 8 seeds"
    assert verdict.figure.startswith("A − B = +")
    assert " p = " not in verdict.sentence


def test_one_unit_has_no_interval(judge: Judge):
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"), minimal=2)],
        seeds_of("cora", "sep-n", A[:1], **PAPER),
        seeds_of("cora", "gcn", B[:1], **PAPER),
    )
    assert verdict.word == "not decidable"
    assert verdict.whole.interval is None
    assert "(no interval, n = 1 paired seed)" in verdict.sentence
    assert verdict.needs is None, "nothing is known of the spread"


def test_no_common_seed(judge: Judge):
    theirs = [make_record("cora", "gcn", 0.7, seed=s, **PAPER) for s in range(20, 25)]
    (verdict,) = judge(
        [claim(MeanDifference("cora", "sep-n", "gcn"))], seeds_of("cora", "sep-n", A, **PAPER), theirs
    )
    assert verdict.word == "not decidable"
    assert verdict.why == "no fold and no seed is common to all sides"


def test_not_run(judge: Judge):
    (verdict,) = judge([claim(MeanDifference("cora", "sep-n", "gcn"))], seeds_of("cora", "gcn", B, **PAPER))
    assert verdict.word == NOT_RUN
    assert verdict.sentence == "not run (no records of sep-n on cora) — no size claimed."


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
    assert (verdict.word, verdict.p) == ("open, leans for", 0.125)


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
    assert better.word == absolute.word == "reproduced, direction and size"
    assert 10**better.whole.estimate == pytest.approx(factor)
    assert better.figure == f"B ÷ A = ×{float(f'{factor:.3g}'):,.0f}"
    assert worse.whole.estimate == pytest.approx(-better.whole.estimate)
    assert worse.word == "reversed"
    assert "no control: a test" in worse.sentence


def graph_folds(task, gain, seed):
    rng = np.random.default_rng(seed)
    base, own = 0.7 + 0.02 * rng.standard_normal(10), 0.003 * rng.standard_normal(10)
    return folds_of(task, "sep-g", list(base + gain + own), **PAPER) + folds_of(task, "gmt", list(base), **PAPER)


def pooled_gains(judge: Judge, gains: tuple[float, ...], **fields):
    tasks = ("mutag", "proteins", "imdb-b", "nci1")[: len(gains)]
    records = [
        record
        for i, (task, gain) in enumerate(zip(tasks, gains, strict=False))
        for record in graph_folds(task, gain, i)
    ]
    (verdict,) = judge([claim(*on_each(tasks, "sep-g", "gmt"), **fields)], records)
    return verdict


def test_several_tasks_are_one_mean_with_two_sentences(judge: Judge):
    """Gains of three points, three and none: the mean holds on these tasks; tasks like these are open."""
    verdict = pooled_gains(judge, (0.03, 0.03, 0.0))
    assert verdict.word == "direction holds"
    assert verdict.figure.startswith("mean of 3, A − B = +1.9")
    means = [part.estimate for part in verdict.parts]
    assert verdict.whole.estimate == pytest.approx(np.mean(means))
    assert verdict.whole.deviation / math.sqrt(10) == pytest.approx(
        math.sqrt(sum(part.deviation**2 / 10 for part in verdict.parts)) / 3
    )
    half = 2.919986 * np.std(means, ddof=1) / math.sqrt(3)  # t over the three tasks
    low, high = (float(end.replace("−", "-")) for end in verdict.beyond.rpartition(" ")[2].split("…"))
    assert (low, high) == pytest.approx((100 * (np.mean(means) - half), 100 * (np.mean(means) + half)), abs=0.06)
    assert "of 3 tasks; on tasks like these" in verdict.sentence


@pytest.mark.parametrize(
    ("gains", "combine", "word"),
    [
        ((0.03, 0.03, 0.03), "each", "direction holds"),
        ((0.03, 0.03, 0.0), "each", "open"),
        ((0.03, -0.03, 0.03), "each", "reversed"),
        ((0.03, -0.03, -0.03), "some", "direction holds"),
        ((-0.03, -0.03, -0.03), "some", "reversed"),
    ],
)
def test_each_and_some(judge: Judge, gains: tuple[float, ...], combine: str, word: str):
    verdict = pooled_gains(judge, gains, combine=combine)
    assert verdict.word.startswith(word)
    assert verdict.figure.startswith(f"{'weakest' if combine == 'each' else 'strongest'} of 3: A − B")


def test_a_task_without_records_leaves_a_mean_undecided(judge: Judge):
    tasks = ("mutag", "proteins")
    (verdict,) = judge([claim(*on_each(tasks, "sep-g", "gmt"))], graph_folds("mutag", 0.03, 1))
    assert verdict.word == "not decidable"
    assert verdict.why == "no records of sep-g on proteins, gmt on proteins"


def test_levels_of_one_task_are_averaged_by_unit(judge: Judge):
    """Two metrics of the same seeds: their mean has the paired error, not that of independent levels."""
    first, second = np.array(A), np.array(A)[::-1] * 1.01
    metrics = [{"roc_auc": value} for value in second]
    ours = [
        make_record("cora", "sep-n", float(a), seed=s, metrics=m, **PAPER)
        for s, (a, m) in enumerate(zip(first, metrics, strict=False))
    ]
    theirs = [make_record("cora", "gcn", b, seed=s, metrics={"roc_auc": b}, **PAPER) for s, b in enumerate(B)]
    both = (MeanDifference("cora", "sep-n", "gcn"), MeanDifference("cora", "sep-n", "gcn", "roc_auc"))
    (verdict,) = judge([claim(*both)], ours, theirs)
    by_unit = (first - B + second - B) / 2
    assert verdict.whole.estimate == pytest.approx(by_unit.mean())
    assert verdict.whole.deviation == pytest.approx(by_unit.std(ddof=1))
    assert verdict.beyond == ""


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
        [
            claim(*ordering("cora", "sep-n", "gcn", "gat"), combine="each"),
            claim(*ordering("cora", "sep-n", "gat", "gcn"), combine="each"),
        ],
        records,
    )
    assert right.word == "direction holds"
    assert wrong.word == "reversed"
    assert right.p == max(part.p for part in right.parts), "an intersection needs no correction"


def test_a_scaling_exponent(judge: Judge, monkeypatch: pytest.MonkeyPatch):
    """Errors that fall as x^−0.5 over three tasks, each with noise of its own."""
    rng, sizes = np.random.default_rng(5), {"ring": 10.0, "grid": 40.0, "ring-small": 160.0}
    noise = {task: 0.01 * rng.standard_normal(10) for task in sizes}
    records = [
        make_record(task, "sep-u", 10 ** (-0.5 * math.log10(x) + noise[task][s]), seed=s, metric="mse", **PAPER)
        for task, x in sizes.items()
        for s in range(10)
    ]
    slope = Slope("sep-u", tuple(sizes.items()))
    monkeypatch.setattr(
        "harness.claims.judge.untestable", lambda claim, profile: ""
    )  # one task is of another profile
    near, far = judge(
        [
            claim(slope, kind="number", margin=0.05, reported=Reported(-0.5), minimal=2),
            claim(slope, kind="superiority", minimal=2),
        ],
        records,
    )
    means = [-0.5 * math.log10(x) + noise[task].mean() for task, x in sizes.items()]
    fitted = np.polyfit(np.log10(list(sizes.values())), means, 1)[0]
    assert near.whole.estimate == pytest.approx(fitted)
    assert near.word == "reproduced"
    assert near.figure.startswith("exponent = −0.50")
    assert far.whole.estimate == near.whole.estimate
    assert far.word == "reversed"


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
    assert verdict.whole.estimate == pytest.approx(cora.mean() + citeseer.mean())
    assert verdict.word == "direction holds"
    variances = cora.var(ddof=1) / 10, citeseer.var(ddof=1) / 10
    df = sum(variances) ** 2 / sum(v * v / 9 for v in variances)
    from scipy.stats import t

    half = t.ppf(0.95, df) * math.sqrt(sum(variances))
    assert verdict.whole.interval is not None
    assert (verdict.whole.interval.high - verdict.whole.interval.low) / 2 == pytest.approx(half)
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
    assert verdict.word == "reproduced, direction and size"
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
