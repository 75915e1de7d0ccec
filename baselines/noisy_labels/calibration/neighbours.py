"""Corrections by nearest neighbours in the embedding: the neighbours' classes, and one matrix for all images.

Both take the support set and the ten weighted neighbours of Bae et al. 2022.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.classifiers import KnownClassifiers, Outputs, TrainedClassifier
from harness.protocols.noisy_labels.nearest_neighbours import (
    NEIGHBOURS,
    SUPPORT_BATCH,
    NearestClasses,
    support_classifier,
)
from harness.protocols.noisy_labels.prediction_calibration import PredictionCalibrator
from harness.protocols.noisy_labels.transitions import transition_from_posteriors


@dataclass(frozen=True)
class NeighbourSettings(Settings):
    """Settings of the neighbours.

    Attributes:
        neighbours: number of neighbours.
        support_batch: images of which the most confident one of each predicted class is a point.

    Raises:
        ValueError: a number below 1.
    """

    neighbours: int = NEIGHBOURS
    support_batch: int = SUPPORT_BATCH

    def __post_init__(self) -> None:
        for name in ("neighbours", "support_batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)!r}")


class NeighbourModel:
    """A model that returns the shares of the classes among the nearest points."""

    def __init__(self, nearest: NearestClasses) -> None:
        self.nearest = nearest
        self.facts: dict[str, object] = {"support": len(nearest.points), "flags": few_points(nearest)}

    def predict(self, images: ImageSet, outputs: Outputs) -> np.ndarray:
        """Return the shares (n, classes) of the classes among the neighbours of each embedding."""
        return self.nearest.probabilities(outputs.embeddings)


def few_points(nearest: NearestClasses) -> list[str]:
    """Return a flag where there are fewer points than neighbours."""
    if nearest.used == nearest.neighbours:
        return []
    return [f"{nearest.used} support points instead of {nearest.neighbours} neighbours"]


class NearestConfident(PredictionCalibrator):
    """kNN: the classes of the nearest confident training images, weighted by inverse distance."""

    streams = ("support",)

    @classmethod
    def configurations(cls, profile: str) -> Sequence[NeighbourSettings]:
        return (NeighbourSettings(),)

    def fit(self, classifier: TrainedClassifier, known: KnownClassifiers, context: Context) -> NeighbourModel:
        """Choose the support set among the training images."""
        return NeighbourModel(self.support(classifier.outputs(known.train.images), context))

    def support(self, outputs: Outputs, context: Context) -> NearestClasses:
        """Return the nearest-neighbour classifier of the settings."""
        settings: NeighbourSettings = self.settings
        return support_classifier(
            outputs, context.stream("support"), settings.neighbours, settings.support_batch, context.threads
        )


class OneMatrix:
    """A model that multiplies probabilities with one matrix for all images.

    Attributes:
        matrix: H_kj = p(y = j | ŷ = k), (classes, classes).
    """

    def __init__(self, matrix: np.ndarray, flags: list[str]) -> None:
        self.matrix = matrix
        self.facts: dict[str, object] = {"flags": flags}
        self.transition: np.ndarray | None = None

    def predict(self, images: ImageSet, outputs: Outputs) -> np.ndarray:
        """Return p(ŷ | x) H, (n, classes)."""
        return outputs.probabilities @ self.matrix


class GlobalH(NearestConfident):
    """One matrix H for all images, from counts of predicted classes and the classes of their neighbours.

    It isolates the value of a matrix that depends on the image. A class that is never predicted stays as it is.
    """

    def fit(self, classifier: TrainedClassifier, known: KnownClassifiers, context: Context) -> OneMatrix:  # type: ignore[override]
        """Count pairs of predicted class and class of the neighbours on the training images."""
        outputs = classifier.outputs(known.train.images)
        nearest = self.support(outputs, context)
        matrix = matrix_of_counts(outputs.classes, nearest.predict(outputs.embeddings), nearest.num_classes)
        model = OneMatrix(matrix, few_points(nearest))
        model.transition = transition_from_posteriors(
            model.predict(known.train.images, outputs), known.train.annotations
        )
        return model


def matrix_of_counts(predicted: np.ndarray, neighbours: np.ndarray, classes: int) -> np.ndarray:
    """Return the shares of the neighbours' classes for each predicted class, (classes, classes) with rows of these.

    The row of a class that is never predicted is that of the identity.
    """
    counts = np.bincount(predicted * classes + neighbours, minlength=classes**2).reshape(classes, classes)
    sums = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, sums, out=np.eye(classes), where=sums > 0)
