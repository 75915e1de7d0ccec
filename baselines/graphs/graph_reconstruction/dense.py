"""Auto-encoders that assign every node softly to learned clusters; unpooling multiplies by the same assignment.

DiffPool: Ying et al., Hierarchical Graph Representation Learning with Differentiable Pooling, NeurIPS 2018.
MinCutPool: Bianchi, Grattarola & Alippi, Spectral Clustering with Graph Neural Networks for Graph Pooling, ICML
2020.
"""

from dataclasses import dataclass
from math import ceil, sqrt

import torch
from torch import Tensor, nn

from harness.contract.context import Context
from harness.protocols.graphs.graph_reconstruction import DrawnGraph
from harness.protocols.graphs.training.autoencoder import (
    AutoEncoderSettings,
    Bottleneck,
    GraphTensors,
    PoolingAutoEncoder,
)
from harness.protocols.graphs.training.convolution import FullBatchConvolution
from harness.protocols.graphs.training.sparse import SparseMatrix

TINY = 1e-15


@dataclass(frozen=True)
class DenseSettings(AutoEncoderSettings):
    """Shared settings and the number of clusters as a share of the nodes."""

    ratio: float = 0.25

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 < self.ratio < 1.0:
            raise ValueError(f"ratio must be in (0, 1), got {self.ratio}")

    def clusters(self, num_nodes: int) -> int:
        """Return the number of clusters K, at least 1."""
        return ceil(self.ratio * num_nodes)


def diffpool_losses(assignment: Tensor, links: SparseMatrix) -> Tensor:
    """Return DiffPool's ||A - S S^T||_F / N^2 plus the mean entropy of the rows of S (N, K), without S S^T."""
    gram = assignment.T @ assignment
    edges = links.csr.values().square().sum()
    squared = edges - 2.0 * (assignment * (links @ assignment)).sum() + gram.square().sum()
    link = squared.clamp(min=TINY).sqrt() / links.shape[0] ** 2
    entropy = -(assignment * (assignment + TINY).log()).sum(dim=1).mean()
    return link + entropy


def mincut_losses(assignment: Tensor, links: SparseMatrix, degrees: Tensor) -> Tensor:
    """Return MinCutPool's -tr(S^T A S) / tr(S^T D S) plus ||S^T S / ||S^T S|| - I / sqrt(K)||_F, S (N, K)."""
    clusters = assignment.shape[1]
    within = (assignment * (links @ assignment)).sum()
    volume = (degrees @ assignment.square()).sum()
    gram = assignment.T @ assignment
    balanced = torch.eye(clusters, device=gram.device) / sqrt(clusters)
    return -within / volume + (gram / gram.norm() - balanced).norm()


class DiffPoolBottleneck(Bottleneck):
    """X_pool = S^T Z with S = softmax(GCN(X)) and Z = relu(GCN(X)); X' = S X_pool."""

    def __init__(self, width: int, clusters: int) -> None:
        super().__init__()
        self.assign = FullBatchConvolution(width, clusters)
        self.embed = FullBatchConvolution(width, width)

    def forward(self, x: Tensor, graph: GraphTensors) -> tuple[Tensor, Tensor]:
        """Return features (N, h), link and entropy loss."""
        assignment = self.assign(x, graph.adjacency).softmax(dim=1)
        embedded = self.embed(x, graph.adjacency).relu()
        return assignment @ (assignment.T @ embedded), diffpool_losses(assignment, graph.links)


class MinCutBottleneck(Bottleneck):
    """X_pool = S^T X with S = softmax(X W + b); X' = S X_pool."""

    def __init__(self, width: int, clusters: int) -> None:
        super().__init__()
        self.assign = nn.Linear(width, clusters)

    def forward(self, x: Tensor, graph: GraphTensors) -> tuple[Tensor, Tensor]:
        """Return features (N, h), cut and orthogonality loss."""
        assignment = self.assign(x).softmax(dim=1)
        degrees = graph.links.csr.crow_indices().diff().to(x.dtype)
        return assignment @ (assignment.T @ x), mincut_losses(assignment, graph.links, degrees)


class DiffPoolAutoEncoder(PoolingAutoEncoder):
    """Auto-encoder through DiffPool."""

    defaults = DenseSettings()

    def bottleneck(self, graph: DrawnGraph, context: Context) -> Bottleneck:
        """Return a layer with a quarter as many clusters as nodes."""
        return DiffPoolBottleneck(self.settings.hidden, self.settings.clusters(len(graph.coordinates)))


class MinCutAutoEncoder(PoolingAutoEncoder):
    """Auto-encoder through MinCutPool."""

    defaults = DenseSettings()

    def bottleneck(self, graph: DrawnGraph, context: Context) -> Bottleneck:
        """Return a layer with a quarter as many clusters as nodes."""
        return MinCutBottleneck(self.settings.hidden, self.settings.clusters(len(graph.coordinates)))
