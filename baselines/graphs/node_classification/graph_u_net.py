"""Graph U-Net: an encoder-decoder that drops and restores nodes by a learned projection.

Gao & Ji, Graph U-Nets, ICML 2019, with the settings of torch_geometric's example. The network equals
``torch_geometric.nn.GraphUNet``, whose squared graphs take most of its time: here only the rows and columns of the
kept nodes are squared, and the convolutions multiply by matrices.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any, ClassVar

import numpy as np
import scipy.sparse
import torch
from torch import Tensor, nn
from torch_geometric.utils import dropout_edge

from harness.contract.context import Context
from harness.protocols.graphs.node_classification import NodeView
from harness.protocols.graphs.training.node_classifier import FullBatchNodeClassifier
from harness.protocols.graphs.training.sparse import SparseMatrix
from harness.protocols.graphs.training.transductive import (
    FullBatchSettings,
    NodeInputs,
    check_at_least,
    check_probability,
)

DENSE_SHARE = 0.04
"""Matrices with more non-zeros than this are multiplied faster in dense form (measured on citation graphs)."""


@dataclass(frozen=True)
class GraphUNetSettings(FullBatchSettings):
    """Settings of the U-Net.

    Features stay raw, as in that example: with row-normalised ones its validation accuracy on Cora is lower
    (79.5 against 80.3 %), and so is the accuracy.

    Attributes:
        kept_nodes: number of nodes that the first pooling keeps (all nodes of smaller graphs).
        pool_ratio: share of nodes that each further pooling keeps.
        feature_dropout, edge_dropout: shares of the input dropped in every training step.
    """

    weight_decay: float = 1e-3
    hidden: int = 32
    depth: int = 3
    kept_nodes: int = 2000
    pool_ratio: float = 0.5
    feature_dropout: float = 0.92
    edge_dropout: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("hidden", "depth", "kept_nodes"):
            check_at_least(name, getattr(self, name), 1)
        check_probability("feature_dropout", self.feature_dropout)
        check_probability("edge_dropout", self.edge_dropout)
        if not 0.0 < self.pool_ratio <= 1.0:
            raise ValueError(f"pool_ratio must be in (0, 1], got {self.pool_ratio}")


Weights = Any  # a scipy CSR matrix or, where the graph is dense, a numpy array; both (n, n) and symmetric


def normalised(weights: Weights, device: str) -> SparseMatrix | Tensor:
    """Return D^-1/2 (A + 2I) D^-1/2, the "improved" normalisation of the U-Net's convolutions."""
    n = weights.shape[0]
    if isinstance(weights, np.ndarray):
        looped = weights + 2.0 * np.eye(n, dtype=np.float32)
        scale = 1.0 / np.sqrt(looped.sum(axis=1))
        return torch.from_numpy(scale[:, None] * looped * scale).to(device)
    looped = (weights + 2.0 * scipy.sparse.eye(n, format="csr", dtype=np.float32)).tocsr()
    scale = 1.0 / np.sqrt(np.asarray(looped.sum(axis=1)).reshape(-1))
    rows = np.repeat(np.arange(n), np.diff(looped.indptr))
    looped.data = (scale[rows] * scale[looped.indices]) * looped.data
    return SparseMatrix.from_scipy(looped, symmetric=True, device=device)


def squared_between(weights: Weights, kept: np.ndarray) -> Weights:
    """Return (A + I)^2 restricted to the nodes `kept`, without its diagonal."""
    n = weights.shape[0]
    if isinstance(weights, np.ndarray):
        rows = weights[kept]
        rows[np.arange(len(kept)), kept] += 1.0
    else:
        rows = (weights + scipy.sparse.eye(n, format="csr", dtype=np.float32)).tocsr()[kept]
        if rows.nnz > DENSE_SHARE * len(kept) * n:
            rows = rows.toarray()
    square = rows @ rows.T
    if isinstance(square, np.ndarray):
        np.fill_diagonal(square, 0.0)
        return square
    square = square.tocoo()
    off = square.row != square.col
    pairs = (square.row[off], square.col[off])
    return scipy.sparse.csr_matrix((square.data[off], pairs), shape=square.shape)


