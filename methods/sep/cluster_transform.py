"""Transform that SEP-N and SEP-U apply after every pooling and unpooling."""

from torch import Tensor, nn

from harness.protocols.graphs.training.sparse import SparseMatrix


class ClusterTransform(nn.Module):
    """relu(BatchNorm(relu(x W + b))). Wu et al., ICML 2022, as in the published code."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, width)
        self.norm = nn.BatchNorm1d(width)

    def forward(self, x: Tensor, copies: SparseMatrix | None = None) -> Tensor:
        """Transform (n, width), or its rows as copied to their members by the matrix `copies` (m, n).

        Equal rows stay equal under the linear map, so that it comes before the copying; BatchNorm weighs a row
        by its copies. A single row has no batch statistics and is not normalised in training.
        """
        x = self.linear(x).relu()
        if copies is not None:
            x = copies @ x
        if len(x) > 1 or not self.training:
            x = self.norm(x)
        return x.relu()
