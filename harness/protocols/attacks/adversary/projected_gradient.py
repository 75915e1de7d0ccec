"""Projected gradient attacks within an l1, l2 or linf ball, untargeted (Madry et al. 2018; SLIDE for l1).

    change <- project(change + step * ascent(gradient of the cross-entropy))

from a random start, for a fixed number of iterations; the last iterate is the attack. By default the
start of an image is a function of the generator's state and of the image itself: neither the order nor the size of
batches matters. Nor does the scale of the network's scores (`network_input`).
"""

from hashlib import blake2b

import numpy as np
import torch
from torch import Tensor, nn

from harness.protocols.attacks.adversary.budgets import Budget
from harness.protocols.attacks.adversary.geometry import into_box
from harness.protocols.attacks.adversary.images import Attacked, checked_images
from harness.protocols.attacks.adversary.network_input import evaluating, input_gradient, respond
from harness.seeds import stream


def projected_gradient(
    network: nn.Module,
    images: Tensor | np.ndarray,
    labels: Tensor | np.ndarray,
    budget: Budget,
    generator: np.random.Generator,
    *,
    restarts: int = 1,
    random_start: bool = True,
    own_starts: bool = True,
    early_stop: bool = False,
    batch_size: int = 512,
) -> Attacked:
    """Attack images; the network is in evaluation mode meanwhile.

    Args:
        images: (n, ...) in [0, 1], as the network takes them.
        labels: (n,) integers.
        generator: source of one random number, from which all starts derive.
        restarts: number of runs; each image keeps its worst outcome (fooled first, then highest margin).
        random_start: whether to begin at a random point of the ball instead of the image.
        own_starts: whether each image's start depends on that image and the generator alone; if not, a batch's are
            drawn together, which is quicker in training.
        early_stop: whether the attack on an image ends as soon as the network misclassifies it.
        batch_size: number of images attacked at a time.

    Raises:
        ValueError: images or labels that do not fit, or a count below 1.
        NotANumber: the network returns NaN.
    """
    x, y = checked_images(images, labels)
    if restarts < 1 or batch_size < 1:
        raise ValueError(f"restarts is {restarts} and batch_size is {batch_size}; expected 1 or more of each")
    key = int(generator.integers(2**63))
    if not len(x):
        return Attacked.none(x)
    parts: list[Attacked] = []
    with evaluating(network):
        for clean, target in zip(x.split(batch_size), y.split(batch_size), strict=True):
            worst: Attacked | None = None
            for restart in range(restarts):
                start = torch.zeros_like(clean.flatten(1))
                if random_start:
                    place = () if own_starts else (len(parts),)
                    start = _start(clean, budget, (key, restart, *place), own_starts)
                ascend = _ascend_while_right if early_stop else _ascend
                found = ascend(network, clean, target, budget, start)
                worst = found if worst is None else worse(worst, found)
            assert worst is not None
            parts.append(worst)
    return Attacked.concatenated(parts)


def worse(first: Attacked, second: Attacked) -> Attacked:
    """Return for each image the attack that fools the network, or has the higher margin if both or neither do."""
    gain = (second.success & ~first.success) | ((second.success == first.success) & (second.margin > first.margin))
    return first.choose(second, gain)


def outcome(network: nn.Module, clean: Tensor, labels: Tensor, change: Tensor, stuck: Tensor) -> Attacked:
    """Return the outcome of the attack for changes (n, d) that keep them in the box."""
    rows = (clean.flatten(1) + change).clamp(0, 1)
    attacked = rows.reshape(clean.shape)
    after = respond(network, attacked, labels)
    return Attacked(attacked, rows - clean.flatten(1), after.margin, after.fooled, stuck)


VANISHING = 1e-3
"""Movement, relative to the step length, that counts as none; rounding of pixels is smaller."""


def advance(change: Tensor, gradient: Tensor, rows: Tensor, budget: Budget) -> Tensor:
    """Return changes (n, d) of the clean images `rows` after one step from `change`."""
    geometry = budget.geometry
    ahead = change + budget.step * geometry.ascent(gradient, rows + change)
    return geometry.project(ahead, rows, budget.eps)


def unmoved(start: Tensor, change: Tensor, budget: Budget) -> Tensor:
    """Return whether the steps together moved an image by nothing, (n,)."""
    return budget.geometry.size(change - start) <= VANISHING * budget.step


def _ascend(network: nn.Module, clean: Tensor, labels: Tensor, budget: Budget, start: Tensor) -> Attacked:
    rows, change = clean.flatten(1), start
    for _ in range(budget.iterations):
        gradient, _scores = input_gradient(network, (rows + change).reshape(clean.shape), labels)
        change = advance(change, gradient, rows, budget)
    return outcome(network, clean, labels, change, unmoved(start, change, budget))


def _ascend_while_right(
    network: nn.Module, clean: Tensor, labels: Tensor, budget: Budget, start: Tensor
) -> Attacked:
    """Continue with the images that the network still classifies correctly."""
    rows, change = clean.flatten(1), start.clone()
    asked = torch.zeros(len(rows), dtype=torch.bool, device=rows.device)
    live = torch.arange(len(rows), device=rows.device)
    for _ in range(budget.iterations):
        points = (rows[live] + change[live]).reshape(-1, *clean.shape[1:])
        gradient, scores = input_gradient(network, points, labels[live])
        right = scores.argmax(dim=1) == labels[live]
        live, gradient = live[right], gradient[right]
        if not len(live):
            break
        asked[live] = True
        change[live] = advance(change[live], gradient, rows[live], budget)
    return outcome(network, clean, labels, change, asked & unmoved(start, change, budget))


def _start(clean: Tensor, budget: Budget, key: tuple[int, ...], own: bool) -> Tensor:
    """Return random changes inside ball and box, (n, d), drawn from one stream or from one for each image."""
    rows = clean.flatten(1).cpu().numpy()
    if own:
        drawn = np.empty_like(rows)
        for n, row in enumerate(rows):
            digest = blake2b(np.ascontiguousarray(row).tobytes(), digest_size=16).hexdigest()
            drawn[n] = budget.geometry.start(row, budget.eps, stream("attack", *key, budget.norm, digest))
    else:
        random = stream("attack", *key, budget.norm)
        drawn = budget.geometry.start(rows, budget.eps, random).astype(rows.dtype)
    return into_box(torch.from_numpy(drawn).to(clean.device), clean.flatten(1))
