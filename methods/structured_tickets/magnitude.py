"""One pruning step of iterative magnitude pruning: the smallest surviving weights of all layers together."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from methods.structured_tickets.validation import BoolArray, as_mask, as_ordered, check_number


def prune_globally(weights: Sequence[ArrayLike], masks: Sequence[ArrayLike], rate: float = 0.2) -> list[BoolArray]:
    """Masks without the round(rate * survivors) smallest surviving weights, ranked across layers.

    Rounds half to even. Equal magnitudes go in the order of layers and entries, so the result is the same
    everywhere. A layer may lose its last weight, see `collapsed_layers`; if the number rounds to zero, nothing is
    pruned.

    Args:
        weights: trained weights, one array a prunable layer.
        masks: survivors so far, binary, of the same shapes.
        rate: share of the survivors to prune, in (0, 1).

    Returns:
        New masks, bool, each within the old one.

    Raises:
        ValueError: a rate outside (0, 1), shapes that differ, a mask that is not binary, or NaN, which has no rank.
    """
    rate = check_number(rate, "rate", above=0.0)
    if rate >= 1:
        raise ValueError(f"rate must be within (0, 1), got {rate!r}")
    if len(weights) != len(masks):
        raise ValueError(f"masks must be one a layer of weights, {len(weights)}, got {len(masks)}")
    names = range(len(masks))
    magnitudes = [np.abs(as_ordered(w, f"weights[{i}]")) for i, w in zip(names, weights, strict=True)]
    kept = [as_mask(m, f"masks[{i}]", dimensions=None).copy() for i, m in zip(names, masks, strict=True)]
    for i, (magnitude, mask) in enumerate(zip(magnitudes, kept, strict=True)):
        if magnitude.shape != mask.shape:
            raise ValueError(f"masks[{i}] must have shape {magnitude.shape}, got {mask.shape}")
    survivors = [magnitude[mask] for magnitude, mask in zip(magnitudes, kept, strict=True)]
    dropped = _smallest(np.concatenate([np.empty(0), *survivors]), rate)
    bounds = np.cumsum([0, *map(len, survivors)])
    for mask, (begin, end) in zip(kept, pairwise(bounds), strict=True):
        mask[mask] = ~dropped[begin:end]
    return kept


def _smallest(magnitudes: NDArray[np.float64], rate: float) -> BoolArray:
    """Return whether each value is among the round(rate * n) smallest; of equal ones the first."""
    count = round(rate * len(magnitudes))
    if count == 0:
        return np.zeros(len(magnitudes), dtype=np.bool_)
    border = np.partition(magnitudes, count - 1)[count - 1]
    smallest = magnitudes < border
    ties = np.flatnonzero(magnitudes == border)
    smallest[ties[: count - int(smallest.sum())]] = True
    return smallest


def collapsed_layers(masks: Sequence[ArrayLike]) -> tuple[int, ...]:
    """Indices of the layers without a single weight: such a network predicts by chance and must be reported so."""
    return tuple(i for i, mask in enumerate(masks) if not as_mask(mask, f"masks[{i}]", dimensions=None).any())
