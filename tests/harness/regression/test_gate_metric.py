"""Ranked metrics and outcomes of trials: non-inferiority, exact equality where it can be had, failures in sight."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness import catalog
from harness.contract.class_metrics import ACCURACY, NLL, ROC_AUC
from harness.contract.metric import Metric
from harness.errors import EXIT_UNMEASURED
from harness.regression.changes import Change, GateReport
from harness.regression.margins import margin
from harness.regression.metric import Entries, metric_changes
from harness.statistics import TrialLayout
from harness.task import Task
from harness.trial import TrialFailure
from tests.harness.regression.samples import cells, seeds_of, trial_entry

CORA, MUTAG, KARATE, RING = (catalog.task(name) for name in ("cora", "mutag", "karate", "ring"))


def accuracies(
    rng: np.random.Generator, count: int = 10, mean: float = 0.81, deviation: float = 0.007
) -> np.ndarray:
    return np.round(rng.normal(mean, deviation, count), 3)


def judged(task: Task, reference: Entries, new: Entries) -> Change:
    (found,) = metric_changes([(task, "gcn", reference, new)])
    return found


def cora(values: Sequence[float] | np.ndarray, **others: object) -> Entries:
    return seeds_of("cora", "gcn", list(values), **others)


def test_a_planted_loss_of_three_points_is_caught_among_twenty_contenders() -> None:
    """Seeds of the new version are drawn anew, as if the change had reshuffled every trajectory."""
    rng = np.random.default_rng(0)
    names = [f"contender-{i}" for i in range(20)]
    before = {name: accuracies(rng) for name in names}
    after = {name: accuracies(rng, mean=0.78 if name == "contender-7" else 0.81) for name in names}
    pairs = [
        (
            CORA,
            name,
            seeds_of("cora", name, list(before[name])),
            seeds_of("cora", name, list(after[name]), code="n"),
        )
        for name in names
    ]
    words = {change.who: change.word for change in metric_changes(pairs)}
    assert words.pop("contender-7") == "regressed"
    assert set(words.values()) <= {"same", "unsure", "improved"}


def test_calm_reruns_with_other_seeds_are_never_a_regression() -> None:
    """Twenty runs of twenty contenders, all of one family a run: false alarms of the family are below 5 %."""
    rng = np.random.default_rng(1)
    said = []
    for _ in range(20):
        pairs = [
            (CORA, f"c{i}", seeds_of("cora", f"c{i}", list(accuracies(rng))), cora(accuracies(rng), code="n"))
            for i in range(20)
        ]
        said += [change.word for change in metric_changes(pairs)]
    assert "regressed" not in said


def test_identical_values_are_the_same_even_of_one_trial() -> None:
    found = judged(CORA, cora([0.81]), cora([0.81]))
    assert (found.word, found.certainty, found.reference, found.new) == ("same", "identical", "81.0 %", "81.0 %")


def test_one_trial_beyond_the_margin_cannot_be_judged() -> None:
    assert judged(CORA, cora([0.81]), cora([0.807])).word == "same"
    found = judged(CORA, cora([0.81]), cora([0.78]))
    assert found.word == "unmeasured"
    assert found.change == "−3.0 points"
    assert found.reason.startswith("beyond the margin 0.5 points")
    assert judged(CORA, cora([0.81]), cora([0.84])).word == "changed"  # a gain is no reason to measure again


def test_a_loss_that_noise_may_hide_is_unsure() -> None:
    rng = np.random.default_rng(2)
    found = judged(CORA, cora(accuracies(rng, 3, deviation=0.02)), cora(accuracies(rng, 3, deviation=0.02)))
    assert found.word == "unsure"


@pytest.mark.parametrize("loss", [0.4, 0.2, 0.03])
@pytest.mark.parametrize("count", [2, 3, 10])
def test_a_loss_that_is_the_same_in_all_seeds_is_a_regression(loss: float, count: int) -> None:
    """No sign test of n seeds has p below 2⁻ⁿ, but the program is deterministic: only its change moved them."""
    before = accuracies(np.random.default_rng(4), count)
    found = judged(CORA, cora(before), cora(before - loss, code="n"))
    assert (found.word, found.certainty) == ("regressed", f"the same loss in {count} paired seeds")
    assert found.reason == "margin 0.5 points: customary for accuracies and other shares"
    assert judged(CORA, cora(before - loss), cora(before, code="n")).word == "improved"
    small = judged(CORA, cora(before), cora(before - 0.004, code="n"))
    assert small.word == "same"


def test_folds_that_agree_by_chance_on_a_noisy_task_are_no_regression() -> None:
    """On 20 test items, three folds may all lose one item where every other contender's folds scatter by some."""
    rng = np.random.default_rng(5)
    base = rng.integers(12, 19, (14, 3)) / 20
    moved = base + rng.integers(-1, 2, (14, 3)) / 20
    moved[0] = base[0] - 1 / 20

    def folds(values: np.ndarray) -> Entries:
        return cells(trial_entry("rings", "gcn", f, metrics={"accuracy": float(a)}) for f, a in enumerate(values))

    rings, still = catalog.task("rings"), np.concatenate([moved[:1], base[1:]])
    among = metric_changes([(rings, f"c{i}", folds(base[i]), folds(moved[i])) for i in range(14)])
    assert among[0].word == "unsure"
    alone = metric_changes([(rings, f"c{i}", folds(base[i]), folds(still[i])) for i in range(14)])
    assert [change.word for change in alone] == ["regressed"] + ["same"] * 13


