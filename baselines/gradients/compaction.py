"""Thresholding by the array libraries' own compaction: a mask over n elements, a prefix sum or a count, and a
gather.

The rule `threshold` of H. Xu et al., "GRACE: A Compressed Communication Framework for Distributed Machine
Learning", ICDCS 2021: all elements above a fixed threshold, 0.01 there.
"""

import numpy as np
import torch

from baselines.gradients.pairs import Gradient, Pairs, checked, pairs

GRACE_THRESHOLD = 0.01


def flatnonzero(x: Gradient, threshold: float = GRACE_THRESHOLD) -> Pairs:
    """Return the elements with \\|x_i\\| ≥ threshold by index, with numpy.flatnonzero; raises as `checked`."""
    return pairs(x, np.flatnonzero(np.abs(checked(x)) >= np.float32(threshold)))


def nonzero(x: Gradient, threshold: float = GRACE_THRESHOLD) -> Pairs:
    """Return these elements with torch.nonzero."""
    t = torch.from_numpy(checked(x))
    index = torch.nonzero(t.abs() >= np.float32(threshold).item()).squeeze(1)
    return Pairs(index.int().numpy(), t[index].numpy())


def masked_select(x: Gradient, positions: torch.Tensor, threshold: float = GRACE_THRESHOLD) -> Pairs:
    """Return these elements with torch.masked_select of values and `positions`, the int32 numbers 0 .. n-1."""
    t = torch.from_numpy(checked(x))
    mask = t.abs() >= np.float32(threshold).item()
    return Pairs(torch.masked_select(positions, mask).numpy(), torch.masked_select(t, mask).numpy())
