"""Networks with a named embedding: the input of the last linear layer."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from harness.protocols.images.training.networks import Shape
from harness.protocols.noisy_labels.training.wide_residual_network import NAME, wide_residual_body


class EmbeddingNetwork(nn.Module):
    """A body, whose output is the embedding, and a linear head.

    Args:
        body: images (n, c, h, w) float32 in 0..1 -> embeddings (n, width).
    """

    def __init__(self, body: nn.Module, width: int, classes: int) -> None:
        super().__init__()
        self.body, self.head, self.width = body, nn.Linear(width, classes), width

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (n, classes)."""
        logits: Tensor = self.head(self.body(images))
        return logits


def perceptron(shape: Shape, classes: int, hidden: Sequence[int]) -> EmbeddingNetwork:
    """Return linear layers with ReLU after each hidden one; the last hidden layer is the embedding."""
    widths = (math.prod(shape), *hidden)
    layers: list[nn.Module] = [nn.Flatten()]
    for width, following in pairwise(widths):
        layers += [nn.Linear(width, following), nn.ReLU()]
    return EmbeddingNetwork(nn.Sequential(*layers), widths[-1], classes)


def mnist_convolutions(shape: Shape, classes: int) -> EmbeddingNetwork:
    """Return the network of Bae et al. 2022 for MNIST: two convolutions, then linear layers, no ReLU between."""
    channels, height, width = shape
    body = nn.Sequential(
        nn.Conv2d(channels, 8, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(8),
        nn.Conv2d(8, 16, 3, padding=1), nn.Tanh(), nn.Flatten(),
        nn.Linear(16 * height * width, 784), nn.Dropout(0.3), nn.Linear(784, 256),
    )  # fmt: skip
    return EmbeddingNetwork(body, 256, classes)


def nine_convolutions(shape: Shape, classes: int) -> EmbeddingNetwork:
    """Return the network of Bae et al. 2022 for CIFAR-10: nine convolutions, global average, embedding of 128."""
    layers: list[nn.Module] = []
    before = shape[0]
    for stage in ((128, 128, 128), (256, 256, 256)):
        for channels in stage:
            layers += _convolution(before, channels, 3, 1)
            before = channels
        layers += [nn.MaxPool2d(2), nn.Dropout2d(0.3)]
    for channels in (512, 256, 128):
        layers += _convolution(before, channels, 3, 0)
        before = channels
    return EmbeddingNetwork(nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten()), 128, classes)


def _convolution(before: int, after: int, kernel: int, padding: int) -> list[nn.Module]:
    return [nn.Conv2d(before, after, kernel, padding=padding), nn.BatchNorm2d(after), nn.LeakyReLU(0.01)]


def embedding_network(
    name: str, shape: Shape, classes: int, hidden: Sequence[int] = (), seed: int | None = None
) -> EmbeddingNetwork:
    """Return a fresh network by name: a perceptron, of convolutions, or ``wide-resnet-<depth>-<width>``.

    Args:
        hidden: widths of a perceptron.
        seed: seed of the initial weights; torch's global generator is left as it was.

    Raises:
        ValueError: an unknown name, or hidden widths of another network.
    """
    names = ("perceptron", "mnist-convolutions", "nine-convolutions", "wide-resnet-28-10")
    wide = NAME.fullmatch(name)
    if name not in names and wide is None:
        raise ValueError(f"network must be one of {', '.join(names)}, got {name!r}")
    if bool(hidden) != (name == "perceptron"):
        raise ValueError(f"hidden widths belong to a perceptron, got {name!r} with {tuple(hidden)!r}")
    with torch.random.fork_rng(devices=[]):
        if seed is not None:
            torch.manual_seed(seed)
        if name == "perceptron":
            return perceptron(shape, classes, hidden)
        if wide is not None:
            return EmbeddingNetwork(*wide_residual_body(shape, int(wide[1]), int(wide[2])), classes)
        return (
            mnist_convolutions(shape, classes)
            if name == "mnist-convolutions"
            else nine_convolutions(shape, classes)
        )


def weights_of(network: nn.Module) -> list[np.ndarray]:
    """Return copies of parameters and buffers, in the order of the ``state_dict``."""
    return [tensor.detach().cpu().numpy().copy() for tensor in network.state_dict().values()]


def load_weights(network: nn.Module, weights: Sequence[np.ndarray]) -> None:
    """Load arrays in the order of the ``state_dict``; the network is in evaluation mode afterwards.

    Raises:
        ValueError: arrays that do not fit.
    """
    state = network.state_dict()
    shapes, given = [tuple(tensor.shape) for tensor in state.values()], [np.shape(array) for array in weights]
    if shapes != given:
        raise ValueError(f"weights must have shapes {shapes}, got {given}")
    network.load_state_dict({k: torch.from_numpy(np.array(w)) for k, w in zip(state, weights, strict=True)})
    network.eval()
