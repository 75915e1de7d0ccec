"""Live weights: those on a path of kept weights from the inputs to the outputs, all that a shrunken network has.

A channel is dead if no kept weight leads to it from an input, or none from it to an output. Weights that read or
feed a dead channel compute nothing and can be removed with it: they do not count as kept.
"""

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from harness.protocols.pruning.training.channels import following_norms
from harness.protocols.pruning.training.layers import prunable_layers, weight_name
from harness.protocols.pruning.training.masks import Masks, check_masks, density


def live_masks(module: nn.Module, masks: Mapping[str, Tensor], shape: tuple[int, ...]) -> Masks:
    """Return masks of the live weights, within those given; dead channels are silenced.

    A silent channel emits zero: its bias and its batch norm are masked, so that it can be removed without changing
    the function. The result has no dead channel left: applied to it, this function changes nothing.

    Args:
        masks: by parameter name; a weight without a mask is kept.
        shape: shape of one input, without the batch.

    Returns:
        Masks of all prunable weights, of the biases and batch norms behind them, and the others given.

    Raises:
        ValueError: masks that do not fit, or no prunable layer.
    """
    check_masks(module, masks)
    norms = following_norms(module, torch.ones(1, *shape))
    live: Masks = {}
    silenced: Masks = {}
    for name, (fed, read) in _reached(module, masks, shape).items():
        layer = module.get_submodule(name)
        weight = layer.get_parameter("weight")
        within = masks.get(weight_name(name), torch.ones_like(weight, dtype=torch.bool))
        beyond = [1] * (weight.ndim - 2)
        kept = within & read.reshape(-1, 1, *beyond) & fed.reshape(1, -1, *beyond)
        live[weight_name(name)] = kept
        alive = kept.flatten(1).any(1)
        followers = [f"{norms[name]}.{part}" for part in ("weight", "bias")] if name in norms else []
        if getattr(layer, "bias", None) is not None:
            followers.append(weight_name(name).removesuffix("weight") + "bias")
        silenced |= {parameter: alive & masks.get(parameter, alive) for parameter in followers}
    return live | silenced | {name: mask for name, mask in masks.items() if name not in live | silenced}


def live_density(module: nn.Module, masks: Mapping[str, Tensor], shape: tuple[int, ...]) -> float:
    """Return the share of the prunable weights that is live; arguments and errors of :func:`live_masks`."""
    return density(module, live_masks(module, masks, shape))


def _reached(
    module: nn.Module, masks: Mapping[str, Tensor], shape: tuple[int, ...]
) -> dict[str, tuple[Tensor, Tensor]]:
    """Return, for each prunable layer, whether each input channel is fed, and whether each output channel is read.

    With all weights one and no additive term, an input of ones gives each activation the number of kept paths that
    lead to it, and the gradient of the summed outputs by it is the number that lead away. Any wiring is followed,
    skip paths among them. Computed in float64, which holds such numbers for networks far deeper than these.
    """
    paths = _path_counter(module, masks)
    given: dict[str, Tensor] = {}
    taken: dict[str, Tensor] = {}

    def remember(name: str, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        given[name], taken[name] = inputs[0].detach(), output
        return output.clone()  # a later ReLU in place must not change the output

    for name, layer in prunable_layers(paths).items():
        layer.register_forward_hook(lambda _, inputs, output, name=name: remember(name, inputs, output))
    with torch.enable_grad():
        total = paths(torch.ones(1, *shape, dtype=torch.float64)).sum()
        gradients = torch.autograd.grad(total, list(taken.values()), allow_unused=True)
    return {
        name: (_any(given[name]), _any(torch.zeros_like(taken[name]) if gradient is None else gradient))
        for name, gradient in zip(taken, gradients, strict=True)
    }


@torch.no_grad()
def _path_counter(module: nn.Module, masks: Mapping[str, Tensor]) -> nn.Module:
    """Return a copy with weights of one, masked ones of zero, and without additive terms."""
    paths = copy.deepcopy(module).double().eval()
    for name, tensor in [*paths.named_parameters(), *paths.named_buffers()]:
        if name.rpartition(".")[2] in ("bias", "running_mean"):
            tensor.zero_()
        elif tensor.is_floating_point():
            tensor.fill_(1.0)
        if name in masks:
            tensor.mul_(masks[name])
    return paths


def _any(values: Tensor) -> Tensor:
    """Return whether a channel has any value but zero, of (1, c, ...): bool (c,)."""
    return values[0].flatten(1).any(1) if values.ndim > 2 else values[0] != 0