def test_a_loss_that_may_lie_within_the_margin_could_not_be_measured() -> None:
    """The interval excludes 0 and reaches into the margin of 0.5 points, the estimate of −0.6 points exceeds it."""
    before = np.full(10, 0.8)
    found = judged(CORA, cora(before), cora(before - 0.006 + np.tile([0.003, -0.003], 5), code="n"))
    assert found.word == "unmeasured"
    assert found.change == "−0.6 points [−0.8, −0.4]"
    assert found.reason.startswith("worse, but not shown to exceed the margin 0.5 points")
    assert GateReport("x", "standard", [found]).exit_code == EXIT_UNMEASURED


def test_the_metric_is_called_by_its_title_and_unit() -> None:
    errors = cells(trial_entry("ring", "gcn", seed=s, metrics={"mse": 1e-3 * (1 + s)}) for s in range(3))
    assert judged(RING, errors, errors).title == "mean squared error"
    found = judged(CORA, cora([0.81, 0.82]), cora([0.81, 0.82]))
    assert (found.title, found.new) == ("accuracy", "81.5 %")


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        (ROC_AUC, "margin 0.5 points: customary for accuracies and other shares"),
        (NLL, "margin 1 % of the reference: customary for errors"),
        (Metric("score", "score", "score", "higher"), "margin 1 % of the reference: the gate's choice for scores"),
        (
            Metric("mse", "mse", "error", "lower"),
            "margin ×1.26: a tenth of a decade, where contenders lie decades apart",
        ),
        (Metric("ms", "time", "time", "lower"), "margin ×1.26: a tenth of a decade, the gate's choice for times"),
    ],
)
def test_a_margin_is_worded_by_the_kind_of_the_metric(metric: Metric, reason: str) -> None:
    assert margin(metric, {(0, 0): 0.8}, TrialLayout.SEEDS_FIXED_SPLIT).reason == reason


def test_the_interval_is_printed_in_the_metrics_direction() -> None:
    before = cells(trial_entry("ring", "gcn", seed=s, metrics={"mse": v}) for s, v in enumerate((1e-3, 2e-3, 3e-3)))
    worse = cells(
        trial_entry("ring", "gcn", seed=s, metrics={"mse": v}) for s, v in enumerate((1e-1, 2.1e-1, 3e-1))
    )
    found = judged(RING, before, worse)
    assert found.word == "regressed"
    assert found.change.startswith("×1")
    assert judged(RING, worse, before).word == "improved"


