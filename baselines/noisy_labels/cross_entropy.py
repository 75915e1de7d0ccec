"""Networks trained with cross-entropy on all noisy labels: without side information, with or without smoothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassifier
from harness.protocols.noisy_labels.training.epochs import (
    AfterEpoch,
    Loss,
    NetworkPredictions,
    new_network,
    predictions_of,
    train_epochs,
)
from harness.protocols.noisy_labels.training.label_batches import LabelBatch, LabelTensors


@dataclass(frozen=True)
class CrossEntropySettings(Settings):
    """Settings of cross-entropy.

    Attributes:
        smoothing: weight of the uniform distribution in the target (Szegedy et al. 2016), in 0..1.

    Raises:
        ValueError: a smoothing outside 0..1.
    """

    smoothing: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing <= 1:
            raise ValueError(f"smoothing must lie in 0..1, got {self.smoothing!r}")


class NoSideInformation(NoisyLabelClassifier):
    """The task's network, and cross-entropy over all (image, label) pairs; who gave a label is ignored."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (CrossEntropySettings(),)

    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> NetworkPredictions:
        """Return the network of the last epoch."""
        network = new_network(train, context.options, context)
        loss = cross_entropy(network, self.settings.smoothing)
        return trained_predictions(network, loss, train, valid, context)


class SmoothedLabels(NoSideInformation):
    """Cross-entropy against ``(1 - e) onehot(label) + e / classes`` with e = 0.1."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (CrossEntropySettings(smoothing=0.1),)


def cross_entropy(network: nn.Module, smoothing: float = 0.0) -> Loss:
    """Return the mean loss over the pairs of a batch; the network sees each image once."""

    def loss(batch: LabelBatch) -> Tensor:
        return F.cross_entropy(network(batch.pixels)[batch.owner], batch.label, label_smoothing=smoothing)

    return loss


def trained_predictions(
    network: nn.Module,
    loss: Loss,
    train: NoisyImages,
    valid: NoisyImages,
    context: Context,
    trained: nn.Module | None = None,
    after_epoch: AfterEpoch | None = None,
) -> NetworkPredictions:
    """Train by `loss`; return the predictions of the network at the last epoch, and at the best one.

    Args:
        network: what predicts; images -> logits.
        trained: module with all parameters that the loss uses, of which `network` is the attribute ``network``;
            the network alone by default.
        after_epoch: see :func:`train_epochs`.
    """
    whole = network if trained is None else trained

    def predictor(module: nn.Module) -> nn.Module:
        return module if trained is None else module.get_submodule("network")

    found = train_epochs(
        whole,
        loss,
        lambda module: log_softmax(predictor(module)),
        LabelTensors.of(train, context.device),
        LabelTensors.of(valid, context.device),
        context.options,
        context,
        after_epoch=after_epoch,
    )
    best = predictions_of(predictor(found.at_best))
    last = predictions_of(predictor(whole), at_best_validation=best)
    last.facts["best_epoch"] = found.best
    return last


def log_softmax(network: nn.Module) -> Callable[[Tensor], Tensor]:
    """Return images -> log-probabilities of a network."""
    return lambda images: F.log_softmax(network(images), dim=1)
