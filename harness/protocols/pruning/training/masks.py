"""Pruning masks by parameter name: checks, application to a network, densities.

A mask is bool, of its parameter's shape, True where the parameter is trained. Masks need not be for prunable
weights only: a dead channel masks its batch norm too. Densities, however, are over the prunable weights.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from harness.protocols.pruning.training.layers import prunable_weights

Masks = dict[str, Tensor]


def all_ones(module: nn.Module) -> Masks:
    """Return masks that prune nothing, one for each prunable weight; raises as `prunable_layers` does."""
    return {name: torch.ones_like(weight, dtype=torch.bool) for name, weight in prunable_weights(module).items()}


def check_masks(module: nn.Module, masks: Mapping[str, Tensor]) -> None:
    """Reject masks that do not fit a network.

    Raises:
        ValueError: a name that is no parameter, another shape than the parameter's, another dtype than bool.
    """
    parameters = dict(module.named_parameters())
    for name, mask in masks.items():
        if name not in parameters:
            raise ValueError(f"masks must be for parameters of the network, got {name!r}")
        if mask.dtype != torch.bool or mask.shape != parameters[name].shape:
            expected = tuple(parameters[name].shape)
            raise ValueError(
                f"mask of {name!r} must be bool of shape {expected}, got {mask.dtype} {tuple(mask.shape)}"
            )


@torch.no_grad()
def apply_masks(module: nn.Module, masks: Mapping[str, Tensor]) -> None:
    """Set masked parameters to zero, in place; raises as :func:`check_masks` does."""
    check_masks(module, masks)
    parameters = dict(module.named_parameters())
    for name, mask in masks.items():
        parameters[name].masked_fill_(~mask, 0.0)


def density(module: nn.Module, masks: Mapping[str, Tensor]) -> float:
    """Return the share of the prunable weights that the masks keep; a weight without a mask is kept.

    Raises:
        ValueError: masks that do not fit, or no prunable layer.
    """
    check_masks(module, masks)
    weights = prunable_weights(module)
    kept = sum(int(masks[name].sum()) if name in masks else weight.numel() for name, weight in weights.items())
    return kept / sum(weight.numel() for weight in weights.values())


def layer_densities(masks: Mapping[str, Tensor]) -> dict[str, float]:
    """Return the share of ones of each mask."""
    return {name: float(mask.double().mean()) for name, mask in masks.items()}


def collapsed(masks: Mapping[str, Tensor]) -> tuple[str, ...]:
    """Return the names of weights that are pruned completely: without a skip path, the output is then constant."""
    return tuple(name for name, mask in masks.items() if mask.ndim > 1 and not bool(mask.any()))
