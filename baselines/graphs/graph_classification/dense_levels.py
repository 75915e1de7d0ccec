"""Levels with the same number of soft clusters in every graph, and the pooling that computes them.

The first pooling starts from sparse graphs: S^T A S and the losses are computed from A S, a sparse product, so that
no adjacency matrix is padded to the largest graph of the batch. The results are those of the dense formulas.
"""

import torch
from torch import Tensor

from harness.protocols.graphs.training.levels import GraphLevel


class DenseLevel(GraphLevel):
    """Level of K clusters in each of B graphs.

    Args:
        adjacency: (B, K, K), symmetric, any diagonal.
    """

    def __init__(self, adjacency: Tensor) -> None:
        self.adjacency = adjacency
        self.num_graphs, self.clusters = adjacency.shape[:2]
        self.owner = torch.arange(self.num_graphs, device=adjacency.device).repeat_interleave(self.clusters)

    def propagate(self, x: Tensor) -> Tensor:
        """Propagate with self-loops of weight 1 in place of the diagonal and degrees of at least 1."""
        loops = torch.eye(self.clusters, device=x.device)
        looped = self.adjacency * (1 - loops) + loops
        scale = looped.sum(2).clamp(min=1).rsqrt()
        return self._apply(scale[:, :, None] * looped * scale[:, None, :], x)

    def neighbour_sum(self, x: Tensor) -> Tensor:
        return self._apply(self.adjacency, x)

    def _apply(self, matrix: Tensor, x: Tensor) -> Tensor:
        return (matrix @ self.padded(x)).flatten(0, 1)

    def padded(self, x: Tensor) -> Tensor:
        """Return the features by graph, (B, K, C)."""
        return x.view(self.num_graphs, self.clusters, -1)

    def gram(self, x: Tensor, columns: int) -> Tensor:
        padded = self.padded(x)
        return padded[:, :, :columns].transpose(1, 2) @ padded

    def squared_weight(self) -> Tensor:
        return self.adjacency.square().sum()


class Assignment:
    """Soft clusters S of the vertices of a level, and the products that pooling and losses need.

    Args:
        s: (N, K), rows sum to 1.
        x: (N, C), vertex features.

    Attributes:
        features: S^T X, (B, K, C).
        adjacency: S^T A S, (B, K, K).
        overlap: S^T S, (B, K, K).
    """

    def __init__(self, s: Tensor, x: Tensor, level: GraphLevel) -> None:
        k, width = s.shape[1], x.shape[1]
        products = level.gram(torch.cat([s, x, level.neighbour_sum(s)], dim=1), k)
        self.overlap, self.features, self.adjacency = products.split([k, width, k], dim=2)
        self.s, self.level = s, level
        self.padded_rows = level.num_graphs * int(level.sizes.max())  # those of the papers' dense formulas

    def link_loss(self) -> Tensor:
        """Return ||A - S S^T||_F / (B n^2) (Ying et al. 2018), from ||A||^2 - 2 tr(S^T A S) + ||S^T S||^2.

        n is the size of the largest graph.
        """
        squared = self.level.squared_weight() - 2 * _traces(self.adjacency).sum() + self.overlap.square().sum()
        return _safe_root(squared) * self.level.num_graphs / self.padded_rows**2

    def entropy(self) -> Tensor:
        """Return the mean entropy of the rows of S, padding counted (Ying et al. 2018)."""
        return -(self.s * torch.log(self.s + 1e-15)).sum() / self.padded_rows

    def cut_loss(self) -> Tensor:
        """Return the mean of -tr(S^T A S) / tr(S^T D S) (Bianchi et al. 2020); 0 for a graph without edges.

        The degrees of D weigh each row: tr(S^T D S) is the sum of d_i ||s_i||^2.
        """
        rows = self.s.square().sum(1, keepdim=True)
        degrees = self.level.neighbour_sum(torch.ones_like(rows))
        volume = self.level.readout(degrees * rows, "sum").squeeze(1)
        return -(_traces(self.adjacency) / volume.clamp(min=1e-15)).mean()

    def orthogonality_loss(self) -> Tensor:
        """Return the mean of ||S^T S / ||S^T S||_F - I / sqrt(K)||_F (Bianchi et al. 2020)."""
        k = self.overlap.shape[1]
        scaled = self.overlap / self.overlap.square().sum((1, 2), keepdim=True).sqrt()
        identity = torch.eye(k, device=scaled.device) / k**0.5
        return _safe_root((scaled - identity).square().sum((1, 2))).mean()

    def normalised_adjacency(self) -> Tensor:
        """Return S^T A S with zero diagonal, scaled by the roots of its degrees; zero where there is no edge."""
        off_diagonal = self.adjacency * (1 - torch.eye(self.adjacency.shape[1], device=self.s.device))
        root = _safe_root(off_diagonal.sum(2))
        return off_diagonal / (root[:, :, None] * root[:, None, :])


def _traces(matrices: Tensor) -> Tensor:
    return matrices.diagonal(dim1=1, dim2=2).sum(1)


def _safe_root(squared: Tensor) -> Tensor:
    """Square root whose gradient stays finite at 0 (where rounding may even give a negative number)."""
    return squared.clamp(min=1e-12).sqrt()
