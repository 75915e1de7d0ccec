"""REL: updates of critical weights alone (Xia et al. 2021, "Robust early-learning: hindering the memorization")."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.noisy_labels.training.base.material import Material, noisy_accuracy
from harness.protocols.noisy_labels.training.base.single_network import TrainedNetwork

LEARNING_RATES = (1e-3, 1e-2, 1e-1)
"""Rates of SGD to choose from: 1e-3 is published, for forty times the updates of the small tasks."""

MOMENTUM, WEIGHT_DECAY = 0.9, 0.01


def robust_early_learning(material: Material) -> TrainedNetwork:
    """Train with cross-entropy and SGD; only critical weights follow their gradient, weight decay acts on all.

    The rate of the noise must be known. The last epoch is kept. Each of `LEARNING_RATES` trains a network from the
    same initial weights; the noisy validation accuracy chooses one, the first if several are equal.
    """
    noise = material.known_noise("REL")
    found = [_trained(material, learning_rate, noise.rate) for learning_rate in LEARNING_RATES]
    return max(found, key=lambda trained: noisy_accuracy(trained.network, material.validation))


def _trained(material: Material, learning_rate: float, rate: float) -> TrainedNetwork:
    network, random = material.network(), material.stream("batches")
    parameters = list(network.parameters())
    optimiser = torch.optim.SGD(parameters, learning_rate, MOMENTUM, weight_decay=WEIGHT_DECAY)
    weights = [parameter for parameter in parameters if parameter.ndim > 1]
    for _ in range(material.options.epochs):
        for pixels, labels in material.epoch(random):
            optimiser.zero_grad(set_to_none=True)
            F.cross_entropy(network(pixels), labels).backward()
            keep_critical(weights, 1 - rate)
            optimiser.step()
    facts = {"given_rate": rate, "learning_rate": learning_rate}
    return TrainedNetwork(network, material.options.epochs, facts=facts)


def keep_critical(weights: list[nn.Parameter], share: float) -> None:
    """Scale the gradients of critical weights by `share`; set those of all others to 0.

    Critical are the ``floor(share m)`` of m weights with the largest ``|w g|``, and those equal to the least of
    them. Biases and the factors of batch normalisation are not passed here: they follow their gradients.
    """
    saliencies = [(weight.detach() * _gradient(weight)).abs() for weight in weights]
    together = torch.cat([saliency.flatten() for saliency in saliencies])
    count = int(share * len(together) + 1e-9)
    if count == 0:
        for weight in weights:
            _gradient(weight).zero_()
        return
    least = torch.kthvalue(together, len(together) - count + 1).values
    for weight, saliency in zip(weights, saliencies, strict=True):
        _gradient(weight).mul_((saliency >= least) * share)


def _gradient(weight: nn.Parameter) -> Tensor:
    if weight.grad is None:
        raise ValueError("every weight must have a gradient, got one without")
    return weight.grad