class UNetNetwork(nn.Module):
    """Graph U-Net: convolutions down and up, with sums over the skip connections."""

    def __init__(self, num_nodes: int, in_channels: int, num_classes: int, settings: GraphUNetSettings) -> None:
        super().__init__()
        self.settings = settings
        sizes = [min(settings.kept_nodes, num_nodes)]
        while len(sizes) < settings.depth:
            sizes.append(ceil(settings.pool_ratio * sizes[-1]))
        self.sizes = sizes
        h = settings.hidden
        widths = [(in_channels, h)] + [(h, h)] * (2 * settings.depth - 1) + [(h, num_classes)]
        self.weights = nn.ParameterList(nn.Parameter(torch.empty(w)) for w in widths)
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(out)) for _, out in widths)
        self.projections = nn.ParameterList(nn.Parameter(torch.empty(h)) for _ in sizes)
        for weight in self.weights:
            nn.init.xavier_uniform_(weight)
        for projection in self.projections:
            nn.init.uniform_(projection, -(h**-0.5), h**-0.5)

    def forward(self, inputs: NodeInputs) -> Tensor:
        """Return logits (N, num_classes)."""
        edges, _ = dropout_edge(
            inputs.edge_index, self.settings.edge_dropout, force_undirected=True, training=self.training
        )
        features = inputs.features.dropout(self.settings.feature_dropout, self.training)
        return self.run(features, edges)

    def run(self, features: SparseMatrix | Tensor, edge_index: Tensor) -> Tensor:
        """Return logits for features (N, F) on the graph of these edges."""
        device = str(edge_index.device)
        graph = _unit_weights(edge_index, features.shape[0])
        adjacencies = [normalised(graph, device)]
        x = self._convolve(0, features, adjacencies[0]).relu()
        skips, kept_nodes = [x], []
        for level, (projection, size) in enumerate(zip(self.projections, self.sizes, strict=True), start=1):
            score = torch.tanh(x @ projection / projection.norm())
            kept = score.topk(size).indices
            graph = squared_between(graph, kept.cpu().numpy())
            adjacencies.append(normalised(graph, device))
            x = self._convolve(level, x[kept] * score[kept, None], adjacencies[level]).relu()
            skips.append(x)
            kept_nodes.append(kept)
        depth = len(self.sizes)
        for level in range(depth - 1, -1, -1):
            x = skips[level].index_add(0, kept_nodes[level], x)
            x = self._convolve(2 * depth - level, x, adjacencies[level])
            x = x.relu() if level else x
        return x

    def _convolve(self, layer: int, x: SparseMatrix | Tensor, adjacency: SparseMatrix | Tensor) -> Tensor:
        return adjacency @ (x @ self.weights[layer]) + self.biases[layer]


def _unit_weights(edge_index: Tensor, num_nodes: int) -> scipy.sparse.csr_matrix:
    rows, columns = edge_index.cpu().numpy()
    ones = np.ones(len(rows), dtype=np.float32)
    return scipy.sparse.csr_matrix((ones, (rows, columns)), shape=(num_nodes, num_nodes))


class GraphUNet(FullBatchNodeClassifier):
    """Graph U-Net with TopK pooling."""

    base = GraphUNetSettings()
    alternative: ClassVar[dict[str, Any]] = {"feature_dropout": 0.6}

    def network(
        self, view: NodeView, inputs: NodeInputs, context: Context
    ) -> tuple[nn.Module, Callable[[], Tensor]]:
        graph = view.graph
        network = UNetNetwork(graph.num_nodes, graph.num_features, view.num_classes, self.settings)
        return network, partial(network, inputs)
