"""Calibration of noisy predictions: a contender corrects the outputs of classifiers that it did not train.

The classifiers are part of the data: each is trained once for a draw of the noise, and all contenders get the same
ones. A trial calibrates all of them; its ranked accuracy is the mean over them.
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
from harness.errors import BadPrediction, DeclarationError
from harness.payload import Payload
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.arrays import NoisyDataset, NumberedSplit
from harness.protocols.noisy_labels.classifiers import KnownClassifiers, TrainedClassifier, classifiers_of
from harness.protocols.noisy_labels.metrics import SHOWN_BASE
from harness.protocols.noisy_labels.noisy_classification import noisy_loss, noisy_parts, noisy_view
from harness.protocols.noisy_labels.scores import check_probabilities, check_transition, classification


class PredictionCalibrator(Contender):
    """Contract: correct the predictions of a trained classifier.

    The model's ``predict(images, outputs)``, an `ImageSet` and the classifier's `Outputs` for it, returns class
    probabilities (n, classes). It may have ``transition``, its estimate of the transition matrix (classes, classes)
    with rows of clean classes, and ``facts``.
    """

    @abstractmethod
    def fit(self, classifier: TrainedClassifier, known: KnownClassifiers, context: Context) -> Any:
        """Return a model for one classifier, which stays as it is."""


class _Calibrated:
    """The models of all classifiers as one, for the search: its prediction is the mean over them."""

    def __init__(self, known: KnownClassifiers, models: dict[str, Any]) -> None:
        self.known, self.models = known, models
        self.facts: dict[str, Any] = {}
        flags: dict[str, None] = {}  # each once, in order
        for name, model in models.items():
            own = dict(getattr(model, "facts", {}))
            flags |= dict.fromkeys(own.pop("flags", []))
            self.facts |= {f"{name}_{key}": value for key, value in own.items()}
        if flags:
            self.facts["flags"] = list(flags)

    def probabilities(self, images: ImageSet) -> dict[str, np.ndarray]:
        """Return the calibrated probabilities of each classifier."""
        return {
            name: np.asarray(model.predict(images, self.known.classifiers[name].outputs(images)))
            for name, model in self.models.items()
        }

    def predict(self, images: ImageSet) -> np.ndarray:
        """Return the mean of the calibrated probabilities."""
        mean: np.ndarray = np.mean(list(self.probabilities(images).values()), axis=0)
        return mean


def _trained(data: NoisyDataset, split: NumberedSplit) -> Payload:
    """Return the classifiers of a draw; raises DeclarationError where the set has none."""
    if split.number >= len(data.networks):
        raise DeclarationError(
            f"{data.name} has no trained classifiers: a task of calibration needs a set whose recipe has 'networks'"
        )
    return data.networks[split.number]


class PredictionCalibration(Protocol):
    """Trials of calibration."""

    name = "prediction-calibration"
    capabilities = (Capability("fit", "(classifier, known, context) -> model", "correction of a classifier"),)
    sees = (
        "images and noisy labels of the training and validation parts, and classifiers trained on them; no clean "
        "label, and nothing of the test part"
    )

    def inputs(self, data: NoisyDataset) -> Payload:
        return Payload(facts={"num_classes": data.num_classes, "num_annotators": data.draws[0].num_annotators})

    def view(self, data: NoisyDataset, split: NumberedSplit) -> Payload:
        noisy, trained = noisy_view(data, split), _trained(data, split)
        return Payload({**noisy.arrays, **trained.arrays}, trained.facts)

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
        known = KnownClassifiers(train, valid, classifiers_of(view))

        def fit(one: Contender) -> _Calibrated:
            return _Calibrated(
                known,
                {n: one.fit(given, known, context) for n, given in known.classifiers.items()},  # type: ignore[attr-defined]
            )

        selected = search(contender, context, fit, lambda model: noisy_loss(model, valid))
        images = ImageSet(reveal()["test_images"], train.num_classes)
        found, seconds = timed(lambda: selected.model.probabilities(images))
        arrays = {f"probabilities_{name}": values for name, values in found.items()}
        for name, model in selected.model.models.items():
            own = getattr(model, "transition", None)
            estimate = known.classifiers[name].transition if own is None else own
            if estimate is not None:
                arrays[f"transition_{name}"] = np.asarray(estimate)
        return selected.report(arrays, seconds)

    def score(self, data: NoisyDataset, split: NumberedSplit, metric: str, report: Report) -> dict[str, float]:
        """Return `accuracy`, `nll` and `ece`, means over the classifiers, and the metrics of each of them.

        Entries of the transition matrix, estimated and true, are those of the classifier `metrics.SHOWN_BASE`.
        """
        targets, classes = data.targets[split.test], data.num_classes
        truth = data.transitions[split.number]
        by_base, transitions = {}, {}
        for name in _trained(data, split).facts["classifiers"]:
            given = check_probabilities(report[f"probabilities_{name}"], len(targets), classes)
            by_base[name] = classification(given, targets)
            if f"transition_{name}" in report.predictions:
                estimate = check_transition(report[f"transition_{name}"], classes)
                transitions[f"transition_error_on_{name}"] = float(np.mean((estimate - truth) ** 2))
                if name == SHOWN_BASE:
                    transitions |= entries("estimated", estimate) | entries("true", truth)
        if not by_base:
            raise BadPrediction("the data set has no trained classifier")
        means = {m: float(np.mean([own[m] for own in by_base.values()])) for m in ("accuracy", "nll", "ece")}
        return means | {f"accuracy_on_{name}": own["accuracy"] for name, own in by_base.items()} | transitions

    def permute_withheld(self, data: NoisyDataset, split: NumberedSplit, generator: np.random.Generator) -> Any:
        """Permute the clean labels of all images: those of the training side are withheld too."""
        return data.with_targets(permuted(data.targets, np.arange(len(data.targets)), generator))

    def expected_format(self, data: NoisyDataset) -> str:
        first = data.splits[0]
        return (
            f"fit(classifier, known, context): classifier.network(), .outputs(images), .weights; known.train, "
            f"known.valid with images and noisy labels -> model\n"
            f"model.predict(images, outputs) -> probabilities (n, {data.num_classes}); {len(first.train)} images "
            f"trained the classifiers, {len(first.valid)} validate, {len(first.test)} test\n"
            f"seen while fitting: {self.sees}"
        )


def entries(kind: str, matrix: np.ndarray) -> dict[str, float]:
    """Return the entries of a transition matrix (classes, classes) as metrics; rows are clean classes."""
    return {f"{kind}_share_{true}_as_{noisy}": float(share) for (true, noisy), share in np.ndenumerate(matrix)}
