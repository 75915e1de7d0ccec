"""Pruning at initialisation without data.

Tanaka, Kunin, Yamins, Ganguli, Pruning neural networks without any data by iteratively conserving synaptic flow,
NeurIPS 2020 (SynFlow), Algorithm 1.
"""

import copy
from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from harness.protocols.pruning.training.layers import prunable_weights
from harness.protocols.pruning.training.masks import Masks, all_ones, apply_masks
from harness.protocols.pruning.training.selection import check_density, keep_largest, kept_at

Schedule = Literal["paper", "code"]


def synflow_scores(
    module: nn.Module, input_shape: tuple[int, ...], masks: Mapping[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """Return abs(theta) * dR/dabs(theta) with R the sum of outputs for an input of ones, all weights made positive.

    Batch norms are in evaluation mode. Additive terms (biases, running means) are no synapses and are left out, so
    that the scores of every layer between input and output sum to R, the law of conservation. Computed in float64:
    R grows with the product of widths.

    Args:
        input_shape: shape of one input, without the batch.
        masks: masks of the weights pruned so far.

    Raises:
        ValueError: masks that do not fit the network.
    """
    positive = _positive(module)
    apply_masks(positive, masks or {})
    weights = prunable_weights(positive)
    flow = positive(torch.ones(1, *input_shape, dtype=torch.float64)).sum()
    gradients = torch.autograd.grad(flow, list(weights.values()))
    return {
        name: (gradient * weight).detach()
        for (name, weight), gradient in zip(weights.items(), gradients, strict=True)
    }


def synflow_masks(
    module: nn.Module,
    density: float,
    input_shape: tuple[int, ...],
    *,
    steps: int = 100,
    schedule: Schedule = "paper",
) -> Masks:
    """Prune to the density in many steps; recompute the scores in each.

    Args:
        input_shape: shape of one input, without the batch.
        steps: number of steps of the schedule :func:`kept_share`.
        schedule: "paper", or "code" of the authors of structured tickets.

    Raises:
        ValueError: a density outside (0, 1], steps < 1, or an unknown schedule.
    """
    masks = all_ones(module)
    total = sum(mask.numel() for mask in masks.values())
    for step in range(max(1, steps)):
        share = kept_share(density, step, steps, schedule)
        left = sum(int(mask.sum()) for mask in masks.values())
        masks = keep_largest(synflow_scores(module, input_shape, masks), min(left, kept_at(share, total)), masks)
    return masks


def kept_share(density: float, step: int, steps: int = 100, schedule: Schedule = "paper") -> float:
    """Return the share of weights kept after a step, counted from 0; the density itself after the last.

    With sparsity s = 1 - density and x = (step + 1) / steps, the paper keeps (1 - s)^x; the code of structured
    tickets prunes (100 s)^x / 100, which is above s at first if s < 1/100 and is then cut there.

    Raises:
        ValueError: a density outside (0, 1], steps < 1, or an unknown schedule.
    """
    if check_density(density) == 0:
        raise ValueError("density must be above 0, got 0: the schedule is geometric")
    if steps < 1:
        raise ValueError(f"steps must be >= 1, got {steps!r}")
    if step == steps - 1:
        return density
    part = (step + 1) / steps
    if schedule == "paper":
        return density**part
    if schedule == "code":
        sparsity = 1 - density
        return 1 - min(sparsity, (100 * sparsity) ** part / 100)
    raise ValueError(f"schedule must be paper or code, got {schedule!r}")


@torch.no_grad()
def _positive(module: nn.Module) -> nn.Module:
    positive = copy.deepcopy(module).double().eval()
    for name, tensor in [*positive.named_parameters(), *positive.named_buffers()]:
        if name.rpartition(".")[2] in ("bias", "running_mean"):
            tensor.zero_()
        elif tensor.is_floating_point():
            tensor.abs_()
    return positive
