"""A network whose prunable layers multiply in compressed sparse rows, for irregular masks."""

import copy
import warnings
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from harness.protocols.pruning.training.folding import fold_norms
from harness.protocols.pruning.training.layers import PrunableLayer, prunable_layers, rows_of
from harness.protocols.pruning.training.tickets import Computation


class CompressedRows(nn.Module):
    """A convolution or linear layer as a CSR matrix, 32-bit indices, times the unfolded input.

    Converted once. Linear: (N, n) -> (N, c_out). Convolution: (N, C, H, W) -> (N, c_out, H', W').

    Raises:
        ValueError: padding that is not a number of zeros.
    """

    def __init__(self, layer: PrunableLayer) -> None:
        super().__init__()
        self.weight = _compressed(rows_of(layer.weight.detach()))
        self.bias = None if layer.bias is None else layer.bias.detach().clone()[:, None]
        self.convolution = layer if isinstance(layer, nn.Conv2d) else None
        if self.convolution is not None and (
            self.convolution.padding_mode != "zeros" or isinstance(self.convolution.padding, str)
        ):
            raise ValueError(f"padding must be a number of zeros, got {layer}")

    def forward(self, images: Tensor) -> Tensor:
        if self.convolution is None:
            return self._product(images.t().contiguous()).t()
        layer = self.convolution
        assert isinstance(layer.padding, tuple)
        unfolded = F.unfold(images, layer.kernel_size, layer.dilation, layer.padding, layer.stride)
        columns = unfolded.transpose(0, 1).reshape(unfolded.shape[1], -1)  # (n, N positions)
        sizes = zip(images.shape[2:], layer.kernel_size, layer.dilation, layer.padding, layer.stride, strict=True)
        height, width = ((s + 2 * p - d * (k - 1) - 1) // stride + 1 for s, k, d, p, stride in sizes)
        return self._product(columns).reshape(-1, len(images), height, width).transpose(0, 1)

    def _product(self, columns: Tensor) -> Tensor:
        product = self.weight @ columns
        return product if self.bias is None else product.add_(self.bias)


def compile_rows(module: nn.Module, shape: tuple[int, ...]) -> Mapping[str, Computation]:
    """Return the way ``csr`` of a network: batch norms folded, prunable layers in compressed rows.

    Raises:
        ValueError: a network whose batch norms cannot be folded, or padding that is not of zeros.
    """
    prunable = set(prunable_layers(module))
    folded = copy.deepcopy(fold_norms(module))
    for name, layer in dict(folded.named_modules()).items():
        if name in prunable and isinstance(layer, nn.Conv2d | nn.Linear):
            owner, _, last = name.rpartition(".")
            setattr(folded.get_submodule(owner), last, CompressedRows(layer))
    return {"csr": folded}


def _compressed(matrix: Tensor) -> Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta state")
        warnings.filterwarnings("ignore", "Sparse invariant checks are implicitly disabled")
        rows = matrix.to_sparse_csr()
        indices = (rows.crow_indices().int(), rows.col_indices().int())
        return torch.sparse_csr_tensor(*indices, rows.values(), size=tuple(matrix.shape))
