"""The protocol: what contenders may see, that clean labels change nothing, and hostile reports."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.contract.report import Report
from harness.errors import BadPrediction, CapabilityMissing
from harness.payload import Payload
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.arrays import NoisyDataset, NoisyImages
from harness.protocols.noisy_labels.noisy_classification import (
    NoisyLabelClassification,
    NoisyLabelClassifier,
    noisy_loss,
    noisy_parts,
)
from tests.harness.protocols.noisy_labels.small_crowds import context, noisy_bands
from tests.reports import report_of

PROTOCOL = NoisyLabelClassification()
DATA = noisy_bands()


class Frequencies:
    """Predicts the shares of the noisy training labels for every image."""

    num_parameters = 4

    def __init__(self, shares: np.ndarray, at_best_validation: Any = None) -> None:
        self.shares, self.at_best_validation = shares, at_best_validation

    def predict(self, images: ImageSet) -> np.ndarray:
        assert images.targets is None
        return np.tile(self.shares, (len(images), 1))


class FrequencyClassifier(NoisyLabelClassifier):
    """Remembers what it was given."""

    seen: tuple[NoisyImages, NoisyImages]

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (Settings(),)

    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> Frequencies:
        type(self).seen = (train, valid)
        shares = np.bincount(train.annotations.label, minlength=train.num_classes) / len(train.annotations)
        return Frequencies(shares, Frequencies(np.eye(train.num_classes)[2]))


def payloads(data: NoisyDataset, fold: int = 0) -> list[Payload]:
    split = data.splits[fold]
    return [PROTOCOL.inputs(data), PROTOCOL.view(data, split), PROTOCOL.reveal(data, split)]


def trial(fold: int = 0, data: NoisyDataset = DATA) -> Report:
    inputs, view, reveal = payloads(data, fold)
    return PROTOCOL.run(FrequencyClassifier, inputs, view, lambda: reveal, context(FrequencyClassifier))


def test_nothing_that_a_contender_gets_holds_a_clean_label() -> None:
    for fold, split in enumerate(DATA.splits):
        for payload in payloads(DATA, fold):
            for name, array in payload.arrays.items():
                for part in (split.train, split.valid, split.test, slice(None)):
                    assert not np.array_equal(array, DATA.targets[part]), name
        view = payloads(DATA, fold)[1]
        names = {"images", "item", "label", "annotator", "features"}
        assert set(view.arrays) == {f"{part}_{name}" for part in ("train", "valid") for name in names}
        assert np.array_equal(view["train_label"], DATA.draws[fold].of_items(split.train).label)
        assert not np.array_equal(view["train_label"], DATA.targets[split.train][view["train_item"]])


def test_the_test_part_reveals_images_alone() -> None:
    inputs, view, reveal = payloads(DATA)
    assert list(reveal.arrays) == ["test_images"]
    assert np.array_equal(reveal["test_images"], DATA.images[DATA.splits[0].test])
    assert inputs.arrays == {}
    assert dict(inputs.facts) == {"num_classes": 4, "num_annotators": 6}
    seen = [image.tobytes() for name in ("train_images", "valid_images") for image in view[name]]
    assert not {image.tobytes() for image in reveal["test_images"]} & set(seen)


@pytest.mark.parametrize("fold", [0, 1])
def test_permuted_clean_labels_cannot_be_noticed(fold: int) -> None:
    blind = PROTOCOL.permute_withheld(DATA, DATA.splits[fold], np.random.default_rng(0))
    for split in DATA.splits:
        for part in (split.train, split.valid, split.test):
            assert not np.array_equal(blind.targets[part], DATA.targets[part])
    assert sorted(blind.targets) == sorted(DATA.targets)
    for mine, theirs in zip(payloads(DATA, fold), payloads(blind, fold), strict=True):
        assert mine.digest() == theirs.digest()
    first, second = trial(fold), trial(fold, blind)
    assert all(np.array_equal(first[name], second[name]) for name in first.predictions)
    changed = [PROTOCOL.score(data, DATA.splits[fold], "accuracy", first)["nll"] for data in (DATA, blind)]
    assert changed[0] != changed[1]


def test_folds_are_draws() -> None:
    first, second = (payloads(DATA, fold)[1] for fold in (0, 1))
    assert np.array_equal(first["train_images"], second["train_images"])
    assert not np.array_equal(first["train_label"], second["train_label"])


def test_a_trial_by_hand() -> None:
    report = trial()
    split = DATA.splits[0]
    scored = PROTOCOL.score(DATA, split, "accuracy", report)
    train, valid = FrequencyClassifier.seen
    shares = np.bincount(train.annotations.label, minlength=4) / len(train.annotations)
    truth = DATA.targets[split.test]
    assert scored["accuracy"] == np.mean(truth == shares.argmax())
    assert scored["nll"] == pytest.approx(-np.mean(np.log(shares[truth])), rel=1e-6)
    assert scored["noisy_fit"] == np.mean(train.annotations.label == shares.argmax())
    assert scored["accuracy_at_best_validation"] == np.mean(truth == 2)
    assert report.valid_loss == pytest.approx(-np.mean(np.log(shares[valid.annotations.label])), rel=1e-6)
    assert report.parameters == 4
    assert next(iter(scored)) == "accuracy"


def test_without_a_best_epoch_that_metric_is_absent() -> None:
    report = trial()
    kept = {name: report[name] for name in ("probabilities", "train_classes")}
    assert "accuracy_at_best_validation" not in PROTOCOL.score(DATA, DATA.splits[0], "accuracy", report_of(kept))


def test_parts_are_rebuilt_from_the_view() -> None:
    inputs, view, _ = payloads(DATA)
    train, valid = noisy_parts(inputs, view)
    assert (len(train), len(valid), train.num_classes, train.annotations.num_annotators) == (90, 10, 4, 6)
    assert train.images.targets is None
    assert train.annotations.counts.tolist() == [2] * 90


def test_noisy_loss_counts_every_label_and_stays_finite() -> None:
    inputs, view, _ = payloads(DATA)
    valid = noisy_parts(inputs, view)[1]
    assert noisy_loss(Frequencies(np.full(4, 0.25)), valid) == pytest.approx(np.log(4))
    assert np.isfinite(noisy_loss(Frequencies(np.eye(4)[0]), valid))
    with pytest.raises(BadPrediction, match="must be finite"):
        noisy_loss(Frequencies(np.full(4, np.nan)), valid)


def sound() -> dict[str, np.ndarray]:
    return {
        "probabilities": np.full((40, 4), 0.25),
        "train_classes": np.zeros(90, np.int16),
        "best_probabilities": np.full((40, 4), 0.25),
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"probabilities": np.full((39, 4), 0.25)}, r"shape \(40, 4\), got float64 of shape \(39, 4\)"),
        ({"probabilities": np.full((40, 4), np.inf)}, "must be finite"),
        ({"probabilities": np.full((40, 4), 0.3)}, "a sum of 1.2"),
        ({"probabilities": np.tile([-1.0, 2.0, 0.0, 0.0], (40, 1))}, "smallest value of -1"),
        ({"best_probabilities": np.full((40, 3), 1 / 3)}, r"shape \(40, 4\), got float64 of shape \(40, 3\)"),
        ({"best_probabilities": np.full((40, 4), np.nan)}, "must be finite"),
        (
            {"train_classes": np.zeros(89, np.int16)},
            r"classes must be 90 whole numbers, got int16 of shape \(89,\)",
        ),
        ({"train_classes": np.zeros((90, 1), np.int16)}, r"of shape \(90, 1\)"),
        ({"train_classes": np.zeros(90)}, "classes must be 90 whole numbers, got float64"),
        ({"train_classes": np.full(90, 4)}, r"classes must lie in 0\.\.3, got 4\.\.4"),
        ({"train_classes": np.full(90, -1)}, r"classes must lie in 0\.\.3, got -1\.\.-1"),
    ],
)
def test_hostile_reports_are_refused(changes: Mapping[str, np.ndarray], message: str) -> None:
    PROTOCOL.score(DATA, DATA.splits[0], "accuracy", report_of(sound()))
    with pytest.raises(BadPrediction, match=message):
        PROTOCOL.score(DATA, DATA.splits[0], "accuracy", report_of({**sound(), **changes}))


@pytest.mark.parametrize("missing", ["probabilities", "train_classes"])
def test_a_missing_array_is_named(missing: str) -> None:
    given = {name: array for name, array in sound().items() if name != missing}
    with pytest.raises(BadPrediction, match=f"expected an array '{missing}'"):
        PROTOCOL.score(DATA, DATA.splits[0], "accuracy", report_of(given))


def test_a_class_without_fit_is_no_contender() -> None:
    class Unfit:
        pass

    with pytest.raises(CapabilityMissing, match="learning from noisy labels"):
        PROTOCOL.check(Unfit, "unfit")
    PROTOCOL.check(FrequencyClassifier, "frequencies")


def test_the_expected_format_gives_sizes() -> None:
    found = PROTOCOL.expected_format(DATA)
    for part in (
        "(8, 8) uint8",
        "features (1 a label)",
        "probabilities (n, 4)",
        "90 images train, 10 validate, 40",
    ):
        assert part in found
