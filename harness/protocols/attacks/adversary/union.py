"""Attacks within the union of several balls: the worst of one attack each, and multi steepest descent."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from harness.protocols.attacks.adversary.budgets import Budget
from harness.protocols.attacks.adversary.images import Attacked, checked_images
from harness.protocols.attacks.adversary.network_input import evaluating, input_gradient, respond
from harness.protocols.attacks.adversary.projected_gradient import (
    advance,
    outcome,
    projected_gradient,
    unmoved,
    worse,
)


def worst_of(
    network: nn.Module,
    images: Tensor | np.ndarray,
    labels: Tensor | np.ndarray,
    budgets: Sequence[Budget],
    generator: np.random.Generator,
    *,
    own_starts: bool = True,
) -> Attacked:
    """Attack within each ball; keep each image's attack that fools the network, or that of the highest margin.

    Args:
        own_starts: see `projected_gradient`.

    Raises:
        ValueError: no budget, or images or labels that do not fit.
        NotANumber: the network gives NaN.
    """
    _check(budgets)
    found = [
        projected_gradient(network, images, labels, budget, generator, own_starts=own_starts) for budget in budgets
    ]
    worst = found[0]
    for other in found[1:]:
        worst = worse(worst, other)
    return worst


def multi_steepest_descent(
    network: nn.Module,
    images: Tensor | np.ndarray,
    labels: Tensor | np.ndarray,
    budgets: Sequence[Budget],
    iterations: int,
) -> Attacked:
    """Take in every iteration, for each image, that ball's steepest step which raises the margin most.

    Each candidate is projected onto its own ball (and the box), so that the result is inside one of the balls; it
    starts at the image (Maini, Wong & Kolter 2020, algorithm 1). The budgets' own iterations are not used.

    Raises:
        ValueError: no budget or iteration, or images or labels that do not fit.
        NotANumber: the network gives NaN.
    """
    _check(budgets)
    if iterations < 1:
        raise ValueError(f"iterations is {iterations}; expected 1 or more")
    clean, y = checked_images(images, labels)
    if not len(clean):
        return Attacked.none(clean)
    rows = clean.flatten(1)
    start = change = torch.zeros_like(rows)
    with evaluating(network):
        for _ in range(iterations):
            gradient, _scores = input_gradient(network, (rows + change).reshape(clean.shape), y)
            best, highest = change, torch.full_like(rows[:, 0], -torch.inf)
            for budget in budgets:
                candidate = advance(change, gradient, rows, budget)
                margin = respond(network, (rows + candidate).reshape(clean.shape), y).margin
                best = torch.where((margin > highest)[:, None], candidate, best)
                highest = torch.maximum(highest, margin)
            change = best
        still = torch.stack([unmoved(start, change, budget) for budget in budgets]).all(dim=0)
        return outcome(network, clean, y, change, still)


def _check(budgets: Sequence[Budget]) -> None:
    if not budgets:
        raise ValueError("budgets is empty; expected one or more")
