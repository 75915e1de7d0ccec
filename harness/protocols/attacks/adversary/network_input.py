"""Loss and input gradient of a network under attack; the mode of the network is restored."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class NotANumber(ArithmeticError):
    """The output or the gradient of the network holds NaN: an attack on it would be meaningless."""


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put a network in evaluation mode; restore the mode of every module at the end."""
    modes = {module: module.training for module in network.modules()}
    network.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


@dataclass(frozen=True)
class NetworkResponse:
    """Losses and errors of a network on a batch of images.

    Attributes:
        loss: cross-entropy of each image, (n,).
        fooled: whether the highest score is not the label's, (n,).
    """

    loss: Tensor
    fooled: Tensor


def respond(network: nn.Module, images: Tensor, labels: Tensor) -> NetworkResponse:
    """Return loss and error of each image without a gradient; images (n, ...) as the network takes them.

    Raises:
        ValueError: the output is not (n, classes), or a label is out of its range.
        NotANumber: the output holds NaN.
    """
    with torch.no_grad():
        scores = _scores(network, images, labels)
        return _response(scores, labels)


def input_gradient(network: nn.Module, images: Tensor, labels: Tensor) -> tuple[Tensor, NetworkResponse]:
    """Return the gradient of the summed cross-entropy by the images, flattened (n, d), and the response.

    The sum, unlike the mean, makes an image's gradient independent of the batch. Parameters get no gradient.

    Raises:
        ValueError, NotANumber: as `respond`; NotANumber also for a gradient with NaN.
    """
    with torch.enable_grad():
        inputs = images.detach().requires_grad_(True)
        scores = _scores(network, inputs, labels)
        total = F.cross_entropy(scores, labels, reduction="sum")
        (gradient,) = torch.autograd.grad(total, inputs)
    if gradient.isnan().any():
        raise NotANumber(f"the input gradient of {type(network).__name__} holds NaN; was it trained to divergence?")
    return gradient.flatten(1), _response(scores.detach(), labels)


def _scores(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    scores = network(images)
    if scores.ndim != 2 or len(scores) != len(images):
        raise ValueError(f"network returned {tuple(scores.shape)}; expected ({len(images)}, classes)")
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < scores.shape[1]:
        raise ValueError(
            f"labels run from {int(labels.min())} to {int(labels.max())}; expected 0 to {scores.shape[1] - 1}"
        )
    if scores.isnan().any():
        raise NotANumber(f"the output of {type(network).__name__} holds NaN; was it trained to divergence?")
    return scores


def _response(scores: Tensor, labels: Tensor) -> NetworkResponse:
    return NetworkResponse(F.cross_entropy(scores, labels, reduction="none"), scores.argmax(dim=1) != labels)
