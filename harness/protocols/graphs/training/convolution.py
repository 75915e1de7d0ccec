"""The graph convolution of Kipf & Welling over a constant, already normalised adjacency matrix."""

import torch
from torch import Tensor, nn

from harness.protocols.graphs.training.sparse import SparseMatrix


class FullBatchConvolution(nn.Module):
    """X' = Â X W + b, with W drawn by Glorot & Bengio's uniform rule and b = 0.

    Kipf & Welling, ICLR 2017. The same layer as ``torch_geometric.nn.GCNConv``; there, messages are gathered
    edge by edge, here Â is multiplied as a CSR matrix and X may be sparse as well.

    Shapes: X (n, in_channels), dense or sparse; Â (n, n); result (n, out_channels).
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_channels, out_channels))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        nn.init.xavier_uniform_(self.weight)

    def forward(
        self, x: Tensor | SparseMatrix, adjacency: SparseMatrix, extra: SparseMatrix | None = None
    ) -> Tensor:
        """Convolve x, or [x | extra] where `extra` are sparse columns appended to it."""
        if extra is None:
            projected = x @ self.weight
        else:
            width = x.shape[1]
            projected = x @ self.weight[:width] + extra @ self.weight[width:]
        return adjacency @ projected + self.bias

    def extra_repr(self) -> str:
        """Describe the layer in ``repr``."""
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"
