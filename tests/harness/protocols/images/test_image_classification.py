"""The protocol of image classification: what is shown when, what is scored, what a model may tell."""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.confusion import confusion_counts, recalls
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.data.generated import generate
from harness.data.split import Split
from harness.errors import BadPrediction, CapabilityMissing
from harness.families import dataset_entry
from harness.payload import Payload
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.images.held_out_images import ImageClassification, ImageClassifier, model_facts
from harness.seeds import stream
from harness.trial import Trial

PROTOCOL = ImageClassification()


class Centroid(ImageClassifier):
    """Nearest mean image; checks what it is shown."""

    @classmethod
    def configurations(cls, profile: str) -> tuple[Settings, ...]:
        return (Settings(),)

    def fit(self, train: ImageSet, valid: ImageSet, context: Context) -> Any:
        assert train.targets is not None
        assert valid.targets is not None
        pixels = train.flattened()
        means = np.stack([pixels[train.targets == c].mean(axis=0) for c in range(train.num_classes)])

        def predict(images: ImageSet) -> np.ndarray:
            assert images.targets is None
            return -((images.flattened()[:, None] - means) ** 2).sum(axis=2)

        return SimpleNamespace(predict=predict, num_parameters=means.size, facts={"kept": np.float32(0.5)})


@pytest.fixture(scope="module")
def data() -> ImageDataset:
    return generate(dataset_entry("digits"))


def run(data: ImageDataset, split: Split, contender: type[ImageClassifier] = Centroid) -> Payload:
    inputs, view = PROTOCOL.inputs(data), PROTOCOL.view(data, split)
    context = Context(Trial("digits", "centroid", profile="smoke"))
    return PROTOCOL.run(contender, inputs, view, lambda: PROTOCOL.reveal(data, split), context)


def test_a_trial_from_fit_to_score(data: ImageDataset) -> None:
    PROTOCOL.check(Centroid, "centroid")
    split = data.splits[1]
    output = run(data, split)
    metrics = PROTOCOL.score(data, split, "accuracy", output)
    assert 0.85 < metrics["accuracy"] < 0.95
    assert next(iter(metrics)) == "accuracy"
    recall = [metrics[f"recall_{c}"] for c in range(10)]
    weights = np.bincount(data.targets[split.test], minlength=10) / len(split.test)
    assert np.dot(recall, weights) == pytest.approx(metrics["accuracy"])
    assert metrics["balanced_accuracy"] == pytest.approx(np.mean(recall))
    assert metrics["worst_recall"] == min(recall)
    assert output.facts["model"] == {"kept": 0.5}
    assert output.facts["parameters"] == 640
    assert output.facts["configurations_tried"] == 1


def test_nothing_of_the_test_part_is_shown_before_fit_has_returned(data: ImageDataset) -> None:
    split = data.splits[0]
    inputs, view, revealed = PROTOCOL.inputs(data), PROTOCOL.view(data, split), PROTOCOL.reveal(data, split)
    assert not inputs.arrays
    assert {name: len(array) for name, array in view.arrays.items()} == {
        "train_images": len(split.train),
        "train_targets": len(split.train),
        "valid_images": len(split.valid),
        "valid_targets": len(split.valid),
    }
    assert list(revealed.arrays) == ["test_images"]
    marked = data.images.copy()
    marked[split.test] = 77
    other = ImageDataset(data.name, marked, data.targets, 10, data.splits, "", "")
    assert PROTOCOL.view(other, split).digest() == view.digest()
    assert PROTOCOL.inputs(other).digest() == inputs.digest()


def test_test_images_are_asked_for_after_fit(data: ImageDataset) -> None:
    events = []

    class Watched(Centroid):
        def fit(self, train: ImageSet, valid: ImageSet, context: Context) -> Any:
            model = super().fit(train, valid, context)
            events.append("fitted")
            return model

    split = data.splits[0]

    def reveal() -> Payload:
        events.append("revealed")
        return PROTOCOL.reveal(data, split)

    context = Context(Trial("digits", "watched", profile="smoke"))
    PROTOCOL.run(Watched, PROTOCOL.inputs(data), PROTOCOL.view(data, split), reveal, context)
    assert events == ["fitted", "revealed"]


def test_permuting_changes_test_targets_and_no_prediction(data: ImageDataset) -> None:
    split = data.splits[0]
    changed = PROTOCOL.permute_withheld(data, split, stream("blind", "digits", 0))
    differs = np.flatnonzero(changed.targets != data.targets)
    assert set(differs) <= set(split.test)
    assert len(differs) > 0
    assert sorted(changed.targets[split.test]) == sorted(data.targets[split.test])
    assert run(changed, split)["scores"].tobytes() == run(data, split)["scores"].tobytes()