def test_folds_are_tested_with_the_correction_for_shared_training_data() -> None:
    rng = np.random.default_rng(3)
    base = rng.normal(0.8, 0.08, 10)
    before = cells(trial_entry("mutag", "gcn", f, metrics={"accuracy": a}) for f, a in enumerate(base))
    lost = base - 0.03 + rng.normal(0, 0.002, 10)
    after = cells(trial_entry("mutag", "gcn", f, metrics={"accuracy": a}) for f, a in enumerate(lost))
    found = judged(MUTAG, before, after)
    assert found.word == "regressed"
    assert "10 folds" in found.certainty


def test_bits_count_only_on_generated_data_and_one_machine() -> None:
    def smoke(task: str, value: float, **others: object) -> Entries:
        return cells([trial_entry(task, "gcn", metrics={"accuracy": value}, **others)])  # type: ignore[arg-type]

    other_bits = judged(KARATE, smoke("karate", 0.9), smoke("karate", 0.9, digest="e"))
    assert (other_bits.word, other_bits.certainty) == ("changed", "the same values, from other predictions")
    worse = judged(KARATE, smoke("karate", 0.9), smoke("karate", 0.5, digest="e"))
    assert worse.word == "unmeasured"  # one trial: it may be chance
    better = judged(KARATE, smoke("karate", 0.5), smoke("karate", 0.9, digest="e"))
    assert (better.word, better.certainty[:6]) == ("changed", "better")
    elsewhere = judged(KARATE, smoke("karate", 0.9), smoke("karate", 0.9, digest="e", environment="there"))
    assert elsewhere.word == "same"
    real = judged(CORA, smoke("cora", 0.9), smoke("cora", 0.9, digest="e"))
    assert real.word == "same"


def test_a_new_failure_is_a_regression_and_an_old_one_is_not() -> None:
    fine, broken = cora([0.8, 0.8]), dict(cora([0.8]))
    broken[0, 1] = trial_entry("cora", "gcn", seed=1, failure=TrialFailure("OutOfMemory", "6 GiB"))
    found = judged(CORA, fine, broken)
    assert (found.kind, found.word) == ("outcome", "regressed")
    assert found.reason == "OutOfMemory: 6 GiB in 1 trial that the reference finished"
    assert judged(CORA, broken, fine).word == "same"  # the seed that finished on both sides is compared
    never = {cell: trial_entry("cora", "gcn", *cell) for cell in fine}
    assert judged(CORA, never, never).change == "fails as before"
    assert judged(CORA, never, fine).word == "improved"
    not_finite = {
        cell: replace(e, record=replace(e.record, metrics={"accuracy": float("nan")})) for cell, e in fine.items()
    }
    assert judged(CORA, fine, not_finite).word == "regressed"


def test_what_was_not_run_is_visible() -> None:
    found = judged(CORA, cora([0.8, 0.81, 0.79]), cora([0.8]))
    assert (found.word, found.reason) == ("unmeasured", "not run: fold 0 seed 1, fold 0 seed 2")
    assert judged(CORA, {}, cora([0.8])).reason.startswith("no baseline")


@pytest.mark.parametrize(
    ("values", "layout", "expected"),
    [
        ({(0, s): 0.8 for s in range(10)}, TrialLayout.SEEDS_FIXED_SPLIT, 0.005),
        ({(0, 0): 0.7, (0, 1): 0.8, (0, 2): 0.9}, TrialLayout.SEEDS_FIXED_SPLIT, 2 * 0.1 / 3**0.5),
        ({(f, 0): 0.1 * f for f in range(10)}, TrialLayout.FOLDS, 0.005),
        ({(f, s): 0.3 * f + 0.1 * s for f in range(2) for s in range(2)}, TrialLayout.FOLDS, 2 * 0.005**0.5 / 2),
    ],
)
def test_the_margin_is_the_fields_or_the_seeds(
    values: dict[tuple[int, int], float], layout: TrialLayout, expected: float
) -> None:
    found = margin(ACCURACY, values, layout)
    assert found.value == pytest.approx(expected)
    assert found.reason.startswith("margin ")
