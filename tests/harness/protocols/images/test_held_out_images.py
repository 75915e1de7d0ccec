"""Protocols on held-out images: what is shown when, what is scored."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.contract.report import Report
from harness.data.generated import generate
from harness.data.split import Split
from harness.errors import BadPrediction, CapabilityMissing
from harness.families import dataset_entry
from harness.payload import Payload
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.seeds import stream
from harness.trial import Trial
from tests.harness.protocols.images.labelled_images import ImageLearner, LabelledImages
from tests.reports import report_of

PROTOCOL = LabelledImages()


class Centroid(ImageLearner):
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


def run(data: ImageDataset, split: Split, contender: type[ImageLearner] = Centroid) -> Report:
    inputs, view = PROTOCOL.inputs(data), PROTOCOL.view(data, split)
    context = Context(Trial("digits", "centroid", profile="smoke"))
    return PROTOCOL.run(contender, inputs, view, lambda: PROTOCOL.reveal(data, split), context)


def test_a_trial_from_fit_to_score(data: ImageDataset) -> None:
    PROTOCOL.check(Centroid, "centroid")
    split = data.splits[1]
    report = run(data, split)
    metrics = PROTOCOL.score(data, split, "accuracy", report)
    assert 0.85 < metrics["accuracy"] < 0.95
    assert list(metrics) == ["accuracy", "nll"]
    right = report["scores"].argmax(axis=1) == data.targets[split.test]
    assert metrics["accuracy"] == np.mean(right)
    assert report.model == {"kept": 0.5}
    assert report.parameters == 640
    assert report.configurations_tried == 1


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
        PROTOCOL.score(data, split, "accuracy", report_of({"scores": change(scores)}))
    with pytest.raises(BadPrediction, match="expected an array 'scores', got no array"):
        PROTOCOL.score(data, split, "accuracy", report_of())
