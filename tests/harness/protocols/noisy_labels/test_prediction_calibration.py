"""The protocol of calibration: views without clean labels, equal classifiers for all, hostile reports, scores."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.contract.report import Report
from harness.errors import BadPrediction, DeclarationError
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.classifiers import KnownClassifiers, Outputs, TrainedClassifier
from harness.protocols.noisy_labels.metrics import BASES, CALIBRATION
from harness.protocols.noisy_labels.noise.synthetic import transition_of
from harness.protocols.noisy_labels.prediction_calibration import PredictionCalibration, PredictionCalibrator
from harness.trial import Trial
from tests.harness.protocols.noisy_labels.noisy_stripes import CLASSES, derived
from tests.reports import report_of

PROTOCOL = PredictionCalibration()
NUM_TEST = 40


class _Unchanged:
    """A model that returns the probabilities of the classifier, and its facts."""

    def __init__(self, facts: dict[str, Any], transition: np.ndarray | None) -> None:
        self.facts = facts
        if transition is not None:
            self.transition = transition

    def predict(self, images: ImageSet, outputs: Outputs) -> np.ndarray:
        assert len(images) == len(outputs.logits)
        assert images.targets is None
        return outputs.probabilities


class Unchanged(PredictionCalibrator):
    """A contender that keeps all that it was given."""

    seen: ClassVar[list[tuple[TrainedClassifier, KnownClassifiers]]] = []
    transition: ClassVar[np.ndarray | None] = None

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return [Settings()]

    def fit(self, classifier: TrainedClassifier, known: KnownClassifiers, context: Context) -> _Unchanged:
        self.seen.append((classifier, known))
        return _Unchanged({"steps": 3, "flags": ["fallback"]}, self.transition)


class Tampering(Unchanged):
    """A contender that trains the network of the classifier, and overwrites its outputs."""

    def fit(self, classifier: TrainedClassifier, known: KnownClassifiers, context: Context) -> _Unchanged:
        network = classifier.network().train()
        for parameter in network.parameters():
            parameter.data.zero_()
        outputs = classifier.outputs(known.train.images)
        outputs.logits[:] = 0
        return super().fit(classifier, known, context)


def run(contender: type[Unchanged] = Unchanged) -> Report:
    """Run a trial on the first draw."""
    contender.seen.clear()
    data, context = derived(), Context(Trial("calibration", "unchanged", profile="smoke"))
    first = data.splits[0]
    view = PROTOCOL.view(data, first)
    return PROTOCOL.run(contender, PROTOCOL.inputs(data), view, lambda: PROTOCOL.reveal(data, first), context)


def uniform() -> dict[str, np.ndarray]:
    """Return correct probabilities of every classifier."""
    return {f"probabilities_{name}": np.full((NUM_TEST, CLASSES), 1 / CLASSES) for name in BASES}


def test_the_view_has_no_clean_label_and_nothing_of_the_test_part() -> None:
    data = derived()
    first = data.splits[0]
    targets = data.targets[first.test]
    view, inputs = PROTOCOL.view(data, first), PROTOCOL.inputs(data)
    given = {**view.arrays, **inputs.arrays}
    assert not [name for name in given if "target" in name or "test" in name or name == "transitions"]
    for name, array in given.items():
        assert not (array.shape == targets.shape and np.array_equal(array, targets)), name
    for part in ("train", "valid"):
        index = getattr(first, part)
        np.testing.assert_array_equal(view[f"{part}_label"], data.draws[0].label[index])
        assert not np.array_equal(view[f"{part}_label"], data.targets[index])
    rows = {row.tobytes() for name in ("train_images", "valid_images") for row in view[name]}
    assert not rows & {row.tobytes() for row in PROTOCOL.reveal(data, first)["test_images"]}
    assert "noise_rates" not in {**view.facts, **inputs.facts}
    assert json.loads(json.dumps(dict(view.facts))) == view.facts


def test_each_draw_has_its_own_classifiers_and_labels() -> None:
    data = derived()
    first, second = (PROTOCOL.view(data, split) for split in data.splits)
    assert not np.array_equal(first["train_label"], second["train_label"])
    assert not np.array_equal(first["ce_0"], second["ce_0"])
    np.testing.assert_array_equal(first["train_images"], second["train_images"])


def test_permuted_clean_labels_are_invisible() -> None:
    data = derived()
    first = data.splits[0]
    permuted = PROTOCOL.permute_withheld(data, first, np.random.default_rng(0))
    for part in (first.train, first.valid, first.test):
        assert not np.array_equal(permuted.targets[part], data.targets[part])
    assert sorted(permuted.targets) == sorted(data.targets)
    for cut in (PROTOCOL.view, PROTOCOL.reveal):
        assert cut(data, first).digest() == cut(permuted, first).digest()
    assert PROTOCOL.inputs(data).digest() == PROTOCOL.inputs(permuted).digest()


def test_every_classifier_is_calibrated_and_all_are_known() -> None:
    data = derived()
    first = data.splits[0]
    targets = data.targets[first.test]
    report = run()
    assert [classifier.name for classifier, _ in Unchanged.seen] == list(BASES)
    known = Unchanged.seen[0][1]
    assert list(known.classifiers) == list(BASES)
    assert known.train.images.targets is None
    assert known.valid.images.targets is None
    np.testing.assert_array_equal(known.train.labels, data.draws[0].label[first.train])
    metrics = PROTOCOL.score(data, first, "accuracy", report)
    CALIBRATION.check(metrics, PROTOCOL.name)
    images = ImageSet(data.images[first.test], CLASSES)
    by_hand = {n: float((c.outputs(images).classes == targets).mean()) for n, c in known.classifiers.items()}
    for name, accuracy in by_hand.items():
        assert metrics[f"accuracy_on_{name}"] == pytest.approx(accuracy)
    assert metrics["accuracy"] == pytest.approx(np.mean(list(by_hand.values())))
    assert report.model["ce_steps"] == report.model["rel_steps"] == 3
    assert report.flags == ("fallback",)


def test_the_search_sees_the_mean_loss_of_noisy_validation_labels() -> None:
    report = run()
    known = Unchanged.seen[0][1]
    every = [one.outputs(known.valid.images).probabilities for one in known.classifiers.values()]
    chances = np.mean(every, axis=0)[np.arange(len(known.valid)), known.valid.labels]
    assert report.valid_loss == pytest.approx(-np.log(chances).mean(), rel=1e-5)


def test_all_contenders_get_the_same_outputs_to_the_bit() -> None:
    expected, again, tampered = run(), run(), run(Tampering)
    for name, array in expected.predictions.items():
        assert again[name].tobytes() == array.tobytes()
        assert tampered[name].tobytes() == array.tobytes()


def test_an_estimate_replaces_that_of_the_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    data = derived()
    first = data.splits[0]
    inherited = PROTOCOL.score(data, first, "accuracy", run())
    errors = {name for name in inherited if name.startswith("transition_error")}
    assert errors == {f"transition_error_on_{name}" for name in ("forward", "dualt", "tvr")}
    estimate = data.networks[0]["forward_transition"]
    truth = transition_of(data.targets, data.draws[0].label, CLASSES)
    assert inherited["transition_error_on_forward"] == pytest.approx(np.mean((estimate - truth) ** 2))
    monkeypatch.setattr(Unchanged, "transition", truth)
    own = PROTOCOL.score(data, first, "accuracy", run())
    assert [own[f"transition_error_on_{name}"] for name in BASES] == pytest.approx([0.0] * len(BASES))


def test_scores_by_hand() -> None:
    data = derived()
    first = data.splits[0]
    targets = data.targets[first.test]
    perfect, wrong = np.eye(CLASSES)[targets], np.eye(CLASSES)[(targets + 1) % CLASSES]
    given = {f"probabilities_{name}": perfect for name in BASES} | {"probabilities_ce": wrong}
    metrics = PROTOCOL.score(data, first, "accuracy", report_of(given))
    assert metrics["accuracy"] == pytest.approx(0.9)
    assert (metrics["accuracy_on_ce"], metrics["accuracy_on_es"]) == (0, 1)
    assert metrics["ece"] == pytest.approx(0.1)
    assert PROTOCOL.score(data, first, "accuracy", report_of(uniform()))["nll"] == pytest.approx(np.log(3))


def _changed(row: Callable[[np.ndarray], None]) -> np.ndarray:
    given = uniform()["probabilities_jocor"]
    row(given)
    return given


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("probabilities_jocor", np.full((NUM_TEST, 2), 0.5), r"shape \(40, 3\)"),
        ("probabilities_jocor", np.full((NUM_TEST - 1, 3), 1 / 3), r"shape \(40, 3\)"),
        ("probabilities_jocor", np.full((NUM_TEST, 3), "a"), "numeric"),
        ("probabilities_jocor", np.full((NUM_TEST, 3), 1 + 0j), "numeric"),
        ("probabilities_jocor", _changed(lambda p: p.__setitem__((0, 0), np.nan)), "finite, got 1"),
        ("probabilities_jocor", _changed(lambda p: p.__setitem__((0, 0), np.inf)), "finite, got 1"),
        ("probabilities_jocor", _changed(lambda p: p.__setitem__(0, [-0.5, 1, 0.5])), "smallest value of -0.5"),
        ("probabilities_jocor", _changed(lambda p: p.__setitem__(0, [1, 1, 1])), "a sum of 3"),
        ("transition_ce", np.eye(2), r"shape \(3, 3\)"),
        ("transition_ce", np.full((3, 3), np.nan), "finite"),
        ("transition_ce", np.full((3, 3), 1.0), "sum to 1"),
    ],
)
def test_hostile_reports_are_rejected(name: str, values: np.ndarray, message: str) -> None:
    data = derived()
    first = data.splits[0]
    with pytest.raises(BadPrediction, match=message):
        PROTOCOL.score(data, first, "accuracy", report_of({**uniform(), name: values}))


def test_a_report_without_a_classifier_is_rejected() -> None:
    data = derived()
    first = data.splits[0]
    given = uniform()
    del given["probabilities_tvr"]
    with pytest.raises(BadPrediction, match="expected an array 'probabilities_tvr'"):
        PROTOCOL.score(data, first, "accuracy", report_of(given))


def test_arrays_of_unknown_names_count_nothing() -> None:
    data = derived()
    first = data.splits[0]
    extra = {"probabilities_magic": np.zeros(3), "transition_magic": np.eye(3)}
    plain = PROTOCOL.score(data, first, "accuracy", report_of(uniform()))
    assert PROTOCOL.score(data, first, "accuracy", report_of(uniform() | extra)) == plain


def test_a_set_without_classifiers_is_named() -> None:
    data = derived()
    first = data.splits[0]
    bare = replace(data, networks=())
    for ask in (lambda: PROTOCOL.view(bare, first), lambda: PROTOCOL.score(bare, first, "accuracy", report_of())):
        with pytest.raises(DeclarationError, match="noisy-stripes has no trained classifiers"):
            ask()


def test_the_format_names_what_a_calibrator_gets() -> None:
    data = derived()
    text = PROTOCOL.expected_format(data)
    assert "(n, 3)" in text
    assert "90 images trained the classifiers, 10 validate, 40 test" in text
    assert PROTOCOL.sees in text
