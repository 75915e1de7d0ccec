"""Uniformly random masks, a control for the density."""

import numpy as np
import torch
from torch import nn

from harness.protocols.pruning.training.layers import prunable_weights
from harness.protocols.pruning.training.masks import Masks
from harness.protocols.pruning.training.selection import keep_largest, kept_at
from harness.seeds import stream


def random_masks(module: nn.Module, density: float, *, seed: int) -> Masks:
    """Keep weights drawn without replacement from all prunable ones together, of exactly the density's number.

    Raises:
        ValueError: a density outside [0, 1], or no prunable layer.
    """
    rng = stream("pruning", "random mask", seed)
    scores = {
        name: torch.from_numpy(np.asarray(rng.random(tuple(weight.shape))))
        for name, weight in prunable_weights(module).items()
    }
    return keep_largest(scores, kept_at(density, sum(score.numel() for score in scores.values())))
