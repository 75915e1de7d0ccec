"""Stochastic gradient descent with momentum for the classifiers under attack, on any loss of a batch."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.attacks.adversary.images import checked_images
from harness.protocols.attacks.adversary.network_input import NotANumber, evaluating

BatchLoss = Callable[[nn.Module, Tensor, Tensor], Tensor]
"""Network, images (n, ...), labels (n,) -> the scalar to descend."""


@dataclass(frozen=True)
class ClassifierTraining:
    """Training of a classifier under attack; defaults are those published for digits (faces: 0.05 and 75 epochs).

    Raises:
        ValueError: a number out of its range.
    """

    epochs: int = 100
    learning_rate: float = 0.1
    momentum: float = 0.5
    batch_size: int = 128

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch_size < 1:
            raise ValueError(
                f"epochs is {self.epochs}, batch_size is {self.batch_size}; expected 1 or more of each"
            )
        if not self.learning_rate > 0 or not 0 <= self.momentum < 1:
            raise ValueError(
                f"learning_rate is {self.learning_rate}, momentum is {self.momentum}; expected > 0 and in [0, 1)"
            )


def mean_cross_entropy(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """Return the loss of plain training."""
    return F.cross_entropy(network(images), labels)


def train_classifier(
    network: nn.Module,
    images: Tensor | np.ndarray,
    labels: Tensor | np.ndarray,
    settings: ClassifierTraining,
    generator: np.random.Generator,
    loss: BatchLoss = mean_cross_entropy,
) -> list[float]:
    """Train in place, with batches in an order drawn from the generator; return the mean loss of each epoch.

    Args:
        images: (n, ...) in [0, 1], as the network takes them.
        labels: (n,).

    Raises:
        ValueError: no image, or images or labels that do not fit.
        NotANumber: the loss is not finite.
    """
    x, y = checked_images(images, labels)
    if not len(x):
        raise ValueError("images is empty; expected one or more to train on")
    optimiser = torch.optim.SGD(network.parameters(), lr=settings.learning_rate, momentum=settings.momentum)
    losses = []
    for _ in range(settings.epochs):
        network.train()
        order, total = torch.from_numpy(generator.permutation(len(x))).to(x.device), 0.0
        for chosen in order.split(settings.batch_size):
            value = loss(network, x[chosen], y[chosen])
            if not value.isfinite():
                raise NotANumber(
                    f"training loss is {float(value.detach())}; expected a finite one: lower the learning rate"
                )
            optimiser.zero_grad(set_to_none=True)
            value.backward()
            optimiser.step()
            total += float(value.detach()) * len(chosen)
        losses.append(total / len(x))
    return losses


@torch.no_grad()
def predicted_labels(network: nn.Module, images: Tensor | np.ndarray, batch_size: int = 1024) -> np.ndarray:
    """Return the class of the highest score of each image, int64 (n,); images need not lie in [0, 1]."""
    rows = torch.as_tensor(images).to(torch.float32)
    if not len(rows):
        return np.zeros(0, np.int64)
    with evaluating(network):
        return torch.cat([network(part).argmax(dim=1) for part in rows.split(batch_size)]).cpu().numpy()
