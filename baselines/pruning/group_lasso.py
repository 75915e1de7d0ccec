"""The group lasso on output channels: whole rows of a layer's matrix shrink to zero during training.

Wen, Wu, Wang, Chen, Li, Learning Structured Sparsity in Deep Neural Networks, NeurIPS 2016, by proximal gradient
steps (Parikh, Boyd, Proximal Algorithms, 2014, section 6.5.1).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from harness.protocols.pruning.options import MaskedSGDSettings
from harness.protocols.pruning.training.channels import channel_masks, following_norms, keep_channels
from harness.protocols.pruning.training.images import Augmentation, LabelledImages
from harness.protocols.pruning.training.layers import prunable_layers, rows_of
from harness.protocols.pruning.training.live import live_density
from harness.protocols.pruning.training.masks import Masks
from harness.protocols.pruning.training.matching import matched
from harness.protocols.pruning.training.problem import DensityLevel
from harness.protocols.pruning.training.rewinding import Snapshot
from harness.protocols.pruning.training.selection import check_density
from harness.protocols.pruning.training.sgd import train

WEAKEST, STRONGEST = 1e-6, 1.0


@dataclass(frozen=True)
class GroupLasso:
    """A fit of the group lasso.

    Attributes:
        masks: masks of the non-zero rows.
        strength: weight lambda of the penalty.
        density: live share of the prunable weights, see `live_masks`.
        state: state of the trained network.
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
    module: nn.Module,
    images: LabelledImages,
    training: MaskedSGDSettings,
    *,
    strength: float,
    seed: int,
    augment: Augmentation | None = None,
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
    train(
        module, images, training, seed=seed, augment=augment,
        after_step=lambda rate: shrink_rows(weights, rate * strength),
    )  # fmt: skip
    rows = {name: rows_of(layer.weight.detach()).any(1) for name, layer in layers.items()}
    masks = channel_masks(module, rows, following_norms(module, images.images[:1]))
    kept = live_density(module, masks, tuple(images.images.shape[1:]))
    return GroupLasso(masks, strength, kept, Snapshot.of(module))


def group_lasso_masks(
    module: nn.Module,
    images: LabelledImages,
    target: float,
    training: MaskedSGDSettings,
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
    fits = _bisect(_fits(module, images, training, seed, None), target, trials, (WEAKEST, STRONGEST))
    best = _nearest(fits, target)
    best.state.restore(module)
    return best


@dataclass(frozen=True)
class CutGroupLasso(GroupLasso):
    """A fit whose weakest rows were cut where it kept more than the target.

    Attributes:
        density_before_cut: density of the fit before the cut.
    """

    density_before_cut: float


def trimmed_group_lasso(
    module: nn.Module,
    images: LabelledImages,
    levels: Sequence[DensityLevel],
    training: MaskedSGDSettings,
    *,
    seed: int,
    trials: int = 8,
    bounds: tuple[float, float] = (1e-5, 1e-1),
    augment: Augmentation | None = None,
) -> list[CutGroupLasso]:
    """Fit several levels from one state of a network, and cut the excess rows.

    Of the fits of a level the sparsest that keeps as much or more is taken, and rows of smallest norm / sqrt(n) are
    cut until the level is reached; if all keep less, the nearest is kept. Levels share the fits of equal strength.

    Args:
        trials: number of fits of a level.
        bounds: bounds of the bisected strengths.

    Raises:
        ValueError: a level too sparse for a row a layer, or trials < 1.
        FloatingPointError: training diverged.
    """
    fit = _fits(module, images, training, seed, augment)
    found = []
    for level in levels:
        fits = _bisect(fit, level.density, trials, bounds)
        enough = [candidate for candidate in fits if candidate.density >= level.density]
        chosen = min(enough, key=lambda candidate: candidate.density) if enough else _nearest(fits, level.density)
        found.append(_cut(module, images, chosen, level))
    return found


def _fits(
    module: nn.Module, images: LabelledImages, training: MaskedSGDSettings, seed: int, augment: Augmentation | None
) -> Callable[[float], GroupLasso]:
    """Return strength -> fit from the network's current state; each strength is fitted once."""
    start = Snapshot.of(module)

    @cache
    def fit(strength: float) -> GroupLasso:
        start.restore(module)
        return fit_group_lasso(module, images, training, strength=strength, seed=seed, augment=augment)

    return fit


def _bisect(
    fit: Callable[[float], GroupLasso], target: float, trials: int, bounds: tuple[float, float]
) -> list[GroupLasso]:
    """Return the fits of a bisection of log strength."""
    check_density(target)
    if trials < 1:
        raise ValueError(f"trials must be >= 1, got {trials!r}")
    weakest, strongest = map(math.log, bounds)
    fits: list[GroupLasso] = []
    for _ in range(trials):
        middle = (weakest + strongest) / 2
        fits.append(fit(math.exp(middle)))
        if fits[-1].density > target:
            weakest = middle
        else:
            strongest = middle
    return fits


def _nearest(fits: Sequence[GroupLasso], target: float) -> GroupLasso:
    """Return the fit of the density nearest to the target, of equally near ones the denser."""
    return min(fits, key=lambda found: (abs(found.density - target), -found.density))


def _cut(module: nn.Module, images: LabelledImages, found: GroupLasso, level: DensityLevel) -> CutGroupLasso:
    found.state.restore(module)
    shape = tuple(images.images.shape[1:])
    masks, kept = found.masks, found.density
    if found.density > level.density:
        layers = prunable_layers(module)
        rows = {name: rows_of(layer.weight.detach()) for name, layer in layers.items()}
        scores = {name: row.norm(dim=1) / math.sqrt(row.shape[1]) for name, row in rows.items()}
        sizes = {name: row.shape[1] for name, row in rows.items()}
        norms = following_norms(module, images.images[:1])

        def cut(x: float) -> Masks:
            share = level.density + x * (1 - level.density)
            return channel_masks(module, keep_channels(scores, sizes, share), norms)

        masks = matched(cut, lambda masks: live_density(module, masks, shape), level)
        kept = live_density(module, masks, shape)
    return CutGroupLasso(masks, found.strength, kept, found.state, found.density)
