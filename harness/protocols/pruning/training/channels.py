"""Pruning of whole output channels: their masks, and the choice of channels by score across layers.

A pruned channel must emit zero, or removing it changes the function: its bias, and weight and bias of the batch
norm that follows, are masked with it.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from harness.protocols.pruning.training.layers import prunable_layers, weight_name
from harness.protocols.pruning.training.masks import Masks
from harness.protocols.pruning.training.selection import kept_at

Norm = nn.BatchNorm1d | nn.BatchNorm2d


@torch.no_grad()
def following_norms(module: nn.Module, example: Tensor) -> dict[str, str]:
    """Return, for each prunable layer that a batch norm follows, the name of that batch norm.

    Found by running an example in evaluation mode: a batch norm follows the layer whose very output it is given, so
    the order of registration and the wiring do not matter.

    Args:
        example: a batch of inputs; one is enough.
    """
    outputs: list[tuple[str, Tensor]] = []  # kept alive, so that no other tensor takes its identity
    found: dict[str, str] = {}

    def remember(name: str, output: Tensor) -> None:
        outputs.append((name, output))

    def recognise(name: str, given: Tensor) -> None:
        found.update({layer: name for layer, output in outputs if output is given})

    hooks = [
        layer.register_forward_hook(lambda _, __, output, name=name: remember(name, output))
        for name, layer in prunable_layers(module).items()
    ] + [
        layer.register_forward_pre_hook(lambda _, given, name=name: recognise(name, given[0]))
        for name, layer in module.named_modules()
        if isinstance(layer, Norm) and layer.affine
    ]
    modes = {layer: layer.training for layer in module.modules()}
    module.eval()
    try:
        module(example)
    finally:
        for hook in hooks:
            hook.remove()
        for layer, training in modes.items():
            layer.training = training
    return found


def channel_masks(module: nn.Module, kept: Mapping[str, Tensor], norms: Mapping[str, str]) -> Masks:
    """Return masks that keep whole output channels of prunable layers and silence the others.

    Args:
        kept: layer -> whether each channel stays, bool, shape (c_out,).
        norms: result of :func:`following_norms`.

    Returns:
        Masks of the layers' weights first, then of their biases and batch norms.

    Raises:
        ValueError: a name that is no prunable layer, or another number of channels than it has.
    """
    layers = prunable_layers(module)
    weights: Masks = {}
    silenced: Masks = {}
    for name, channels in kept.items():
        if name not in layers:
            raise ValueError(f"channels must be of prunable layers, {', '.join(layers)}; got {name!r}")
        weight = layers[name].weight
        if channels.shape != weight.shape[:1] or channels.dtype != torch.bool:
            raise ValueError(
                f"channels of {name!r} must be bool of shape ({len(weight)},), got {channels.dtype} "
                f"{tuple(channels.shape)}"
            )
        weights[weight_name(name)] = channels.reshape(-1, *[1] * (weight.ndim - 1)).expand_as(weight).clone()
        if layers[name].bias is not None:
            silenced[weight_name(name).removesuffix("weight") + "bias"] = channels.clone()
        if name in norms:
            silenced |= {f"{norms[name]}.{part}": channels.clone() for part in ("weight", "bias")}
    return weights | silenced


def keep_channels(scores: Mapping[str, Tensor], sizes: Mapping[str, int], density: float) -> dict[str, Tensor]:
    """Drop the channels of lowest score, ranked across layers, while at least the density's weights are left.

    Every layer keeps its best channel. Equal scores go in the order of layers and channels.

    Args:
        scores: layer -> score of each output channel, shape (c_out,).
        sizes: layer -> weights of one of its channels.
        density: share of all weights to keep.

    Returns:
        Layer -> whether each channel stays, bool, (c_out,). At least the density is kept; the next channel in the
        ranking would have gone below it.

    Raises:
        ValueError: a score that is NaN, a density outside [0, 1], or one below that of a channel in each layer.
    """
    total = sum(len(score) * sizes[name] for name, score in scores.items())
    count = kept_at(density, total)
    least = sum(sizes[name] for name in scores)
    if count < least:
        raise ValueError(
            f"density must keep a channel of each layer, at least {least / total:.4g}; got {density!r}"
        )
    ranked: list[tuple[float, int, str, int]] = []
    for place, (name, score) in enumerate(scores.items()):
        if bool(score.isnan().any()):
            raise ValueError(f"scores must be numbers to be ranked, got nan in {name}")
        best = int(score.argmax())
        ranked += [(float(value), place, name, i) for i, value in enumerate(score) if i != best]
    kept = {name: torch.ones(len(score), dtype=torch.bool) for name, score in scores.items()}
    left = total
    for _, _, name, channel in sorted(ranked, key=lambda entry: (entry[0], entry[1], entry[3])):
        if left - sizes[name] < count:
            break
        kept[name][channel] = False
        left -= sizes[name]
    return kept
