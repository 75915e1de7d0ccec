"""Pooling that keeps a share of the vertices: SAGPool, TopKPool and ASAP, with the layers of torch_geometric.

Each layer follows a convolution, as in the hierarchical variants of the papers. Sources: Lee, Lee & Kang, ICML 2019
(SAGPool); Gao & Ji, ICML 2019, and Cangea et al. 2018 (TopKPool); Ranjan, Sanyal & Talukdar, AAAI 2020 (ASAP).
"""

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from baselines.graphs.graph_classification.ego_clusters import EgoClusterPooling
from baselines.graphs.graph_classification.pooling_settings import PoolingSettings
from harness.protocols.graphs.arrays import GraphSet
from harness.protocols.graphs.training.graph_classifier import GraphNetworkClassifier
from harness.protocols.graphs.training.levels import SparseLevel
from harness.protocols.graphs.training.networks import GraphNetwork, JumpingKnowledgeNetwork, NetworkShape, Pooled
from harness.protocols.graphs.training.training_settings import GraphNetworkSettings


class LibraryPooling(nn.Module):
    """A pooling layer of torch_geometric between two levels."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, level: SparseLevel) -> Pooled:
        """Keep the best vertices of each graph and the edges between them that the layer returns."""
        kept, edge_index, _, owner, *_ = self.layer(x, level.edge_index, None, level.owner)
        return Pooled(kept, SparseLevel.from_edges(edge_index, owner, level.num_graphs))


class NodeDropClassifier(GraphNetworkClassifier):
    """Three GCN layers, a pooling layer after the first two."""

    base: ClassVar[GraphNetworkSettings] = PoolingSettings()
    settings: PoolingSettings

    @abstractmethod
    def pooling(self, hidden: int) -> nn.Module:
        """Return a new pooling layer."""

    def network(self, shape: NetworkShape, train: GraphSet) -> GraphNetwork:
        pools = [self.pooling(shape.hidden) for _ in range(shape.layers - 1)]
        return JumpingKnowledgeNetwork(shape, "gcn", pools)


class SAGPool(NodeDropClassifier):
    """Scores by a one-channel graph convolution."""

    def pooling(self, hidden: int) -> nn.Module:
        from torch_geometric.nn import GCNConv, SAGPooling

        return LibraryPooling(SAGPooling(hidden, ratio=self.settings.ratio, GNN=GCNConv))


class TopKPool(NodeDropClassifier):
    """Scores by projection on a learned direction."""

    def pooling(self, hidden: int) -> nn.Module:
        from torch_geometric.nn import TopKPooling

        return LibraryPooling(TopKPooling(hidden, ratio=self.settings.ratio))


class ASAP(NodeDropClassifier):
    """Attention over one-hop clusters, of which the fittest are kept."""

    def pooling(self, hidden: int) -> nn.Module:
        from torch_geometric.nn import ASAPooling

        return EgoClusterPooling(ASAPooling(hidden, ratio=self.settings.ratio))
