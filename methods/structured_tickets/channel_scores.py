"""Scores of output channels: the criteria of IMP-Refill (ICML 2022, section 3)."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from methods.structured_tickets.validation import BoolArray, as_mask, as_ordered, check_choice

CRITERIA = ("l1", "count", "feat_l1", "feat_l2", "saliency")
NEEDS = {
    "l1": ("weight",),
    "count": (),
    "feat_l1": ("activation",),
    "feat_l2": ("activation",),
    "saliency": ("activation", "gradient"),
}


def channel_scores(
    mask: ArrayLike,
    criterion: str = "l1",
    *,
    weight: ArrayLike | None = None,
    activation: ArrayLike | None = None,
    gradient: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Return the score of each output channel; channels of high scores are refilled first.

    | criterion | score of channel i | needs |
    | --- | --- | --- |
    | l1 | sum of abs(w) over its surviving weights, the paper's choice | weight |
    | count | number of its surviving weights, the code's default | |
    | feat_l1, feat_l2 | sum of abs(a) or of a^2 over batch and positions | activation |
    | saliency | sum of abs(a dL/da) over batch and positions, first-order Taylor | activation, gradient |

    Args:
        mask: surviving weights, binary, shape (c_out, ...).
        criterion: one of the table.
        weight: trained weights, shape of the mask.
        activation: a, output of the layer, shape (batch, c_out, ...).
        gradient: dL/da, shape of the activation.

    Returns:
        Scores, float64, shape (c_out,).

    Raises:
        ValueError: an unknown criterion, an array that it needs missing, of the wrong shape or with NaN.
    """
    mask = as_mask(mask, dimensions=None)
    given = {"weight": weight, "activation": activation, "gradient": gradient}
    needed = NEEDS[check_choice(criterion, "criterion", CRITERIA)]
    arrays = [_array(name, given[name], criterion, mask) for name in needed]
    if criterion == "count":
        return mask.reshape(len(mask), -1).sum(axis=1).astype(np.float64)
    if criterion == "l1":
        kept = np.where(mask, np.abs(arrays[0]), 0.0)
        return np.asarray(kept.reshape(len(mask), -1).sum(axis=1))
    if len({array.shape for array in arrays}) > 1:
        raise ValueError(f"gradient must have the activation's shape {arrays[0].shape}, got {arrays[1].shape}")
    power = arrays[0] * arrays[-1] if criterion != "feat_l1" else arrays[0]
    return np.asarray(np.abs(power).sum(axis=tuple(axis for axis in range(power.ndim) if axis != 1)))


def _array(name: str, value: ArrayLike | None, criterion: str, mask: BoolArray) -> NDArray[np.float64]:
    if value is None:
        raise ValueError(f"{name} must be given for criterion {criterion!r}, got None")
    array = as_ordered(value, name)
    if name == "weight" and array.shape != mask.shape:
        raise ValueError(f"weight must have the mask's shape {mask.shape}, got {array.shape}")
    if name != "weight" and (array.ndim < 2 or array.shape[1] != len(mask)):
        raise ValueError(f"{name} must have shape (batch, {len(mask)}, ...), got {array.shape}")
    return array
