"""Networks small enough to know what an attack on them has to do."""

import numpy as np
import torch
from torch import Tensor, nn


def linear_margin(weights: np.ndarray, bias: float = 0.0) -> nn.Linear:
    """Return two classes whose scores differ by ``w.x + b``: class 0 where it is positive."""
    network = nn.Linear(len(weights), 2)
    rows = torch.from_numpy(np.stack([weights, -weights]).astype(np.float32)) / 2
    with torch.no_grad():
        network.weight.copy_(rows)
        network.bias.copy_(torch.tensor([bias, -bias]) / 2)
    return network


def random_network(dimension: int, classes: int = 4, seed: int = 0) -> nn.Sequential:
    """Return a smooth random network with a dropout layer, which must be off during an attack."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Linear(dimension, 16), nn.Tanh(), nn.Dropout(0.5), nn.Linear(16, classes))


class Saturated(nn.Module):
    """Scores that do not depend on the image: every input gradient is zero."""

    def forward(self, images: Tensor) -> Tensor:
        flat = images.flatten(1)
        return 0 * flat[:, :2] + torch.tensor([5.0, 0.0])


class Diverged(nn.Module):
    """Scores that are not a number."""

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1)[:, :2] * float("nan")


class InfiniteSlope(nn.Module):
    """Finite scores whose gradient is not a number at zero."""

    def forward(self, images: Tensor) -> Tensor:
        flat = images.flatten(1)
        return torch.stack([(flat * 0).sum(1).sqrt(), flat.sum(1)], 1)
