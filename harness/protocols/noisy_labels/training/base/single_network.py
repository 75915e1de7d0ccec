"""One network with one loss: CE, ES, SCE and LS."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from harness.protocols.noisy_labels.training.base.losses import symmetric_cross_entropy
from harness.protocols.noisy_labels.training.base.material import Material, noisy_accuracy
from harness.protocols.noisy_labels.training.embedding_networks import EmbeddingNetwork

SMOOTHING = 0.1
SCE_WEIGHTS = {"grey": (0.01, 1.0), "colour": (0.1, 1.0)}
"""Weights of CE and RCE: those published for MNIST, and those for CIFAR-10."""

Loss = Callable[[Tensor, Tensor], Tensor]
"""Logits (b, classes) and noisy labels (b,) -> a number."""


@dataclass(frozen=True)
class TrainedNetwork:
    """Result of a method.

    Attributes:
        epochs: epochs that led to the weights.
        transition: the method's estimate, (classes, classes) float64, or None.
        facts: other plain numbers of the training.
    """

    network: EmbeddingNetwork
    epochs: int
    transition: np.ndarray | None = None
    facts: dict[str, float] = field(default_factory=dict)


def cross_entropy(material: Material) -> TrainedNetwork:
    """Train with cross-entropy to the last epoch."""
    return last_epoch(material, F.cross_entropy)


def early_stopping(material: Material) -> TrainedNetwork:
    """Train with cross-entropy until the noisy validation accuracy drops; keep the weights before that epoch.

    Without a drop these are the weights of the last epoch.
    """
    network, random = material.network(), material.stream("batches")
    optimiser = material.adam(network)
    kept, best = copy.deepcopy(network.state_dict()), 0.0
    for epoch in range(material.options.epochs):
        for pixels, labels in material.epoch(random):
            optimiser.zero_grad(set_to_none=True)
            F.cross_entropy(network(pixels), labels).backward()
            optimiser.step()
        accuracy = noisy_accuracy(network, material.validation)
        if accuracy < best:
            network.load_state_dict(kept)
            return TrainedNetwork(network, epoch)
        kept, best = copy.deepcopy(network.state_dict()), accuracy
    return TrainedNetwork(network, material.options.epochs)


def label_smoothing(material: Material) -> TrainedNetwork:
    """Train with ``(1 - e) CE - e mean_k log p_k``, e = 0.1 (Szegedy et al. 2016), to the last epoch."""
    return last_epoch(material, smoothed_cross_entropy)


def smoothed_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy to smoothed labels, the mean over the batch."""
    return F.cross_entropy(logits, labels, label_smoothing=SMOOTHING)


def symmetric(material: Material) -> TrainedNetwork:
    """Train with the symmetric cross-entropy (Wang et al. 2019) to the last epoch.

    Grey images have the weights that are published for MNIST, colour images those for CIFAR-10.
    """
    colours = "grey" if material.train.images.shape[0] == 1 else "colour"
    forward, reverse = SCE_WEIGHTS[colours]
    return last_epoch(material, lambda logits, labels: symmetric_cross_entropy(logits, labels, forward, reverse))


def last_epoch(material: Material, loss: Loss, network: EmbeddingNetwork | None = None) -> TrainedNetwork:
    """Train a network, or a fresh one, with a loss and a fresh optimiser for all epochs."""
    network = material.network() if network is None else network
    optimiser, random = material.adam(network), material.stream("batches")
    for _ in range(material.options.epochs):
        for pixels, labels in material.epoch(random):
            optimiser.zero_grad(set_to_none=True)
            loss(network(pixels), labels).backward()
            optimiser.step()
    return TrainedNetwork(network, material.options.epochs)
