"""IMP-Refill and Refill+: whole output channels become trainable, the others are removed (ICML 2022, section 3)."""

import numpy as np
from numpy.typing import ArrayLike

from methods.structured_tickets.validation import BoolArray, as_mask, as_ordered, check_within


def refill(mask: ArrayLike, scores: ArrayLike, extra: float = 0.0) -> BoolArray:
    """Channel mask of about the same density: the best channels are all ones, the others all zeros.

    With nnz ones in c_out channels of n weights, k = ceil(nnz / n) channels are kept; Refill+ keeps
    k + int(extra * (c_out - k)). Equal scores go to the lower index. The refilled weights take the values of the
    rewound network, which is dense.

    Args:
        mask: surviving weights, binary, shape (c_out, ...).
        scores: of `channel_scores`, shape (c_out,).
        extra: share of the remaining channels that are kept too, 0..1.

    Returns:
        Mask of the same shape, bool.

    Raises:
        ValueError: a bad mask, scores of the wrong shape or NaN, extra outside 0..1.
    """
    mask = as_mask(mask, dimensions=None)
    scores = as_ordered(scores, "scores")
    if scores.shape != (len(mask),):
        raise ValueError(f"scores must have shape ({len(mask)},), one a channel, got {scores.shape}")
    extra = check_within(extra, "extra", 1)
    kept = np.argsort(-scores, kind="stable")[: channels_kept(mask, extra)]
    refilled = np.zeros_like(mask)
    refilled[kept] = True
    return refilled


def channels_kept(mask: BoolArray, extra: float = 0.0) -> int:
    """k, or for Refill+ k + int(extra * (c_out - k)); the ceiling is taken in integers."""
    if not mask.size:
        return 0
    k = -(-int(np.count_nonzero(mask)) // (mask.size // len(mask)))
    return k + int(extra * (len(mask) - k))
