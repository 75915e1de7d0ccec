"""Stages of a sequential network and their implementations."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from methods.structured_tickets.inference.block_conv import BlockConv2d
from methods.structured_tickets.inference.dispatch import layer_ways
from methods.structured_tickets.inference.geometry import ConvGeometry, Pair
from methods.structured_tickets.inference.layout import LAYOUTS, Layout
from methods.structured_tickets.inference.plan import Step
from methods.structured_tickets.inference.pooling import global_average_pooling, max_pooling, pooled_size
from methods.structured_tickets.inference.row_blocks import Blocks

Shape = tuple[int, int, int, int]


class InferenceStage(Protocol):
    """A part of a network between two activations that exist in memory; shapes are (N, C, H, W)."""

    @property
    def input_shape(self) -> Shape: ...

    @property
    def output_shape(self) -> Shape: ...

    def ways(self) -> list[Step]:
        """Return every implementation of the stage, untimed."""

    def blocks_only(self) -> Step:
        """Return the default implementation: batch-innermost, by blocks."""


@dataclass(frozen=True)
class Convolution:
    """A convolution with its batch norm folded in and perhaps a ReLU.

    A linear layer is one too: its kernel is the whole image, its inputs in the order of ``nn.Flatten``.
    """

    name: str
    input_shape: Shape
    weight: Tensor
    bias: Tensor | None
    blocks: Blocks | None
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    relu: bool = False

    @property
    def geometry(self) -> ConvGeometry:
        """Its sizes."""
        return ConvGeometry.of(
            self.weight.shape, self.input_shape, stride=self.stride, padding=self.padding, dilation=self.dilation
        )

    @property
    def output_shape(self) -> Shape:
        sizes = self.geometry
        return (sizes.batch, sizes.rows, *sizes.output)

    def ways(self) -> list[Step]:
        layers = layer_ways(self.weight, self.blocks, self.geometry, self.bias, self.relu)
        return [Step(self.name, path, layer.layout, layer) for path, layer in layers.items()]

    def blocks_only(self) -> Step:
        layer = BlockConv2d(self.weight, self.blocks, self.geometry, bias=self.bias, relu=self.relu)
        return Step(self.name, "blocks", layer.layout, layer)


@dataclass(frozen=True)
class MaxPool:
    """Max pooling without padding."""

    name: str
    input_shape: Shape
    kernel: Pair
    stride: Pair

    @property
    def output_shape(self) -> Shape:
        batch, channels, *image = self.input_shape
        height, width = map(pooled_size, image, self.kernel, self.stride)
        return (batch, channels, height, width)

    def ways(self) -> list[Step]:
        return [self._step(layout) for layout in LAYOUTS]

    def blocks_only(self) -> Step:
        return self._step("chwn")

    def _step(self, layout: Layout) -> Step:
        return Step(self.name, "pool", layout, max_pooling(layout, self.kernel, self.stride))


@dataclass(frozen=True)
class GlobalAverage:
    """The mean over positions."""

    name: str
    input_shape: Shape

    @property
    def output_shape(self) -> Shape:
        return (*self.input_shape[:2], 1, 1)

    def ways(self) -> list[Step]:
        return [Step(self.name, "pool", layout, global_average_pooling(layout)) for layout in LAYOUTS]

    def blocks_only(self) -> Step:
        return Step(self.name, "pool", "chwn", global_average_pooling("chwn"))
