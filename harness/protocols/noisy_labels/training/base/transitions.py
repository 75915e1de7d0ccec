"""Training through an estimated transition matrix: Forward, DualT and TVR.

Forward and DualT estimate it from a network that early stopping trained, since a network that remembers its noisy
labels shows no noise, then train this network with a fresh optimiser for all epochs. This is the warm-up of DualT
by Bae et al. 2022; it needs no scaled number of epochs. TVR learns the matrix together with the network.
"""

from functools import partial

import numpy as np
import torch

from harness.protocols.noisy_labels.training.base.anchors import anchor_transition, dual_transition
from harness.protocols.noisy_labels.training.base.losses import (
    forward_correction,
    importance_reweighting,
    total_variation,
)
from harness.protocols.noisy_labels.training.base.material import Material, logits_of
from harness.protocols.noisy_labels.training.base.single_network import TrainedNetwork, early_stopping, last_epoch

VARIATION_WEIGHT = 0.1
INITIAL_CONCENTRATION = 10.0
CONCENTRATION_DECAY, CONCENTRATION_GAIN = 0.999, 0.01


def forward(material: Material) -> TrainedNetwork:
    """Train with the forward correction, the matrix estimated by anchor points (Patrini et al. 2017)."""
    warm = early_stopping(material)
    transition = anchor_transition(_posteriors(material, warm), material.train.labels)
    loss = partial(forward_correction, transition=torch.from_numpy(transition).float())
    return _corrected(warm, last_epoch(material, loss, warm.network), transition)


def dual_t(material: Material) -> TrainedNetwork:
    """Train with importance reweighting, the matrix by the dual estimate (Yao et al. 2020)."""
    warm = early_stopping(material)
    transition = dual_transition(_posteriors(material, warm), material.train.labels)
    loss = partial(importance_reweighting, transition=torch.from_numpy(transition).float())
    return _corrected(warm, last_epoch(material, loss, warm.network), transition)


def _posteriors(material: Material, warm: TrainedNetwork) -> np.ndarray:
    """Return the noisy posteriors of the training images, (n, classes) float64."""
    return logits_of(warm.network, material.training.pixels).double().softmax(1).numpy()


def _corrected(warm: TrainedNetwork, trained: TrainedNetwork, transition: np.ndarray) -> TrainedNetwork:
    return TrainedNetwork(trained.network, trained.epochs, transition, {"warm_up_epochs": warm.epochs})


def total_variation_regularised(material: Material) -> TrainedNetwork:
    """Train with ``-log (T^T p)[label] - 0.1 TV(p)`` and a Dirichlet posterior of T (Zhang et al. 2021, TVD).

    TV is the mean total variation of as many random pairs as the batch has images. Each update draws T from the
    posterior, whose concentrations start at 10 on the diagonal and 0 elsewhere, then decay by 0.999 and gain 0.01
    for each image, in the row of a class drawn from p and the column of its noisy label. The estimate is the
    posterior's mean. Bae et al. 2022 leave T out, which is cross-entropy with a regulariser.
    """
    network, random = material.network(), material.stream("batches")
    optimiser, draws = material.adam(network), material.stream("transition")
    posterior = TransitionPosterior(material.num_classes)
    for _ in range(material.options.epochs):
        for pixels, labels in material.epoch(random):
            logits = network(pixels)
            first, second = torch.from_numpy(draws.integers(len(labels), size=(2, len(labels))))
            sampled = torch.from_numpy(posterior.draw(draws)).float()
            variation = total_variation(logits, first, second)
            loss = forward_correction(logits, labels, sampled) - VARIATION_WEIGHT * variation
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            posterior.update(logits.detach().double().softmax(1).numpy(), labels.numpy(), draws)
    return TrainedNetwork(network, material.options.epochs, posterior.mean)


class TransitionPosterior:
    """A Dirichlet distribution for each row of the transition matrix.

    Attributes:
        concentrations: (classes, classes) float64.
    """

    def __init__(self, classes: int) -> None:
        self.concentrations = INITIAL_CONCENTRATION * np.eye(classes)

    @property
    def mean(self) -> np.ndarray:
        """Mean of the matrix, (classes, classes) float64."""
        return self.concentrations / self.concentrations.sum(axis=1, keepdims=True)

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """Return a matrix drawn from the posterior; an entry without concentration is 0."""
        gammas = random.standard_gamma(self.concentrations)
        sums = gammas.sum(axis=1, keepdims=True)
        return np.where(sums > 0, gammas / np.where(sums > 0, sums, 1.0), self.mean)

    def update(self, probabilities: np.ndarray, labels: np.ndarray, random: np.random.Generator) -> None:
        """Decay the concentrations and count a batch: classes drawn from (b, classes), noisy labels (b,)."""
        sums = np.cumsum(probabilities, axis=1)
        drawn = (random.random((len(labels), 1)) * sums[:, -1:] >= sums).sum(axis=1)
        self.concentrations *= CONCENTRATION_DECAY
        np.add.at(self.concentrations, (drawn, labels), CONCENTRATION_GAIN)
