"""Pooling by learned soft assignment to a fixed number of clusters: DiffPool and MinCutPool.

Sources: Ying et al., NeurIPS 2018 (DiffPool); Bianchi, Grattarola & Alippi, ICML 2020 (MinCutPool).
"""

from abc import abstractmethod
from math import ceil
from typing import ClassVar

from torch import Tensor, nn

from baselines.graphs.graph_classification.dense_levels import Assignment, DenseLevel
from baselines.graphs.graph_classification.pooling_settings import PoolingSettings
from harness.protocols.graphs.arrays import GraphSet
from harness.protocols.graphs.training.encoders import GraphConvolution
from harness.protocols.graphs.training.graph_classifier import GraphNetworkClassifier
from harness.protocols.graphs.training.levels import GraphLevel
from harness.protocols.graphs.training.networks import GraphNetwork, JumpingKnowledgeNetwork, NetworkShape, Pooled
from harness.protocols.graphs.training.training_settings import GraphNetworkSettings


class DifferentiablePooling(nn.Module):
    """S = softmax(GCN(X)); X' = S^T X, A' = S^T A S; losses link prediction and entropy."""

    def __init__(self, width: int, clusters: int) -> None:
        super().__init__()
        self.assign = GraphConvolution(width, clusters)

    def forward(self, x: Tensor, level: GraphLevel) -> Pooled:
        """Pool (N, C) to (B * clusters, C)."""
        pooled = Assignment(self.assign(x, level).softmax(1), x, level)
        penalty = pooled.link_loss() + pooled.entropy()
        return Pooled(pooled.features.flatten(0, 1), DenseLevel(pooled.adjacency), penalty)


class MinCutPooling(nn.Module):
    """S = softmax(Linear(X)); X' = S^T X, A' = S^T A S normalised; losses cut and orthogonality."""

    def __init__(self, width: int, clusters: int) -> None:
        super().__init__()
        self.assign = nn.Linear(width, clusters)

    def forward(self, x: Tensor, level: GraphLevel) -> Pooled:
        """Pool (N, C) to (B * clusters, C)."""
        pooled = Assignment(self.assign(x).softmax(1), x, level)
        penalty = pooled.cut_loss() + pooled.orthogonality_loss()
        return Pooled(pooled.features.flatten(0, 1), DenseLevel(pooled.normalised_adjacency()), penalty)


class DenseClassifier(GraphNetworkClassifier):
    """Three GCN layers, a pooling layer after the first two."""

    base: ClassVar[GraphNetworkSettings] = PoolingSettings()
    settings: PoolingSettings

    @abstractmethod
    def pooling(self, width: int, clusters: int) -> nn.Module:
        """Return a new pooling layer."""

    def network(self, shape: NetworkShape, train: GraphSet) -> GraphNetwork:
        size = float(train.collection.num_nodes[train.index].mean())
        pools = []
        for _ in range(shape.layers - 1):
            size = ceil(self.settings.ratio * size)
            pools.append(self.pooling(shape.hidden, int(size)))
        return JumpingKnowledgeNetwork(shape, "gcn", pools)


class DiffPool(DenseClassifier):
    """Assignment by a graph convolution."""

    def pooling(self, width: int, clusters: int) -> nn.Module:
        return DifferentiablePooling(width, clusters)


class MinCutPool(DenseClassifier):
    """Assignment by a linear layer, guided by a relaxed normalised cut."""

    def pooling(self, width: int, clusters: int) -> nn.Module:
        return MinCutPooling(width, clusters)
