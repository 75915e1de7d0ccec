"""Classification from noisy labels with side information: clean test labels score, nobody trains on them.

A contender gets the training and validation images with all their noisy labels, who gave each and other side
information. Test images have no side information.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.protocol import Capability, Protocol, permuted
from harness.contract.report import Report
from harness.contract.search import search, timed
from harness.errors import BadPrediction
from harness.payload import Payload
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.arrays import Annotations, NoisyDataset, NoisyImages, NumberedSplit
from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.protocols.noisy_labels.scores import check_probabilities, classification

PARTS = ("train", "valid")


class NoisyLabelClassifier(Contender):
    """Contract: learn from noisy labels and side information, return a model that needs images alone.

    The model's ``predict(images)``, an `ImageSet` without targets, returns class probabilities (n, classes) of the
    last epoch. It may have

    * ``at_best_validation``: a model of the same kind, with the weights of the epoch whose noisy validation loss is
      lowest;
    * ``num_parameters`` (of what prediction needs) and ``facts``.
    """

    @abstractmethod
    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> Any:
        """Return a fitted model; the protocol compares the searched settings on the noisy validation labels."""


class NoisyLabelClassification(Protocol):
    """Trials of classification from noisy labels."""

    name = "noisy-label-classification"
    capabilities = (Capability("fit", "(train, valid, context) -> model", "learning from noisy labels"),)
    sees = (
        "images, noisy labels and side information of the training and validation parts; no clean label, and "
        "nothing of the test part"
    )
    Options = ClassificationOptions

    def inputs(self, data: NoisyDataset) -> Payload:
        facts = {"num_classes": data.num_classes, "num_annotators": data.draws[0].num_annotators}
        return Payload(facts=facts)

    def view(self, data: NoisyDataset, split: NumberedSplit) -> Payload:
        return noisy_view(data, split)

    def reveal(self, data: NoisyDataset, split: NumberedSplit) -> Payload:
        return Payload({"test_images": data.images[split.test]})

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Report:
        train, valid = noisy_parts(inputs, view)

        def fit(one: Contender) -> Any:
            return one.fit(train, valid, context)  # type: ignore[attr-defined]

        selected = search(contender, context, fit, lambda model: noisy_loss(model, valid))
        model = selected.model
        arrays = {"train_classes": np.asarray(model.predict(train.images)).argmax(axis=1).astype(np.int16)}
        images = ImageSet(reveal()["test_images"], train.num_classes)
        arrays["probabilities"], seconds = timed(lambda: np.asarray(model.predict(images)))
        if (best := getattr(model, "at_best_validation", None)) is not None:
            arrays["best_probabilities"] = np.asarray(best.predict(images))
        return selected.report(arrays, seconds)

    def score(self, data: NoisyDataset, split: NumberedSplit, metric: str, report: Report) -> dict[str, float]:
        """Return `accuracy`, `nll`, `ece`, `noisy_fit`, and `accuracy_at_best_validation` where it is reported."""
        targets, classes = data.targets[split.test], data.num_classes
        probabilities = check_probabilities(report["probabilities"], len(targets), classes)
        scored = classification(probabilities, targets)
        given = data.draws[split.number].of_items(split.train)
        fitted = checked_classes(report["train_classes"], len(split.train), classes)
        scored["noisy_fit"] = float(np.mean(fitted[given.item] == given.label))
        if "best_probabilities" in report.predictions:
            best = check_probabilities(report["best_probabilities"], len(targets), classes)
            scored["accuracy_at_best_validation"] = float(np.mean(best.argmax(axis=1) == targets))
        return scored

    def permute_withheld(self, data: NoisyDataset, split: NumberedSplit, generator: np.random.Generator) -> Any:
        """Permute the clean labels of all images: those of the training side are withheld too."""
        return data.with_targets(permuted(data.targets, np.arange(len(data.targets)), generator))

    def expected_format(self, data: NoisyDataset) -> str:
        first, draw = data.splits[0], data.draws[0]
        return (
            f"fit(train, valid, context): train.images {data.images[:1].shape[1:]} uint8, train.annotations with "
            f"item, label, annotator, features ({draw.features.shape[1]} a label) -> model\n"
            f"model.predict(images) -> probabilities (n, {data.num_classes}); {len(first.train)} images train, "
            f"{len(first.valid)} validate, {len(first.test)} test\nseen while fitting: {self.sees}"
        )


def noisy_view(data: NoisyDataset, split: NumberedSplit) -> Payload:
    """Return images and noisy labels of the training and validation parts, without any clean label."""
    arrays: dict[str, np.ndarray] = {}
    for part in PARTS:
        index = getattr(split, part)
        arrays[f"{part}_images"] = data.images[index]
        arrays |= data.draws[split.number].of_items(index).arrays(f"{part}_")
    return Payload(arrays)


def noisy_parts(inputs: Payload, view: Payload) -> tuple[NoisyImages, NoisyImages]:
    """Return the training and validation part of a view."""
    classes, annotators = int(inputs.facts["num_classes"]), int(inputs.facts["num_annotators"])

    def part(name: str) -> NoisyImages:
        images = ImageSet(view[f"{name}_images"], classes)
        sizes = {"num_items": len(images), "num_annotators": annotators, "num_classes": classes}
        return NoisyImages(images, Annotations.from_arrays(view.arrays, f"{name}_", **sizes))

    return part("train"), part("valid")


def noisy_loss(model: Any, valid: NoisyImages) -> float:
    """Return the mean negative log-likelihood of the noisy validation labels."""
    probabilities = check_probabilities(np.asarray(model.predict(valid.images)), len(valid), valid.num_classes)
    chances = probabilities[valid.annotations.item, valid.annotations.label]
    return float(-np.log(np.maximum(chances, np.finfo(np.float32).tiny)).mean())


def checked_classes(given: np.ndarray, num_items: int, num_classes: int) -> np.ndarray:
    """Return predicted classes (n,); raises BadPrediction unless they are whole numbers of 0..num_classes-1."""

    found = np.asarray(given)
    if found.shape != (num_items,) or found.dtype.kind not in "iu":
        raise BadPrediction(f"classes must be {num_items} whole numbers, got {found.dtype} of shape {found.shape}")
    if num_items and not 0 <= int(found.min()) <= int(found.max()) < num_classes:
        raise BadPrediction(f"classes must lie in 0..{num_classes - 1}, got {found.min()}..{found.max()}")
    return found
