"""Image classification: predict the class of each image; the test images themselves arrive only after ``fit``."""

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from harness.contract.confusion import confusion_counts, recalls
from harness.contract.context import Context
from harness.contract.protocol import Capability, Contender, Model, Protocol
from harness.contract.scoring import score_classes, validation_loss
from harness.contract.search import predicted_classes, search
from harness.data.split import Split
from harness.errors import BadPrediction
from harness.payload import Payload
from harness.protocols.graphs.graph_classification import permuted
from harness.protocols.images.arrays import ImageDataset, ImageSet

MAX_LISTED_CLASSES = 10


class ImageClassifier(Contender):
    """Contract: learn from labelled images, return a model that scores unlabelled ones.

    The model's ``predict(images: ImageSet)`` returns class scores (logits or log-probabilities) of shape
    (len(images), num_classes). It may have

    * ``num_parameters``;
    * ``facts``, a mapping of names to plain values (numbers, texts, lists of them) that the record keeps under
      ``model``: the kept density, the seconds of a phase, …;
    * for the labelled diagnostic `test_peek_max`, ``predict_epochs(images)`` of shape (epochs, n, num_classes).
    """

    @abstractmethod
    def fit(self, train: ImageSet, valid: ImageSet, context: Context) -> Model:
        """Learn from `train`; `valid` is for early stopping and selection."""


class ImageClassification(Protocol):
    """Trials of image classification."""

    name = "image-classification"
    title = "Image classification"
    capabilities = (Capability("fit", "(train, valid, context) -> model", "learning from labelled images"),)
    sees = "images and targets of the training and validation parts; of the test part nothing, not even the images"

    def inputs(self, data: ImageDataset) -> Payload:
        return Payload(facts={"num_classes": data.num_classes})

    def view(self, data: ImageDataset, split: Split) -> Payload:
        return Payload(
            {
                "train_images": data.images[split.train],
                "train_targets": data.targets[split.train],
                "valid_images": data.images[split.valid],
                "valid_targets": data.targets[split.valid],
            }
        )

    def reveal(self, data: ImageDataset, split: Split) -> Payload:
        return Payload({"test_images": data.images[split.test]})

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Payload:
        classes = int(inputs.facts["num_classes"])
        train = ImageSet(view["train_images"], classes, view["train_targets"])
        valid = ImageSet(view["valid_images"], classes, view["valid_targets"])
        unlabelled = ImageSet(valid.images, classes)

        def loss(model: Any) -> float:
            return validation_loss(np.asarray(model.predict(unlabelled)), view["valid_targets"], classes)

        selected = search(contender, context, lambda c: c.fit(train, valid, context), loss)  # type: ignore[attr-defined]
        predictions = predicted_classes(selected, ImageSet(reveal()["test_images"], classes))
        told = model_facts(selected.model)
        return Payload(predictions.arrays, {**predictions.facts, **({"model": told} if told else {})})

    def score(self, data: ImageDataset, split: Split, metric: str, predictions: Payload) -> dict[str, float]:
        """Return the task's metric, `nll`, `balanced_accuracy` (mean recall), `worst_recall` and, up to
        `MAX_LISTED_CLASSES` classes, `recall_<class>`; classes without test images do not count.
        """
        targets = data.targets[split.test]
        metrics = score_classes(predictions, targets, data.num_classes, metric)
        predicted = predictions["scores"].argmax(axis=1)
        by_class = recalls(confusion_counts(predicted, targets, data.num_classes))
        metrics |= {"balanced_accuracy": float(np.nanmean(by_class)), "worst_recall": float(np.nanmin(by_class))}
        if data.num_classes <= MAX_LISTED_CLASSES:
            metrics |= {f"recall_{c}": float(recall) for c, recall in enumerate(by_class) if not math.isnan(recall)}
        return metrics

    def permute_withheld(self, data: ImageDataset, split: Split, generator: np.random.Generator) -> ImageDataset:
        return data.with_targets(permuted(data.targets, split.test, generator))

    def expected_format(self, data: ImageDataset) -> str:
        first = data.splits[0]
        size = ", ".join(str(side) for side in data.images.shape[1:])
        return (
            f"fit(train, valid, context): ImageSets of {len(first.train)} and {len(first.valid)} images (fold 0) "
            f"with `images` (n, {size}) uint8, `targets` (n,) int64 in 0..{data.num_classes - 1}\n"
            f"model.predict(test): ImageSet of {len(first.test)} images without targets -> scores "
            f"({len(first.test)}, {data.num_classes}), finite, larger = more likely\n"
            f"seen while fitting: {self.sees}"
        )


def model_facts(model: Any) -> dict[str, Any]:
    """Return what a model tells of itself in its optional ``facts``, as plain values for the record.

    Raises:
        BadPrediction: no mapping of texts to finite numbers, texts, truth values or lists of these.
    """
    told = getattr(model, "facts", {})
    if not isinstance(told, Mapping) or not all(isinstance(name, str) for name in told):
        raise BadPrediction(f"model.facts must be a mapping with texts as names, got {told!r:.200}")
    return {name: _plain(name, value) for name, value in told.items()}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(name, item) for item in value]
    if isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise BadPrediction(f"model.facts[{name!r}] must be finite numbers, texts or lists of them, got {value!r:.200}")
