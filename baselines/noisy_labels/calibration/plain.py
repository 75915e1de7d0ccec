"""Predictions as they are: those of the given classifier, and those of the one that was stopped early."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.classifiers import KnownClassifiers, Outputs, TrainedClassifier
from harness.protocols.noisy_labels.prediction_calibration import PredictionCalibrator


@dataclass(frozen=True)
class NoSettings(Settings):
    """There is nothing to choose."""


class OwnProbabilities:
    """A model that returns the classifier's own probabilities."""

    def predict(self, images: ImageSet, outputs: Outputs) -> np.ndarray:
        """Return the probabilities (n, classes)."""
        return outputs.probabilities


class Uncalibrated(PredictionCalibrator):
    """No correction: the classifier's own probabilities."""

    streams = ()

    @classmethod
    def configurations(cls, profile: str) -> Sequence[NoSettings]:
        return (NoSettings(),)

    def fit(self, classifier: TrainedClassifier, known: KnownClassifiers, context: Context) -> OwnProbabilities:
        """Return the classifier's own probabilities."""
        return OwnProbabilities()


class OtherClassifier:
    """A model that returns the probabilities of another classifier."""

    def __init__(self, other: TrainedClassifier) -> None:
        self.other = other
        self.transition = other.transition
        self.facts: Mapping[str, object] = {"classifier": other.name}

    def predict(self, images: ImageSet, outputs: Outputs) -> np.ndarray:
        """Return the probabilities (n, classes) of the other classifier for the images."""
        return self.other.outputs(images).probabilities


class EarlyStoppingBase(PredictionCalibrator):
    """The simple alternative to a correction: the classifier that was stopped early, whatever is given."""

    streams = ()
    stopped = "es"

    @classmethod
    def configurations(cls, profile: str) -> Sequence[NoSettings]:
        return (NoSettings(),)

    def fit(self, classifier: TrainedClassifier, known: KnownClassifiers, context: Context) -> OtherClassifier:
        """Return the probabilities of the classifier that was stopped early.

        Raises:
            ValueError: the set has no such classifier.
        """
        if self.stopped not in known.classifiers:
            raise ValueError(f"needs the classifier {self.stopped!r}, the set has {', '.join(known.classifiers)}")
        return OtherClassifier(known.classifiers[self.stopped])
