"""One-shot magnitude pruning: the largest weights of a trained network, ranked across layers.

The masks are those of `torch.nn.utils.prune.global_unstructured` with `L1Unstructured`, equal magnitudes aside.
"""

from torch import nn

from harness.protocols.pruning.training.layers import prunable_weights
from harness.protocols.pruning.training.masks import Masks
from harness.protocols.pruning.training.selection import keep_largest, kept_at


def magnitude_masks(module: nn.Module, density: float) -> Masks:
    """Keep the largest magnitudes of the current weights.

    Raises:
        ValueError: a density outside [0, 1], weights that are NaN, or no prunable layer.
    """
    scores = {name: weight.detach().abs() for name, weight in prunable_weights(module).items()}
    return keep_largest(scores, kept_at(density, sum(score.numel() for score in scores.values())))
