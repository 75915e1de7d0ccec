"""The classifiers under attack. All take flattened images (n, d) and return class scores (n, classes).

`four_convolutions` and `dense` (d-256-256-38 for faces) are the published ones, `two_convolutions` is a smaller one
that two cores train in seconds.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import nn

SIDE = 28


def four_convolutions(classes: int = 10) -> nn.Sequential:
    """Return 2 x conv3x3(32), pool, 2 x conv3x3(64), pool, 200-200-classes, unpadded, for 28 x 28 images."""
    return nn.Sequential(
        nn.Unflatten(1, (1, SIDE, SIDE)),
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),  # (n, 32, 12, 12)
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),  # (n, 64, 4, 4)
        nn.Flatten(),
        *(nn.Linear(1024, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU(), nn.Linear(200, classes)),
    )


def two_convolutions(classes: int = 10) -> nn.Sequential:
    """Return conv5x5(16), pool, conv5x5(32), pool, 128-classes, unpadded, for 28 x 28 images."""
    return nn.Sequential(
        nn.Unflatten(1, (1, SIDE, SIDE)),
        *(nn.Conv2d(1, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),  # (n, 16, 12, 12)
        *(nn.Conv2d(16, 32, 5), nn.ReLU(), nn.MaxPool2d(2)),  # (n, 32, 4, 4)
        nn.Flatten(),
        *(nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, classes)),
    )


def dense(*widths: int) -> nn.Sequential:
    """Return a network of linear layers with ReLU between, e.g. ``dense(1024, 256, 256, 38)``.

    Raises:
        ValueError: fewer than two widths, or one below 1.
    """
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"widths are {widths}; expected two or more, each 1 or more")
    layers: list[nn.Module] = []
    for inward, outward in pairwise(widths):
        layers += [nn.Linear(inward, outward), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def initialised(build: Callable[[], nn.Sequential], generator: np.random.Generator) -> nn.Sequential:
    """Return a network with weights drawn from a generator; torch's global state is untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(generator.integers(2**63)))
        return build()