def test_the_expected_format_names_shapes(data: ImageDataset) -> None:
    text = PROTOCOL.expected_format(data)
    assert "(n, 8, 8) uint8" in text
    assert f"({len(data.splits[0].test)}, 10), finite" in text


def test_without_fit_it_is_no_contender() -> None:
    with pytest.raises(CapabilityMissing, match="learning from labelled images"):
        PROTOCOL.check(type("Empty", (), {"configurations": lambda profile: ()}), "empty")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s[:-1], "shape"),
        (lambda s: s[:, :9], "shape"),
        (lambda s: np.where(s == s.max(), np.nan, s), "finite"),
        (lambda s: s.astype(str), "numeric"),
    ],
)
def test_wrong_scores_are_refused(
    data: ImageDataset, change: Callable[[np.ndarray], np.ndarray], message: str
) -> None:
    split = data.splits[0]
    scores = stream("scores").random((len(split.test), 10))
    with pytest.raises(BadPrediction, match=message):
        PROTOCOL.score(data, split, "accuracy", Payload({"scores": change(scores)}))
    with pytest.raises(BadPrediction, match="expected an array `scores`"):
        PROTOCOL.score(data, split, "accuracy", Payload({}))


def test_many_classes_are_summed_up_and_absent_ones_do_not_count() -> None:
    targets = np.array([0, 1, 0, 5, 0, 5, 7])
    images = np.zeros((7, 2, 2), dtype=np.uint8)
    split = Split(np.array([0]), np.array([1]), np.array([2, 3, 4, 5, 6]))
    data = ImageDataset("twelve", images, targets, 12, (split,), "", "")
    scores = np.eye(12)[[0, 5, 1, 2, 7]]
    metrics = PROTOCOL.score(data, split, "accuracy", Payload({"scores": scores}))
    assert set(metrics) == {"accuracy", "nll", "balanced_accuracy", "worst_recall"}
    assert metrics["accuracy"] == pytest.approx(3 / 5)
    assert metrics["balanced_accuracy"] == pytest.approx((1 / 2 + 1 / 2 + 1) / 3)
    assert metrics["worst_recall"] == 0.5


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_confusion_counts_are_counts(items: list[tuple[int, int]]) -> None:
    predicted, targets = (np.array([item[k] for item in items], dtype=np.int64) for k in (0, 1))
    counts = confusion_counts(predicted, targets, 4)
    for i in range(4):
        for j in range(4):
            assert counts[i, j] == sum(item == (j, i) for item in items)
    share = recalls(counts)
    for i in range(4):
        of_class = [p == t for p, t in items if t == i]
        assert math.isnan(share[i]) if not of_class else share[i] == pytest.approx(np.mean(of_class))


@pytest.mark.parametrize(
    ("predicted", "targets", "message"),
    [
        ([0, 1], [0], "as many predictions as targets"),
        ([0, 3], [0, 1], r"predicted must lie in 0\.\.2, got 0\.\.3"),
        ([0, 1], [-1, 1], r"targets must lie in 0\.\.2, got -1\.\.1"),
    ],
)
def test_wrong_classes_are_not_counted(predicted: list[int], targets: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        confusion_counts(np.array(predicted), np.array(targets), 3)


def test_models_may_tell_plain_values() -> None:
    told = {
        "density": np.float64(0.25),
        "rounds": np.int32(3),
        "layers": (1, 2.5),
        "rule": "ratio",
        "flag": np.True_,
    }
    plain = model_facts(SimpleNamespace(facts={**told, "widths": np.arange(3)}))
    expected = {
        "density": 0.25,
        "rounds": 3,
        "layers": [1, 2.5],
        "rule": "ratio",
        "flag": True,
        "widths": [0, 1, 2],
    }
    assert plain == expected
    assert type(plain["density"]) is float
    assert type(plain["rounds"]) is int
    assert model_facts(object()) == {}


@pytest.mark.parametrize("facts", [[1], {1: 2}, {"a": math.nan}, {"a": [math.inf]}, {"a": {"b": 1}}, {"a": None}])
def test_models_may_not_tell_anything_else(facts: object) -> None:
    with pytest.raises(BadPrediction, match=r"model\.facts"):
        model_facts(SimpleNamespace(facts=facts))
