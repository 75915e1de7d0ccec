"""The group lasso on output channels: whole rows of a layer's matrix shrink to zero during training.

Wen, Wu, Wang, Chen, Li, Learning Structured Sparsity in Deep Neural Networks, NeurIPS 2016, by proximal gradient
steps (Parikh, Boyd, Proximal Algorithms, 2014, section 6.5.1).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from harness.learning.pruning.channels import channel_masks, following_norms
from harness.learning.pruning.images import LabelledImages
from harness.learning.pruning.layers import prunable_layers, rows_of
from harness.learning.pruning.masks import Masks, density
from harness.learning.pruning.rewinding import Snapshot
from harness.learning.pruning.selection import check_density
from harness.learning.pruning.sgd import SGDSettings, train

STRONGEST, WEAKEST = 1.0, 1e-6


@dataclass(frozen=True)
class GroupLasso:
    """A fit.

    Attributes:
        masks: of the rows that are not zero.
        strength: lambda.
        density: share of the prunable weights that is kept.
        state: of the trained network.
    """

    masks: Masks
    strength: float
    density: float
    state: Snapshot


@torch.no_grad()
def shrink_rows(weights: Iterable[Tensor], step: float) -> None:
    """Replace each row by W_i max(0, 1 - step sqrt(n) / |W_i|), the proximal step of step * sum sqrt(n) |W_i|.

    Args:
        weights: (c_out, ...), n entries a row.
        step: learning rate times lambda.
    """
    for weight in weights:
        rows = rows_of(weight)
        norms = torch.linalg.vector_norm(rows, dim=1, keepdim=True).clamp(min=torch.finfo(rows.dtype).tiny)
        factors = (1 - step * math.sqrt(rows.shape[1]) / norms).clamp(min=0)
        weight.mul_(factors.reshape(-1, *[1] * (weight.ndim - 1)))


def fit_group_lasso(
    module: nn.Module, images: LabelledImages, training: SGDSettings, *, strength: float, seed: int
) -> GroupLasso:
    """Train in place, a proximal step after each step of SGD.

    Raises:
        ValueError: a negative strength, or no prunable layer.
        FloatingPointError: training diverged.
    """
    if not strength >= 0:
        raise ValueError(f"strength must be >= 0, got {strength!r}")
    layers = prunable_layers(module)
    weights = [layer.weight for layer in layers.values()]
    train(module, images, training, seed=seed, after_step=lambda rate: shrink_rows(weights, rate * strength))
    kept = {name: rows_of(layer.weight.detach()).any(1) for name, layer in layers.items()}
    masks = channel_masks(module, kept, following_norms(module, images.images[:1]))
    return GroupLasso(masks, strength, density(module, masks), Snapshot.of(module))


def group_lasso_masks(
    module: nn.Module,
    images: LabelledImages,
    target: float,
    training: SGDSettings,
    *,
    seed: int,
    trials: int = 8,
) -> GroupLasso:
    """Bisect log lambda from one state of a network until the density is near the target.

    Returns:
        The fit of the density nearest to the target, of equally near ones the denser; the network is in its state.

    Raises:
        ValueError: a target outside [0, 1], or trials < 1.
        FloatingPointError: training diverged.
    """
    check_density(target)
    if trials < 1:
        raise ValueError(f"trials must be >= 1, got {trials!r}")
    start = Snapshot.of(module)
    weakest, strongest = math.log(WEAKEST), math.log(STRONGEST)
    fits: list[GroupLasso] = []
    for _ in range(trials):
        middle = (weakest + strongest) / 2
        start.restore(module)
        fits.append(fit_group_lasso(module, images, training, strength=math.exp(middle), seed=seed))
        if fits[-1].density > target:
            weakest = middle
        else:
            strongest = middle
    best = min(fits, key=lambda fit: (abs(fit.density - target), -fit.density))
    best.state.restore(module)
    return best
