"""One label for each image from those of all annotators, then cross-entropy: majority vote, and Dawid-Skene.

Validation images keep their noisy labels, so that all contenders are compared on the same ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from baselines.noisy_labels.cross_entropy import CrossEntropySettings, cross_entropy, trained_predictions
from baselines.noisy_labels.dawid_skene import dawid_skene
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.noisy_labels.arrays import Annotations, NoisyImages
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassifier
from harness.protocols.noisy_labels.training.epochs import Loss, NetworkPredictions, new_network
from harness.protocols.noisy_labels.training.label_batches import LabelBatch


def majority(given: Annotations, random: np.random.Generator) -> np.ndarray:
    """Return the most frequent label of each image, (n,) int64; ties are drawn uniformly."""
    return winners(given.votes, random)


def winners(scores: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the class of the largest score of each row, (n, classes) -> (n,); ties are drawn uniformly."""
    tied = scores == scores.max(axis=1, keepdims=True)
    return np.where(tied, random.random(scores.shape), -1.0).argmax(axis=1)


def with_labels(part: NoisyImages, labels: np.ndarray) -> NoisyImages:
    """Return the same images with one label each, (n,), of no known author."""
    count, given = len(part), part.annotations
    nobody = np.zeros(count, np.int64)
    none = np.zeros((count, 0), np.float32)
    return replace(
        part, annotations=Annotations(np.arange(count), labels, nobody, none, count, 1, given.num_classes)
    )


class MajorityVoting(NoisyLabelClassifier):
    """Cross-entropy on the majority label of each image."""

    streams = (*NoisyLabelClassifier.streams, "ties")

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (CrossEntropySettings(),)

    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> NetworkPredictions:
        """Return the network of the last epoch; tied votes are drawn from the stream ``ties``."""
        voted = with_labels(train, majority(train.annotations, context.stream("ties")))
        network = new_network(voted, context.options, context)
        return trained_predictions(network, cross_entropy(network, self.settings.smoothing), voted, valid, context)


@dataclass(frozen=True)
class DawidSkeneSettings(Settings):
    """Settings of the EM algorithm, see :func:`dawid_skene`.

    Attributes:
        soft: whether the posteriors are the targets of the cross-entropy instead of their likeliest class.

    Raises:
        ValueError: a negative smoothing or tolerance, or less than one iteration.
    """

    smoothing: float = 0.01
    most_iterations: int = 100
    tolerance: float = 1e-6
    soft: bool = False

    def __post_init__(self) -> None:
        if not (self.smoothing >= 0 and self.tolerance >= 0 and self.most_iterations >= 1):
            raise ValueError(
                f"smoothing and tolerance must be 0 or more and most_iterations 1 or more, got {self.smoothing!r}, "
                f"{self.tolerance!r}, {self.most_iterations!r}"
            )


class ExpectedLabels(NoisyLabelClassifier):
    """Cross-entropy on the labels, or posteriors, of Dawid and Skene's EM algorithm."""

    streams = (*NoisyLabelClassifier.streams, "ties")

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (DawidSkeneSettings(),)

    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> NetworkPredictions:
        """Return the network of the last epoch; equal posteriors are drawn from the stream ``ties``."""
        chosen = self.settings
        found = dawid_skene(train.annotations, chosen.smoothing, chosen.most_iterations, chosen.tolerance)
        labelled = with_labels(train, winners(found.posterior, context.stream("ties")))
        network = new_network(labelled, context.options, context)
        loss = cross_entropy(network)
        if chosen.soft:
            loss = _expected_cross_entropy(network, found.posterior, context.device)
        model = trained_predictions(network, loss, labelled, valid, context)
        model.facts |= {"em_iterations": found.iterations, "em_converged": found.converged}
        return model


def _expected_cross_entropy(network: torch.nn.Module, posterior: np.ndarray, device: str) -> Loss:
    """Return the cross-entropy against posteriors (n, classes), of images that have one label each."""
    targets = torch.from_numpy(posterior.astype(np.float32)).to(device)

    def loss(batch: LabelBatch) -> Tensor:
        return F.cross_entropy(network(batch.pixels), targets[batch.pair])

    return loss
