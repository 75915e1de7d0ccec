"""The product of packed blocks with a batch-innermost image.

One task is one block at one output position for up to 64 images: it gathers the rows of the unfolded input that the
block reads, a few hundred at a time, into a panel that stays in L1 and L2, multiplies, and writes each output row
where the next layer reads it. The whole unfolded input is never stored.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import LANES, lanes_of
from methods.structured_tickets.inference.micro_kernel import copy_lanes, fill_lanes, multiply_strip, rectify_lanes
from methods.structured_tickets.inference.packing import Integers, PackedBlocks

DEPTH = 384  # columns gathered at a time: a panel of 16 lanes takes 24 KiB of the 32 KiB of L1
TILES = 4  # times 16 lanes of a task, so that a block's weights are read once for 64 images

Floats = NDArray[np.float32]


class Window(NamedTuple):
    """Sizes of a convolution for the compiled loops."""

    lanes: int
    height: int
    width: int
    output_height: int
    output_width: int
    kernel_height: int
    kernel_width: int
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]


def window(geometry: ConvGeometry) -> Window:
    """Return the sizes of a geometry."""
    return Window(
        lanes_of(geometry.batch), geometry.height, geometry.width, *geometry.output, *geometry.kernel,
        geometry.stride, geometry.padding, geometry.dilation,
    )  # fmt: skip


def count_tasks(geometry: ConvGeometry, packed: PackedBlocks) -> int:
    """Return the number of tasks of a product."""
    groups = -(-geometry.batch // (TILES * LANES))
    return (len(packed.row_pointer) - 1) * geometry.output[0] * geometry.output[1] * groups


@njit(nogil=True)
def _accumulate(
    image: Floats,
    panel: Floats,
    sums: Floats,
    sizes: Window,
    packed: PackedBlocks,
    block: int,
    position: int,
    lane: int,
    tiles: int,
) -> None:
    """Add the products of all taps that lie inside the image: one run of columns per row of the kernel."""
    y, x = divmod(position, sizes.output_width)
    top = y * sizes.stride[0] - sizes.padding[0]
    left = x * sizes.stride[1] - sizes.padding[1]
    low_y, high_y = _inside(top, sizes.height, sizes.kernel_height, sizes.dilation[0])
    low_x, high_x = _inside(left, sizes.width, sizes.kernel_width, sizes.dilation[1])
    corner = (top * sizes.width + left) * sizes.lanes + lane
    width = sizes.kernel_width
    whole_rows = low_x == 0 and high_x == width  # then the runs of all kernel rows join
    for dy in range(low_y, low_y + 1 if whole_rows else high_y):
        last = high_y - 1 if whole_rows else dy
        begin = packed.taps[block, dy * width + low_x]
        length = packed.taps[block, last * width + high_x] - begin
        parts = -(-length // DEPTH)
        for part in range(parts):
            start = begin + length * part // parts
            depth = begin + length * (part + 1) // parts - start
            _gather(image, panel, packed, packed.column_pointer[block] + start, depth, corner, tiles)
            _multiply(panel, sums, packed, block, start, depth, tiles)


@njit(nogil=True)
def _inside(corner: int, size: int, kernel: int, dilation: int) -> tuple[int, int]:
    """Return the range of taps k with 0 <= corner + k * dilation < size."""
    low = min(kernel, max(0, -(corner // dilation)))
    high = min(kernel, (size - corner - 1) // dilation + 1)
    return low, max(low, high)


@njit(nogil=True)
def _gather(
    image: Floats, panel: Floats, packed: PackedBlocks, column: int, depth: int, corner: int, tiles: int
) -> None:
    """Copy `depth` rows of the unfolded input to the panel (tiles, depth, 16)."""
    for k in range(depth):
        source = corner + packed.offsets[column + k]
        for tile in range(tiles):
            copy_lanes(panel, (tile * depth + k) * LANES, image, source + tile * LANES)


@njit(nogil=True)
def _multiply(
    panel: Floats, sums: Floats, packed: PackedBlocks, block: int, start: int, depth: int, tiles: int
) -> None:
    """Add the panel's product with columns start : start + depth of the block to the sums (tiles, rows, 16)."""
    weights = packed.weights
    into = 0
    for tile in range(tiles):
        at = tile * depth * LANES
        for strip in range(packed.strip_pointer[block], packed.strip_pointer[block + 1]):
            height = packed.strip_height[strip]
            begin = packed.strip_start[strip] + start * height
            if height == 6:
                multiply_strip(6, weights, begin, panel, at, sums, into, depth)
            elif height == 5:
                multiply_strip(5, weights, begin, panel, at, sums, into, depth)
            elif height == 4:
                multiply_strip(4, weights, begin, panel, at, sums, into, depth)
            elif height == 3:
                multiply_strip(3, weights, begin, panel, at, sums, into, depth)
            elif height == 2:
                multiply_strip(2, weights, begin, panel, at, sums, into, depth)
            else:
                multiply_strip(1, weights, begin, panel, at, sums, into, depth)
            into += height * LANES


