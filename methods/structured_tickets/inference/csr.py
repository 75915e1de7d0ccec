"""A convolution with its weight in compressed sparse rows, for irregular masks."""

import warnings

import torch
from torch import Tensor

from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import Layout, lanes_of
from methods.structured_tickets.inference.unfold import unfold


class CsrConv2d:
    """``relu(conv2d(x, weight) + bias)`` as a CSR matrix with 32-bit indices times the unfolded input."""

    layout: Layout = "chwn"

    def __init__(
        self, weight: Tensor, geometry: ConvGeometry, bias: Tensor | None = None, relu: bool = False
    ) -> None:
        """Convert the weight once.

        Args:
            weight: (c_out, c_in, kh, kw), float32; its zeros are left out.
            geometry: geometry of the convolution.
            bias: (c_out,).
            relu: whether negative results become zero.
        """
        self.geometry = geometry
        self.weight = _compressed(weight.detach().reshape(geometry.rows, geometry.columns))
        self.bias = bias
        self.relu = relu

    def __call__(self, images: Tensor) -> Tensor:
        """Return (c_out, h_out, w_out, lanes) of images (c_in, H, W, lanes)."""
        result = self.weight @ unfold(images, self.geometry)
        if self.bias is not None:
            result += self.bias[:, None]
        if self.relu:
            result.relu_()
        return result.reshape(self.geometry.rows, *self.geometry.output, lanes_of(self.geometry.batch))


def _compressed(matrix: Tensor) -> Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta state")
        rows = matrix.to_sparse_csr()
        indices = (rows.crow_indices().int(), rows.col_indices().int())
        return torch.sparse_csr_tensor(*indices, rows.values(), rows.shape, check_invariants=True)
