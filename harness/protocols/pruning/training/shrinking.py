"""A network without its dead channels: the same function, smaller layers."""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from harness.protocols.pruning.training.layers import rows_of

Weighted = nn.Conv2d | nn.Linear
Norm = nn.BatchNorm1d | nn.BatchNorm2d
CHANNELWISE = (nn.ReLU, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Dropout, nn.Dropout2d, nn.Identity)


@torch.no_grad()
def shrink(module: nn.Module) -> nn.Module:
    """Remove output channels that emit zero, and the inputs of the next layer that read them.

    A channel is dead if its weights, its bias and the weight and bias of its batch norm are all zero, as in a
    trained channel ticket: then outputs in evaluation mode stay the same. A layer without a live channel keeps one.
    Outputs of the last layer are never removed. Networks with skip paths are not sequential and are refused.

    Args:
        module: (nested) ``nn.Sequential`` of Conv2d and Linear, each perhaps with a batch norm behind it, ReLU,
            pooling, Flatten, Dropout and Identity.

    Returns:
        A copy; the module is not changed.

    Raises:
        ValueError: another kind of module, a batch norm that does not follow a layer with weights, or groups.
    """
    smaller = copy.deepcopy(module)
    leaves = list(_leaves(smaller, ""))
    weighted = [place for place, (_, leaf) in enumerate(leaves) if isinstance(leaf, Weighted)]
    alive: Tensor | None = None  # input channels that are left; None: all of them
    for place, (name, leaf) in enumerate(leaves):
        following = leaves[place + 1][1] if place + 1 < len(leaves) else None
        if isinstance(leaf, Weighted):
            norm = following if isinstance(following, Norm) else None
            _drop_inputs(leaf, alive)
            alive = _live_channels(leaf, norm) if place != weighted[-1] else None
            if alive is not None:
                _drop_outputs(leaf, norm, alive)
        elif isinstance(leaf, Norm):
            if place == 0 or not isinstance(leaves[place - 1][1], Weighted):
                raise ValueError(f"batch norm {name!r} must follow a convolution or a linear layer")
        elif isinstance(leaf, nn.Flatten):
            if leaf.start_dim != 1 or leaf.end_dim != -1:
                raise ValueError(f"flatten {name!r} must keep the batch and flatten the rest, got {leaf}")
        elif not isinstance(leaf, CHANNELWISE):
            raise ValueError(f"module {name!r}, {leaf}, may mix channels: only sequential networks can be shrunk")
    return smaller


def _live_channels(layer: Weighted, norm: Norm | None) -> Tensor:
    """Return whether each channel may emit a non-zero value, bool (c_out,), at least one."""
    live = rows_of(layer.weight).any(1)
    if layer.bias is not None:
        live |= layer.bias != 0
    if norm is not None:
        # A batch norm without weight and bias shifts even a constant channel away from zero.
        live = torch.ones_like(live) if not norm.affine else live | (norm.weight != 0) | (norm.bias != 0)
    if not bool(live.any()):
        live[0] = True
    return live


def _drop_inputs(layer: Weighted, alive: Tensor | None) -> None:
    if alive is None:
        return
    positions = layer.weight.shape[1] // len(alive)  # positions of a flattened image that a linear layer reads
    kept = alive.repeat_interleave(positions)
    layer.weight = nn.Parameter(layer.weight[:, kept].clone())
    if isinstance(layer, nn.Conv2d):
        layer.in_channels = int(kept.sum())
    else:
        layer.in_features = int(kept.sum())


def _drop_outputs(layer: Weighted, norm: Norm | None, alive: Tensor) -> None:
    count = int(alive.sum())
    layer.weight = nn.Parameter(layer.weight[alive].clone())
    if layer.bias is not None:
        layer.bias = nn.Parameter(layer.bias[alive].clone())
    if isinstance(layer, nn.Conv2d):
        layer.out_channels = count
    else:
        layer.out_features = count
    if norm is not None:
        norm.num_features = count
        for name, tensor in [*norm.named_parameters(), *norm.named_buffers()]:
            if tensor.ndim == 1:
                kept = tensor[alive].clone()
                setattr(norm, name, nn.Parameter(kept) if isinstance(tensor, nn.Parameter) else kept)


def _leaves(module: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    if isinstance(module, nn.Sequential):
        for name, child in module.named_children():
            yield from _leaves(child, f"{prefix}.{name}" if prefix else name)
        return
    if isinstance(module, nn.Conv2d) and module.groups != 1:
        raise ValueError(f"groups of convolution {prefix!r} must be 1, got {module.groups}")
    yield prefix, module
