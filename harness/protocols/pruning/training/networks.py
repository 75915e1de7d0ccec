"""Networks to prune, by their name in a task.

Networks without skip paths come as (nested) ``nn.Sequential``, the form that shrinking and compilation read.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

import torch
from torch import nn

from harness.protocols.images.training.networks import (
    ConvolutionalNetwork,
    Shape,
    four_convolutions,
    perceptron,
    vgg16,
)
from harness.protocols.images.training.residual_networks import resnet18, resnet20

Build = Callable[[int], nn.Module]
"""Seed of the initial weights -> network."""

NETWORKS = ("perceptron", "four-convolutions", "resnet20", "resnet18", "vgg16")


def network_factory(name: str, shape: Shape, classes: int, hidden: Sequence[int] = ()) -> Build:
    """Return the factory of a network by its name in `NETWORKS`; it draws initial weights from a seed.

    Args:
        shape: channels, height and width of the images.
        hidden: widths of a perceptron's hidden layers.

    Raises:
        ValueError: an unknown name; a perceptron with fewer than one hidden layer, or hidden widths of another
            network.
    """
    if name not in NETWORKS:
        raise ValueError(f"network must be one of {', '.join(NETWORKS)}, got {name!r}")
    if bool(hidden) != (name == "perceptron"):
        raise ValueError(f"hidden widths must be given for a perceptron only, got {name!r} with {tuple(hidden)!r}")
    constructors: dict[str, Callable[[], nn.Module]] = {
        "perceptron": lambda: perceptron(shape, hidden, classes),
        "four-convolutions": lambda: _sequential(four_convolutions(shape[0], classes)),
        "vgg16": lambda: _sequential(vgg16(shape[0], classes)),
        "resnet20": lambda: resnet20(shape[0], classes),
        "resnet18": lambda: resnet18(shape[0], classes),
    }

    def build(seed: int) -> nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return constructors[name]()

    return build


def _sequential(network: ConvolutionalNetwork) -> nn.Sequential:
    """Return the same network, with the same parameter names, as a sequence of modules."""
    parts = OrderedDict(
        features=network.features, average=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), head=network.head
    )
    return nn.Sequential(parts)
