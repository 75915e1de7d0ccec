"""Global selection: the weights of highest score of all layers together."""

from collections.abc import Mapping

import torch
from torch import Tensor

from harness.protocols.pruning.training.masks import Masks


def check_density(density: float) -> float:
    """Return a density within [0, 1]; 0 prunes everything, 1 nothing.

    Raises:
        ValueError: the density is outside [0, 1], or not a number.
    """
    if not 0 <= density <= 1:
        raise ValueError(f"density must be within [0, 1], got {density!r}")
    return float(density)


def kept_at(density: float, total: int) -> int:
    """Return the number of kept weights: total - round((1 - density) total), as in torch's pruning.

    Ties round to even.

    Raises:
        ValueError: a density outside [0, 1].
    """
    return total - round((1 - check_density(density)) * total)


def kept_after(rounds: int, total: int, rate: float = 0.2) -> list[int]:
    """Return the numbers of weights left of `total` after 0, 1, ..., `rounds` rounds that each prune round(rate n).

    Raises:
        ValueError: a rate outside (0, 1), or negative rounds.
    """
    if not 0 < rate < 1:
        raise ValueError(f"rate must be within (0, 1), got {rate!r}")
    if rounds < 0:
        raise ValueError(f"rounds must be >= 0, got {rounds!r}")
    counts = [total]
    for _ in range(rounds):
        counts.append(counts[-1] - round(rate * counts[-1]))
    return counts


def keep_largest(scores: Mapping[str, Tensor], count: int, within: Mapping[str, Tensor] | None = None) -> Masks:
    """Keep the `count` largest scores of all layers; of equal ones the later entry, in the order of layers, stays.

    Args:
        scores: score of each weight, one tensor a layer.
        count: number of weights to keep, 0 to all that `within` has.
        within: masks to choose from; None allows every weight.

    Returns:
        Masks with `count` ones, each within the mask given.

    Raises:
        ValueError: a score that is NaN, masks that do not fit the scores, or an impossible count.
    """
    flat = torch.cat([score.detach().reshape(-1).double() for score in scores.values()])
    if bool(flat.isnan().any()):
        names = ", ".join(name for name, score in scores.items() if bool(score.isnan().any()))
        raise ValueError(f"scores must be numbers to be ranked, got nan in {names}")
    allowed = torch.ones_like(flat, dtype=torch.bool)
    if within is not None:
        for name, score in scores.items():
            if name not in within or within[name].shape != score.shape:
                raise ValueError(f"masks to choose from must have {name!r} of shape {tuple(score.shape)}")
        allowed = torch.cat([within[name].reshape(-1) for name in scores])
    candidates = allowed.nonzero()[:, 0]
    if not 0 <= count <= len(candidates):
        raise ValueError(f"count must be within 0..{len(candidates)}, got {count!r}")
    ascending = torch.argsort(flat[candidates], stable=True)
    kept = torch.zeros_like(allowed)
    kept[candidates[ascending[len(candidates) - count :]]] = True
    parts = kept.split([score.numel() for score in scores.values()])
    return {name: part.reshape(score.shape) for (name, score), part in zip(scores.items(), parts, strict=True)}


def prune_smallest(weights: Mapping[str, Tensor], masks: Mapping[str, Tensor], rate: float = 0.2) -> Masks:
    """Drop the round(rate n) smallest magnitudes of the n surviving weights; raises as :func:`keep_largest` does.

    Raises:
        ValueError: also a rate outside (0, 1).
    """
    survivors = sum(int(masks[name].sum()) for name in weights if name in masks)
    count = kept_after(1, survivors, rate)[1]
    return keep_largest({name: weight.detach().abs() for name, weight in weights.items()}, count, masks)
