"""The fastest way to compute a layer, found by running each on the real shape."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol, TypeVar

import torch
from torch import Tensor

from methods.structured_tickets.inference.block_conv import BlockConv2d
from methods.structured_tickets.inference.csr import CsrConv2d
from methods.structured_tickets.inference.dense import DenseConv2d
from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import Layout, check_float32, convert
from methods.structured_tickets.inference.row_blocks import Blocks

Path = Literal["blocks", "csr", "dense", "dense-channels-last"]
Name = TypeVar("Name", bound=str)
CSR_DENSITY = 0.5  # a value and its 32-bit index take the memory of two dense values
HOPELESS = 2.0  # a slow call that takes this many times as long as another in the warm-up is not repeated
SLOW = 0.1  # seconds; a shorter first call is not informative, since libraries initialise in it


class Layer(Protocol):
    """A compiled convolution: images in its layout to images in its layout."""

    geometry: ConvGeometry
    layout: Layout

    def __call__(self, images: Tensor, /) -> Tensor: ...


@dataclass(frozen=True)
class CompiledLayer:
    """Fastest implementation of a layer.

    Attributes:
        path: name of the chosen implementation.
        layer: the layer; call it on images in `layout`.
        seconds: path -> least seconds of a call; empty if nothing was timed.
    """

    path: Path
    layer: Layer
    seconds: Mapping[Path, float]

    @property
    def layout(self) -> Layout:
        """Layout of input and output."""
        return self.layer.layout

    def __call__(self, images: Tensor) -> Tensor:
        """Return the layer's output; both in `layout`."""
        return self.layer(images)


def compile_layer(
    weight: Tensor,
    blocks: Blocks | None,
    input_shape: Sequence[int],
    *,
    bias: Tensor | None = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
    relu: bool = False,
    dispatch: bool = True,
) -> CompiledLayer:
    """Compile ``relu(conv2d(x, weight * mask) + bias)`` for one input shape.

    Args:
        weight: (c_out, c_in, kh, kw), float32; entries outside blocks are ignored.
        blocks: pairs (rows, columns) of the matrix view; None for one block of all entries.
        input_shape: (N, c_in, H, W).
        dispatch: time blocks, CSR (below half density) and torch's convolution in both its layouts, each on an
            input in its own layout, with torch's current number of threads, and keep the fastest; False keeps
            blocks unseen.

    Raises:
        ValueError: see :class:`BlockConv2d`.
    """
    check_float32("weight", weight, 4)
    geometry = ConvGeometry.of(
        weight.shape, input_shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    if not dispatch:
        return CompiledLayer("blocks", BlockConv2d(weight, blocks, geometry, bias=bias, relu=relu), {})
    ways = layer_ways(weight, blocks, geometry, bias, relu)
    seconds = time_layers(ways)
    path = min(seconds, key=seconds.__getitem__)
    return CompiledLayer(path, ways[path], seconds)


def layer_ways(
    weight: Tensor, blocks: Blocks | None, geometry: ConvGeometry, bias: Tensor | None, relu: bool
) -> dict[Path, Layer]:
    """Return every way to compute a layer; CSR only where it stores less than the dense weight does.

    Raises:
        ValueError: see :class:`BlockConv2d`.
    """
    by_blocks = BlockConv2d(weight, blocks, geometry, bias=bias, relu=relu)
    masked = weight.detach() * torch.from_numpy(by_blocks.mask).reshape(weight.shape)
    ways: dict[Path, Layer] = {
        "blocks": by_blocks,
        "dense": DenseConv2d(masked, geometry, "nchw", bias, relu),
        "dense-channels-last": DenseConv2d(masked, geometry, "nhwc", bias, relu),
    }
    if by_blocks.mask.mean() < CSR_DENSITY:
        ways["csr"] = CsrConv2d(masked, geometry, bias, relu)
    return ways


def time_layers(ways: Mapping[Path, Layer], rounds: int = 1) -> dict[Path, float]:
    """Return the least seconds of a call of each way, on one random input brought into the layout of each."""
    sizes = next(iter(ways.values())).geometry
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(sizes.batch, sizes.channels, sizes.height, sizes.width, generator=generator)
    calls = {
        path: partial(layer, convert(images, "nchw", layer.layout, sizes.batch)) for path, layer in ways.items()
    }
    return least_seconds(calls, rounds)


@torch.inference_mode()
def least_seconds(calls: Mapping[Name, Callable[[], object]], rounds: int = 1) -> dict[Name, float]:
    """Return the least seconds of each call over interleaved rounds, after one that warms up.

    A call that is slow and hopeless in the warm-up is not repeated; its time is then that of the warm-up.
    """
    best = {name: _seconds(call) for name, call in calls.items()}
    limit = max(SLOW, HOPELESS * min(best.values(), default=0.0))
    contenders = [name for name in calls if best[name] <= limit]
    for _ in range(rounds):
        for name in contenders:
            best[name] = min(best[name], _seconds(calls[name]))
    return best


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
