"""The l2 attack of Carlini & Wagner (2017, section VI): the least perturbation that fools the network.

For ``x' = (tanh(w) + 1) / 2``, which keeps the box, and a trade-off a > 0 of each image, Adam minimises

    ||x' - x||^2 + a max(z_y - max_(i != y) z_i, 0) / T

z the scores, y the label, T the range of the clean image's scores over `SPREAD`: a network and its multiples are
attacked alike. The trade-off is raised tenfold where the attack fails and halved towards the last
failure where it succeeds. The attack has no budget: its size depends on the network.
"""

import numpy as np
import torch
from torch import Tensor, nn

from harness.protocols.attacks.adversary.images import Attacked, checked_images
from harness.protocols.attacks.adversary.network_input import evaluating, respond, temperature
from harness.protocols.attacks.adversary.projected_gradient import outcome

FIRST_TRADE_OFF, LARGEST_TRADE_OFF = 1e-2, 1e10
INSIDE = 1 - 1e-6  # of [-1, 1], so that atanh is finite


def carlini_wagner(
    network: nn.Module,
    images: Tensor | np.ndarray,
    labels: Tensor | np.ndarray,
    learning_rate: float,
    iterations: int,
    searches: int = 6,
) -> Attacked:
    """Attack images (n, ...) in [0, 1] with labels (n,); images that are never fooled are returned as they were.

    Raises:
        ValueError: images or labels that do not fit, or a number out of its range.
        NotANumber: the network gives NaN.
    """
    if iterations < 1 or searches < 1 or not learning_rate > 0:
        raise ValueError(
            f"iterations is {iterations}, searches is {searches}, learning_rate is {learning_rate}; "
            f"expected 1 or more, 1 or more, positive"
        )
    clean, y = checked_images(images, labels)
    if not len(clean):
        return Attacked.none(clean)
    rows = clean.flatten(1)
    best, shortest = torch.zeros_like(rows), torch.full_like(rows[:, 0], torch.inf)
    low, high = torch.zeros_like(shortest), torch.full_like(shortest, LARGEST_TRADE_OFF)
    trade_off = torch.full_like(shortest, FIRST_TRADE_OFF)
    with evaluating(network):
        with torch.no_grad():
            unit = temperature(network(clean))[:, 0]
        for _ in range(searches):
            change, length = _least_change(network, clean, y, trade_off, unit, learning_rate, iterations)
            fooled, shorter = length < torch.inf, length < shortest
            best, shortest = torch.where(shorter[:, None], change, best), torch.minimum(length, shortest)
            low, high = torch.where(fooled, low, trade_off), torch.where(fooled, trade_off, high)
            trade_off = torch.where(high < LARGEST_TRADE_OFF, (low + high) / 2, trade_off * 10)
        return outcome(network, clean, y, best, torch.zeros_like(y, dtype=torch.bool))


def _least_change(
    network: nn.Module,
    clean: Tensor,
    labels: Tensor,
    trade_off: Tensor,
    unit: Tensor,
    learning_rate: float,
    iterations: int,
) -> tuple[Tensor, Tensor]:
    """Return the shortest fooling change that Adam meets on its way, (n, d), and its length, infinite for none."""
    rows = clean.flatten(1)
    free = torch.atanh((2 * rows - 1) * INSIDE).requires_grad_(True)
    optimiser = torch.optim.Adam([free], lr=learning_rate)
    best, shortest = torch.zeros_like(rows), torch.full_like(rows[:, 0], torch.inf)
    one_hot = nn.functional.one_hot(labels, int(network(clean[:1]).shape[1])).bool()
    for step in range(iterations + 1):
        points = (torch.tanh(free) + 1) / 2
        change = points - rows
        scores = network(points.reshape(clean.shape))
        with torch.no_grad():
            length = change.norm(dim=1)
            length = torch.where(scores.argmax(dim=1) != labels, length, torch.inf)
            shorter = length < shortest
            best, shortest = torch.where(shorter[:, None], change, best), torch.minimum(length, shortest)
        if step == iterations:
            break
        margin = scores[one_hot] - scores.masked_fill(one_hot, -torch.inf).amax(dim=1)
        loss = (change.square().sum(dim=1) + trade_off * (margin.clamp(min=0) / unit)).sum()
        (gradient,) = torch.autograd.grad(loss, free)
        free.grad = gradient
        optimiser.step()
    respond(network, (rows + best).reshape(clean.shape), labels)  # refuses NaN and labels out of range
    return best.detach(), shortest
