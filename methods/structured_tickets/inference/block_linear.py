"""A linear layer whose weight is zero outside blocks."""

from torch import Tensor

from methods.structured_tickets.inference.block_conv import BlockConv2d
from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import check_float32
from methods.structured_tickets.inference.row_blocks import Blocks


class BlockLinear:
    """``relu((weight * mask) @ x + bias[:, None])`` for the union mask of blocks: a convolution of one position."""

    def __init__(
        self, weight: Tensor, blocks: Blocks | None, batch: int, *, bias: Tensor | None = None, relu: bool = False
    ) -> None:
        """Pack the weights.

        Args:
            weight: (outputs, inputs), float32; entries outside blocks are ignored.
            blocks: pairs (rows, columns) of indices, which may overlap; None for one block of all entries.
            batch: N, the number of items.
            bias: (outputs,), float32.
            relu: whether negative results become zero.

        Raises:
            ValueError: wrong shapes, dtypes or indices.
        """
        check_float32("weight", weight, 2)
        kernel = weight[:, :, None, None]
        geometry = ConvGeometry.of(kernel.shape, (batch, weight.shape[1], 1, 1))
        self._convolution = BlockConv2d(kernel, blocks, geometry, bias=bias, relu=relu)

    def __call__(self, items: Tensor, threads: int | None = None) -> Tensor:
        """Return (outputs, lanes) of items (inputs, lanes), float32, contiguous; lanes are N rounded up to 16s.

        Raises:
            ValueError: wrong shape, dtype or strides.
        """
        check_float32("items", items, 2)
        return self._convolution(items[:, None, None, :], threads=threads)[:, 0, 0, :]
