"""Two networks that select the labels to learn from: Co-teaching and JoCoR. Both need the rate of the noise.

The program of Bae et al. 2022 keeps the network with the better test accuracy; here noisy validation labels choose.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from harness.protocols.noisy_labels.training.base.losses import joint_losses
from harness.protocols.noisy_labels.training.base.material import Material, noisy_accuracy
from harness.protocols.noisy_labels.training.base.schedules import decay_adam, forgotten_share, kept_count
from harness.protocols.noisy_labels.training.base.single_network import TrainedNetwork
from harness.protocols.noisy_labels.training.embedding_networks import EmbeddingNetwork


def co_teaching(material: Material) -> TrainedNetwork:
    """Train each of two networks on the items of a batch with the smallest loss of the other (Han et al. 2018)."""
    rate = material.known_noise("Co-teaching").rate
    options, random = material.options, material.stream("batches")
    networks = (material.network(0), material.network(1))
    optimisers = [material.adam(network) for network in networks]
    for epoch in range(options.epochs):
        for optimiser in optimisers:
            decay_adam(optimiser, epoch, options.epochs, options.learning_rate)
        forgotten = forgotten_share(epoch, options.epochs, rate)
        for pixels, labels in material.epoch(random):
            first, second = (network(pixels) for network in networks)
            losses = exchanged_losses(first, second, labels, forgotten)
            for optimiser, loss in zip(optimisers, losses, strict=True):
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
    return _better(material, networks, rate)


def exchanged_losses(first: Tensor, second: Tensor, labels: Tensor, forgotten: float) -> tuple[Tensor, Tensor]:
    """Return the loss of each network on the items that the other one selects.

    Args:
        first, second: logits (b, classes).
        forgotten: share R of the items that is left out.
    """
    one, two = (F.cross_entropy(logits, labels, reduction="none") for logits in (first, second))
    count = kept_count(len(labels), forgotten)
    of_one, of_two = smallest(one.detach(), count), smallest(two.detach(), count)
    return one[of_two].mean(), two[of_one].mean()


def jocor(material: Material) -> TrainedNetwork:
    """Train two networks jointly on the items of a batch with the smallest joint loss (Wei et al. 2020).

    Asymmetric noise changes about half of the classes: the published program halves its rate.
    """
    noise = material.known_noise("JoCoR")
    rate = noise.rate / 2 if noise.asymmetric else noise.rate
    options, random = material.options, material.stream("batches")
    networks = (material.network(0), material.network(1))
    optimiser = material.adam(*networks)
    for epoch in range(options.epochs):
        decay_adam(optimiser, epoch, options.epochs, options.learning_rate)
        forgotten = forgotten_share(epoch, options.epochs, rate)
        for pixels, labels in material.epoch(random):
            first, second = (network(pixels) for network in networks)
            losses = joint_losses(first, second, labels)
            loss = losses[smallest(losses.detach(), kept_count(len(labels), forgotten))].mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
    return _better(material, networks, rate)


def smallest(losses: Tensor, count: int) -> Tensor:
    """Return the positions of the `count` smallest losses, (count,); the first ones of equal losses."""
    return torch.argsort(losses, stable=True)[:count]


def _better(material: Material, networks: tuple[EmbeddingNetwork, EmbeddingNetwork], rate: float) -> TrainedNetwork:
    """Return the network with the higher noisy validation accuracy, the first if both have the same."""
    first, second = (noisy_accuracy(network, material.validation) for network in networks)
    return TrainedNetwork(networks[second > first], material.options.epochs, facts={"given_rate": rate})
