"""Exactly the k largest magnitudes, or k elements at random.

Top-k: S. U. Stich, J.-B. Cordonnier and M. Jaggi, "Sparsified SGD with Memory", NeurIPS 2018. Random-k is drawn
without replacement from a seed that all workers share, so that indices need not travel.
"""

import numpy as np
import torch

from baselines.gradients.pairs import Gradient, Pairs, checked, pairs, wanted


def topk(x: Gradient, ratio: float) -> Pairs:
    """Return k = max(1, ⌊ρn⌋ ) largest magnitudes in no particular order, with torch.topk; n ≥ 1.

    Raises:
        TypeError, ValueError: as `pairs.checked` and `pairs.wanted`.
    """
    t = torch.from_numpy(checked(x))
    index = torch.topk(t.abs(), wanted(ratio, x.size), sorted=False).indices
    return Pairs(index.int().numpy(), t[index].numpy())


def argpartition(x: Gradient, ratio: float) -> Pairs:
    """Return these elements with numpy.argpartition."""
    place = x.size - wanted(ratio, checked(x).size)
    return pairs(x, np.argpartition(np.abs(x), place)[place:])


def random_k(x: Gradient, ratio: float, seed: int) -> Pairs:
    """Return k distinct elements that depend on n, the ratio and the seed only; raises as `topk`."""
    generator = np.random.default_rng(seed)
    return pairs(x, generator.choice(checked(x).size, wanted(ratio, x.size), replace=False, shuffle=False))