@njit(nogil=True)
def _start(sums: Floats, bias: Floats, rows: Integers, tiles: int) -> None:
    """Set the sums (tiles, rows, 16) to the rows' bias."""
    for tile in range(tiles):
        for r in range(len(rows)):
            fill_lanes(sums, (tile * len(rows) + r) * LANES, bias[rows[r]])


@njit(nogil=True)
def _finish(output: Floats, sums: Floats, rows: Integers, start: int, stride: int, tiles: int, relu: bool) -> None:
    """Write the sums of each output row, `stride` values apart, from `start` on."""
    for r in range(len(rows)):
        target = start + rows[r] * stride
        for tile in range(tiles):
            at = (tile * len(rows) + r) * LANES
            rectify_lanes(output, target + tile * LANES, sums, at, relu)


def _compiled(sources: int) -> Callable[..., int]:
    """Return the compiled entry; numba's cache follows closure variables, hence the micro-kernel's source too."""

    @njit(nogil=True, cache=True)
    def block_product(
        image: Floats,
        output: Floats,
        bias: Floats,
        relu: bool,
        plain_sizes: tuple,
        plain_packed: tuple,
        first: int,
        step: int,
        tasks: int,
    ) -> int:
        """Compute tasks first, first + step, ... of a product.

        Args:
            image: float32, the image (C, H, W, lanes) as one dimension.
            output: float32, (rows, h_out, w_out, lanes) as one dimension; rows of no block are not changed.
            bias: float32 (rows,), added to the product.
            relu: whether negative results become zero; NaN stays NaN.
            plain_sizes, plain_packed: a Window and PackedBlocks as plain tuples: numba finds their types some
                hundred microseconds sooner.
        """
        sizes = Window(*plain_sizes)
        packed = PackedBlocks(*plain_packed)
        panel = np.empty(DEPTH * TILES * LANES, np.float32)
        sums = np.empty(packed.most_rows * TILES * LANES, np.float32)
        positions = sizes.output_height * sizes.output_width
        groups = -(-sizes.lanes // (TILES * LANES))
        for task in range(first, tasks, step):
            block, place = divmod(task, positions * groups)
            position, group = divmod(place, groups)
            lane = group * TILES * LANES
            tiles = min(TILES, (sizes.lanes - lane) // LANES)
            rows = packed.rows[packed.row_pointer[block] : packed.row_pointer[block + 1]]
            _start(sums, bias, rows, tiles)
            _accumulate(image, panel, sums, sizes, packed, block, position, lane, tiles)
            _finish(output, sums, rows, position * sizes.lanes + lane, positions * sizes.lanes, tiles, relu)
        return sources

    return block_product


block_product = _compiled(zlib.crc32(Path(__file__).with_name("micro_kernel.py").read_bytes()))
