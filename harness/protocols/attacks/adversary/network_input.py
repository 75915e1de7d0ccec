"""Margin and input gradient of a network under attack; the mode of the network is restored.

Attacks ascend the cross-entropy, in a form that does not depend on the scale of the scores z. For label y

    gradient of CE(z / T)  ~  sum_(i != y) w_i grad z_i - grad z_y,   w = softmax of z_i / T over the classes i != y

where ~ is equality up to a positive factor, which no attack uses. The factor, (1 - p_y) / T, rounds to zero in
float32 where the network is sure; this form has no such limit. The temperature T is the range of the scores over
`SPREAD`: a network and its multiples are attacked alike.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SPREAD = 16.0
"""Range of the scores, largest minus smallest, in units of the temperature; about that of a trained network."""


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
    """Margins and errors of a network on a batch of images.

    Attributes:
        margin: largest score of another class minus the label's score, (n,): positive where the network is wrong.
            Unlike the loss it orders attacks alike for a network and its multiples, and does not saturate.
        fooled: whether the highest score is not the label's, (n,).
    """

    margin: Tensor
    fooled: Tensor


def respond(network: nn.Module, images: Tensor, labels: Tensor) -> NetworkResponse:
    """Return margin and error of each image without a gradient; images (n, ...) as the network takes them.

    Raises:
        ValueError: the output is not (n, classes), or a label is out of its range.
        NotANumber: the output holds NaN.
    """
    with torch.no_grad():
        scores = _scores(network, images, labels)
        return _response(scores, labels)


def input_gradient(network: nn.Module, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradient to ascend by the images, flattened (n, d), see the head of this file, and the scores.

    An image's gradient is independent of the batch. Parameters get no gradient.

    Raises:
        ValueError, NotANumber: as `respond`; NotANumber also for a gradient with NaN.
    """
    with torch.enable_grad():
        inputs = images.detach().requires_grad_(True)
        scores = _scores(network, inputs, labels)
        (gradient,) = torch.autograd.grad((_pull(scores.detach(), labels) * scores).sum(), inputs)
    if gradient.isnan().any():
        raise NotANumber(f"the input gradient of {type(network).__name__} holds NaN; was it trained to divergence?")
    return gradient.flatten(1), scores.detach()


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


def temperature(scores: Tensor) -> Tensor:
    """Return T of scores (n, classes), (n, 1): their range over `SPREAD`; 1 where all are equal."""
    spread = scores.amax(dim=1, keepdim=True) - scores.amin(dim=1, keepdim=True)
    return torch.where(spread > 0, spread / SPREAD, 1)


def _pull(scores: Tensor, labels: Tensor) -> Tensor:
    """Return the weights of the scores in the sum to ascend, (n, classes); the label's is -1."""
    weights = F.softmax(_others(scores, labels) / temperature(scores), dim=1)
    return weights.scatter(1, labels[:, None], -1)


def _others(scores: Tensor, labels: Tensor) -> Tensor:
    """Return the scores with minus infinity for the label."""
    return scores.scatter(1, labels[:, None], -torch.inf)


def _response(scores: Tensor, labels: Tensor) -> NetworkResponse:
    margin = _others(scores, labels).amax(dim=1) - scores.gather(1, labels[:, None])[:, 0]
    return NetworkResponse(margin, scores.argmax(dim=1) != labels)
