"""Network slimming: an l1 penalty on the scales of batch norms, then removal of the channels of smallest scale.

Liu, Li, Shen, Huang, Yan, Zhang, Learning Efficient Convolutional Networks through Network Slimming, ICCV 2017.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from harness.protocols.pruning.options import MaskedSGDSettings
from harness.protocols.pruning.training.channels import channel_masks, following_norms, keep_channels
from harness.protocols.pruning.training.images import Augmentation, LabelledImages
from harness.protocols.pruning.training.layers import prunable_layers
from harness.protocols.pruning.training.masks import Masks
from harness.protocols.pruning.training.sgd import train

STRENGTH = 1e-4
Scales = dict[str, Tensor]
"""Layer -> abs(gamma) of the batch norm behind it, (c_out,)."""


def slimming_masks(
    module: nn.Module,
    images: LabelledImages,
    density: float,
    training: MaskedSGDSettings,
    *,
    seed: int,
    strength: float = STRENGTH,
) -> Masks:
    """Train in place with strength * sum abs(gamma), and drop the smallest abs(gamma) ranked across layers.

    Every layer keeps a channel; at least the density's share of the prunable weights is left.

    Raises:
        ValueError: as :func:`train_slim`; a density outside [0, 1] or too small for a channel a layer.
        FloatingPointError: training diverged.
    """
    scales = train_slim(module, images, training, seed=seed, strength=strength)
    return slimmed(module, scales, following_norms(module, images.images[:1]), density)


def train_slim(
    module: nn.Module,
    images: LabelledImages,
    training: MaskedSGDSettings,
    *,
    seed: int,
    strength: float = STRENGTH,
    augment: Augmentation | None = None,
) -> Scales:
    """Train in place with the penalty strength * sum abs(gamma) over prunable layers; return the scales.

    Raises:
        ValueError: a prunable layer that no batch norm follows (use the group lasso), or a negative strength.
        FloatingPointError: training diverged.
    """
    if not strength >= 0:
        raise ValueError(f"strength must be >= 0, got {strength!r}")
    layers = prunable_layers(module)
    norms = following_norms(module, images.images[:1])
    if bare := [name for name in layers if name not in norms]:
        raise ValueError(f"slimming must have a batch norm after each prunable layer, got none after {bare[0]!r}")
    parameters = dict(module.named_parameters())
    gammas = {name: parameters[f"{norms[name]}.weight"] for name in layers}

    def penalty() -> Tensor:
        return strength * torch.stack([gamma.abs().sum() for gamma in gammas.values()]).sum()

    train(module, images, training, seed=seed, penalty=penalty, augment=augment)
    return {name: gamma.detach().abs().clone() for name, gamma in gammas.items()}


def slimmed(module: nn.Module, scales: Scales, norms: Mapping[str, str], density: float) -> Masks:
    """Return masks without the channels of smallest scale, ranked across layers.

    Raises:
        ValueError: a density outside [0, 1] or too small for a channel a layer.
    """
    sizes = {name: layer.weight[0].numel() for name, layer in prunable_layers(module).items()}
    return channel_masks(module, keep_channels(scales, sizes, density), norms)
