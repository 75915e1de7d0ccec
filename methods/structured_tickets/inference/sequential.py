"""From a torch module to stages: batch norms folded, ReLUs fused."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from methods.structured_tickets.inference.geometry import Pair
from methods.structured_tickets.inference.row_blocks import Blocks
from methods.structured_tickets.inference.stages import Convolution, GlobalAverage, InferenceStage, MaxPool, Shape


def read_stages(
    module: nn.Module, input_shape: Shape, blocks: Mapping[str, Blocks]
) -> tuple[list[InferenceStage], tuple[int, ...]]:
    """Return the stages of a sequential module and the shape of its output; see :func:`compile_network`.

    Raises:
        ValueError: in training mode; a module, an order of modules or a setting that has no stage; blocks for a
            layer that does not exist.
    """
    if module.training:
        raise ValueError("module must be in evaluation mode, got training mode: call module.eval()")
    reader = _Reader(input_shape, blocks)
    for name, leaf in _leaves(module, ""):
        reader.read(name, leaf)
    layers = [stage.name for stage in reader.stages if isinstance(stage, Convolution)]
    if unknown := sorted(set(blocks) - set(layers)):
        raise ValueError(f"blocks must be for layers of the module, {', '.join(layers)}; got {', '.join(unknown)}")
    if not reader.stages:
        raise ValueError("module must have a convolution, a linear layer or a pooling, got none")
    batch, channels, height, width = reader.shape
    return reader.stages, (batch, channels * height * width) if reader.flat else reader.shape


class _Reader:
    def __init__(self, input_shape: Shape, blocks: Mapping[str, Blocks]) -> None:
        self.stages: list[InferenceStage] = []
        self.shape = input_shape
        self.flat = False
        self._blocks = blocks
        self._previous: nn.Module | None = None

    def read(self, name: str, leaf: nn.Module) -> None:
        match leaf:
            case nn.Dropout() | nn.Dropout2d() | nn.Identity():
                return
            case nn.Flatten(start_dim=1, end_dim=-1):
                self.flat = True
            case nn.Conv2d():
                self._append(self._convolution(name, leaf))
            case nn.Linear():
                self._append(self._linear(name, leaf))
            case nn.BatchNorm2d() if isinstance(self._previous, nn.Conv2d):
                self._fold(name, leaf)
            case nn.ReLU() if isinstance(self._previous, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
                self._replace_last(relu=True)
            case nn.MaxPool2d(padding=0 | (0, 0), dilation=1 | (1, 1), ceil_mode=False, return_indices=False):
                self._append(MaxPool(name, self.shape, _pair(leaf.kernel_size), _pair(leaf.stride)))
            case nn.AdaptiveAvgPool2d(output_size=1 | (1, 1)):
                self._append(GlobalAverage(name, self.shape))
            case _:
                after = f"after {self._previous}" if self._previous is not None else "at the beginning"
                raise ValueError(
                    f"module {name!r}, {leaf}, {after} has no compiled form; allowed: Conv2d, BatchNorm2d after "
                    "it, ReLU after either or Linear, MaxPool2d without padding, AdaptiveAvgPool2d(1), "
                    "Flatten, Linear, Dropout, Identity"
                )
        self._previous = leaf

    def _append(self, stage: InferenceStage) -> None:
        self.stages.append(stage)
        self.shape = stage.output_shape

    def _replace_last(self, **changes: Any) -> None:
        last = self.stages[-1]
        assert isinstance(last, Convolution)
        self.stages[-1] = replace(last, **changes)

    def _convolution(self, name: str, layer: nn.Conv2d) -> Convolution:
        if layer.groups != 1:
            raise ValueError(f"groups of {name!r} must be 1, got {layer.groups}")
        if layer.padding_mode != "zeros" or isinstance(layer.padding, str):
            raise ValueError(
                f"padding of {name!r} must be a number of zeros, got {layer.padding!r}, {layer.padding_mode}"
            )
        if self.flat:
            raise ValueError(f"convolution {name!r} must come before Flatten, got it after")
        return Convolution(
            name, self.shape, layer.weight, layer.bias, self._blocks.get(name),
            _pair(layer.stride), _pair(layer.padding), _pair(layer.dilation),
        )  # fmt: skip

    def _linear(self, name: str, layer: nn.Linear) -> Convolution:
        inputs = self.shape[1] * self.shape[2] * self.shape[3]
        if not self.flat or layer.in_features != inputs:
            where = "a flattened image" if self.flat else "an image that is not flattened"
            raise ValueError(f"linear layer {name!r} takes {layer.in_features} inputs, got {where} of {self.shape}")
        weight = layer.weight.reshape(-1, *self.shape[1:])
        return Convolution(name, self.shape, weight, layer.bias, self._blocks.get(name))

    def _fold(self, name: str, norm: nn.BatchNorm2d) -> None:
        last = self.stages[-1]
        assert isinstance(last, Convolution)
        if norm.running_mean is None or norm.running_var is None:
            raise ValueError(f"batch norm {name!r} must track running statistics, got none")
        weight, bias = fuse_conv_bn_weights(
            last.weight, last.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
        )
        self._replace_last(weight=weight, bias=bias)


def _leaves(module: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    if isinstance(module, nn.Sequential):
        for name, child in module.named_children():
            yield from _leaves(child, f"{prefix}.{name}" if prefix else name)
    else:
        yield prefix, module


def _pair(value: Any) -> Pair:
    return (value, value) if isinstance(value, int) else tuple(value)
