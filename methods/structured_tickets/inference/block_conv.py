"""A convolution whose weight is zero outside blocks."""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import Layout, check_float32, lanes_of
from methods.structured_tickets.inference.packing import pack
from methods.structured_tickets.inference.product import Floats, block_product, count_tasks, window
from methods.structured_tickets.inference.row_blocks import Blocks, block_mask, full_block, row_blocks
from methods.structured_tickets.inference.workers import share_out

LEAST_WORK = 10_000_000  # least multiply-adds of a thread, about 0.2 ms


class BlockConv2d:
    """``relu(conv2d(x, weight * mask) + bias)`` for the union mask of blocks, without gradients.

    Compiled once for an input shape: weights are packed block by block, and per output position only the taps
    inside the image are multiplied, so that neither padding nor the unfolded input is ever stored. Values of the
    input that no kept weight reads are not touched: a NaN among them does not spread, as it would by 0 * NaN.

    Source: Chen et al., ICML 2022; the blocks are those that their Algorithm 3 emits.
    """

    layout: Layout = "chwn"

    def __init__(
        self,
        weight: Tensor,
        blocks: Blocks | None,
        geometry: ConvGeometry,
        *,
        bias: Tensor | None = None,
        relu: bool = False,
    ) -> None:
        """Pack the weights.

        Args:
            weight: (c_out, c_in, kh, kw), float32; entries outside blocks are ignored.
            blocks: pairs (rows, columns) of indices into the matrix view (c_out, c_in * kh * kw); they may overlap.
                None for one block of all entries.
            geometry: geometry of the convolution, see :meth:`ConvGeometry.of`.
            bias: (c_out,), float32.
            relu: whether negative results become zero.

        Raises:
            ValueError: wrong shapes, dtypes or indices; see :func:`block_mask`.
        """
        check_float32("weight", weight, 4)
        expected = (geometry.rows, geometry.channels, *geometry.kernel)
        if tuple(weight.shape) != expected:
            raise ValueError(f"weight must have the geometry's shape {expected}, got {tuple(weight.shape)}")
        shape = (geometry.rows, geometry.columns)
        self.geometry = geometry
        self.mask = block_mask(full_block(shape) if blocks is None else blocks, shape)
        self.bias = _checked_bias(bias, geometry.rows)
        self.relu = relu
        packed = pack(weight.detach().reshape(shape).numpy(), row_blocks(self.mask), geometry)
        self._empty = torch.from_numpy(np.setdiff1d(np.arange(geometry.rows), packed.rows))
        self._window, self._packed = tuple(window(geometry)), tuple(packed)
        self._tasks = count_tasks(geometry, packed)
        self._most_threads = max(1, packed.weights.size * geometry.positions // LEAST_WORK)
        nothing = np.empty(0, np.float32)
        self._multiply(nothing, nothing, 0, 0, 1)  # no task, but the first layer of a process compiles here

    def __call__(self, images: Tensor, out: Tensor | None = None, threads: int | None = None) -> Tensor:
        """Convolve.

        Args:
            images: (c_in, H, W, lanes), float32, contiguous, as :func:`to_batch_innermost` gives them.
            out: (c_out, h_out, w_out, lanes), float32, contiguous, to write to; a new tensor if None.
            threads: the most threads to use, torch's number if None. The result does not depend on it.

        Returns:
            (c_out, h_out, w_out, lanes).

        Raises:
            ValueError: wrong shape, dtype or strides.
        """
        sizes = self.geometry
        lanes = lanes_of(sizes.batch)
        image = _contiguous("images", images, (sizes.channels, sizes.height, sizes.width, lanes)).reshape(-1)
        shape = (sizes.rows, *sizes.output, lanes)
        result = torch.empty(shape) if out is None else out
        output = _contiguous("out", result, shape).reshape(-1)

        wanted = torch.get_num_threads() if threads is None else threads
        share_out(partial(self._multiply, image, output, self._tasks), min(wanted, self._most_threads))
        if len(self._empty):
            constant = torch.from_numpy(self.bias)[self._empty]
            result[self._empty] = (constant.relu() if self.relu else constant)[:, None, None, None]
        return result

    def _multiply(self, image: Floats, output: Floats, tasks: int, first: int, step: int) -> None:
        block_product(image, output, self.bias, self.relu, self._window, self._packed, first, step, tasks)


def _checked_bias(bias: Tensor | None, rows: int) -> Floats:
    if bias is None:
        return np.zeros(rows, dtype=np.float32)
    check_float32("bias", bias, 1)
    if len(bias) != rows:
        raise ValueError(f"bias must have one value per output channel, {rows}, got {len(bias)}")
    return bias.detach().contiguous().numpy()


def _contiguous(name: str, tensor: Tensor, shape: tuple[int, ...]) -> Floats:
    check_float32(name, tensor, len(shape))
    if tuple(tensor.shape) != shape or not tensor.is_contiguous():
        raise ValueError(
            f"{name} must be contiguous of shape {shape} (batch innermost, lanes a multiple of 16), got "
            f"{tuple(tensor.shape)} with strides {tensor.stride()}"
        )
    return tensor.detach().numpy()
