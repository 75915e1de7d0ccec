"""Pruning at initialisation by gradients.

Lee, Ajanthan, Torr, SNIP: Single-shot Network Pruning based on Connection Sensitivity, ICLR 2019, equation 5.
Wang, Zhang, Grosse, Picking Winning Tickets Before Training by Preserving Gradient Flow, ICLR 2020 (GraSP),
equation 8.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.protocols.pruning.training.images import LabelledImages
from harness.protocols.pruning.training.layers import prunable_weights
from harness.protocols.pruning.training.masks import Masks
from harness.protocols.pruning.training.selection import keep_largest, kept_at

TEMPERATURE = 200.0
Scores = dict[str, Tensor]


def snip_scores(module: nn.Module, images: LabelledImages, *, batch_size: int = 128) -> Scores:
    """Return abs(g * theta) of each prunable weight, g the gradient of the loss summed over the images.

    Batch norms take the statistics of each batch, as in training, and keep their running ones.
    """
    weights = prunable_weights(module)
    with _frozen_statistics(module):
        gradients = _summed_gradients(module, list(weights.values()), images, batch_size, 1.0)
    return {
        name: (gradient * weight).detach().abs()
        for (name, weight), gradient in zip(weights.items(), gradients, strict=True)
    }


def grasp_scores(
    module: nn.Module, images: LabelledImages, *, batch_size: int = 128, temperature: float = TEMPERATURE
) -> Scores:
    """Return -theta * (H g) of each prunable weight, g and H gradient and Hessian of the summed loss.

    Removal of a large score raises the gradient flow: the largest are pruned. Logits are divided by the
    temperature. H g is the sum over batches of the gradient of <g, g_batch>, g held constant.

    Raises:
        ValueError: a temperature that is not positive.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature!r}")
    weights = prunable_weights(module)
    parameters = list(weights.values())
    products = [torch.zeros_like(weight) for weight in parameters]
    with _frozen_statistics(module):
        total = _summed_gradients(module, parameters, images, batch_size, temperature)
        for batch in images.batches(batch_size):
            loss = _loss(module, batch, temperature)
            gradients = torch.autograd.grad(loss, parameters, create_graph=True)
            flow = torch.stack([(g * own).sum() for g, own in zip(total, gradients, strict=True)]).sum()
            for product, part in zip(products, torch.autograd.grad(flow, parameters), strict=True):
                product += part
    return {
        name: -(weight * product).detach()
        for (name, weight), product in zip(weights.items(), products, strict=True)
    }


def snip_masks(module: nn.Module, images: LabelledImages, density: float, *, batch_size: int = 128) -> Masks:
    """Keep the highest SNIP scores of all layers together.

    Raises:
        ValueError: a density outside [0, 1], or scores that are NaN.
    """
    return _kept(snip_scores(module, images, batch_size=batch_size), density)


def grasp_masks(
    module: nn.Module,
    images: LabelledImages,
    density: float,
    *,
    batch_size: int = 128,
    temperature: float = TEMPERATURE,
    abs: bool = False,
) -> Masks:
    """Prune the largest GraSP scores of all layers together.

    Args:
        abs: keep the largest magnitudes of the scores instead, the sign dropped, as the authors of structured
            tickets do.

    Raises:
        ValueError: a density outside [0, 1], a temperature that is not positive, or scores that are NaN.
    """
    scores = grasp_scores(module, images, batch_size=batch_size, temperature=temperature)
    return _kept({name: score.abs() if abs else -score for name, score in scores.items()}, density)


def _kept(scores: Scores, density: float) -> Masks:
    return keep_largest(scores, kept_at(density, sum(score.numel() for score in scores.values())))


def _loss(module: nn.Module, batch: LabelledImages, temperature: float) -> Tensor:
    return F.cross_entropy(module(batch.images) / temperature, batch.targets, reduction="sum")


def _summed_gradients(
    module: nn.Module, parameters: Sequence[Tensor], images: LabelledImages, batch_size: int, temperature: float
) -> list[Tensor]:
    sums = [torch.zeros_like(parameter) for parameter in parameters]
    for batch in images.batches(batch_size):
        gradients = torch.autograd.grad(_loss(module, batch, temperature), parameters)
        for total, part in zip(sums, gradients, strict=True):
            total += part
    return sums


@contextmanager
def _frozen_statistics(module: nn.Module) -> Iterator[None]:
    """Use training mode without side effects: running statistics and modes are restored at the end."""
    modes = {layer: layer.training for layer in module.modules()}
    buffers = {name: buffer.clone() for name, buffer in module.named_buffers()}
    module.train()
    try:
        yield
    finally:
        for name, buffer in module.named_buffers():
            buffer.copy_(buffers[name])
        for layer, training in modes.items():
            layer.training = training
