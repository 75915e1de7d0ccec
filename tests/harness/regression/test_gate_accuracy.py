"""Accuracy and outcomes of trials: non-inferiority, exact equality where it can be had, failures in sight."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness import catalog
from harness.contract.class_metrics import ACCURACY
from harness.regression.accuracy import Entries, accuracy_changes
from harness.regression.changes import Change
from harness.regression.margins import margin
from harness.statistics import TrialLayout
from harness.tables.scales import scale_of
from harness.task import Task
from harness.trial import TrialFailure
from tests.harness.regression.samples import cells, seeds_of, trial_entry

CORA, MUTAG, KARATE, RING = (catalog.task(name) for name in ("cora", "mutag", "karate", "ring"))


def accuracies(
    rng: np.random.Generator, count: int = 10, mean: float = 0.81, deviation: float = 0.007
) -> np.ndarray:
    return np.round(rng.normal(mean, deviation, count), 3)


def judged(task: Task, reference: Entries, new: Entries) -> Change:
    (found,) = accuracy_changes([(task, "gcn", reference, new)])
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
    words = {change.who: change.word for change in accuracy_changes(pairs)}
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
        said += [change.word for change in accuracy_changes(pairs)]
    assert "regressed" not in said


def test_identical_values_are_the_same_even_of_one_trial() -> None:
    found = judged(CORA, cora([0.81]), cora([0.81]))
    assert (found.word, found.certainty, found.reference, found.new) == ("same", "identical", "81.0", "81.0")


def test_one_trial_beyond_the_margin_cannot_be_judged() -> None:
    assert judged(CORA, cora([0.81]), cora([0.807])).word == "same"
    found = judged(CORA, cora([0.81]), cora([0.78]))
    assert found.word == "unmeasured"
    assert found.change == "−3.0 points"


def test_a_loss_that_noise_may_hide_is_unsure() -> None:
    rng = np.random.default_rng(2)
    found = judged(CORA, cora(accuracies(rng, 3, deviation=0.02)), cora(accuracies(rng, 3, deviation=0.02)))
    assert found.word == "unsure"


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
    assert (worse.word, worse.certainty[:5]) == ("changed", "worse")
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
    found = margin(scale_of(ACCURACY), values, layout)
    assert found.value == pytest.approx(expected)
    assert found.reason.startswith("margin ")
