"""SEP-U: an auto-encoder that pools a drawn graph into the lowest clusters of its coding tree.

Wu, Chen, Xu & Li, Structural Entropy Guided Graph Hierarchical Pooling, ICML 2022.
"""

from dataclasses import dataclass

from torch import Tensor

from harness.contract.context import Context
from harness.protocols.graphs.graph_reconstruction import DrawnGraph
from harness.protocols.graphs.training.autoencoder import (
    AutoEncoderSettings,
    Bottleneck,
    GraphTensors,
    PoolingAutoEncoder,
)
from harness.protocols.graphs.training.sparse import SparseMatrix, membership
from harness.protocols.graphs.training.transductive import check_at_least
from methods.sep.cluster_transform import ClusterTransform
from methods.sep.node_trees import coding_tree, single_graph


@dataclass(frozen=True)
class SEPUSettings(AutoEncoderSettings):
    """Settings of SEP-U.

    Attributes:
        heights: (nodes, height) pairs, ascending: a graph of at least `nodes` nodes has a tree of `height`.
            The published heights are 5 for the ring of 200 nodes and 6 for the grid of 900.
    """

    heights: tuple[tuple[int, int], ...] = ((1, 4), (200, 5), (900, 6))

    def __post_init__(self) -> None:
        super().__post_init__()
        least = [nodes for nodes, _ in self.heights]
        if not least or least[0] != 1 or least != sorted(set(least)):
            raise ValueError(f"heights must be (nodes, height) pairs, nodes ascending from 1, got {self.heights}")
        for _, height in self.heights:
            check_at_least("every height in heights", height, 2)

    def height(self, num_nodes: int) -> int:
        """Return the height of the coding tree of a graph with this number of nodes."""
        return [height for least, height in self.heights if num_nodes >= least][-1]


class CodingTreeBottleneck(Bottleneck):
    """Sum the members of every cluster of level 1, transform, copy back to the members, transform."""

    def __init__(self, width: int, clusters: SparseMatrix) -> None:
        super().__init__()
        self.clusters = clusters
        self.pooling = ClusterTransform(width)
        self.unpooling = ClusterTransform(width)

    def forward(self, x: Tensor, graph: GraphTensors) -> tuple[Tensor, Tensor]:
        """Return features (N, h) that are equal within every cluster, and no auxiliary loss."""
        pooled = self.pooling(self.clusters.T @ x)
        return self.unpooling(pooled, self.clusters), x.new_zeros(())


class SEPU(PoolingAutoEncoder):
    """SEP-U: auto-encoder through the lowest level of a coding tree.

    Its error in evaluation mode exceeds that in training by far: BatchNorm's running variance over the n rows of a
    level is n/(n-1) times the variance that training normalised with.
    """

    defaults = SEPUSettings()

    def bottleneck(self, graph: DrawnGraph, context: Context) -> Bottleneck:
        """Return the layer over level 1 of the coding tree."""
        num_nodes = len(graph.coordinates)
        height = self.settings.height(num_nodes)
        forest = coding_tree(single_graph(graph.edge_index, num_nodes), height, "separate", context.cache)
        clusters = membership(forest.parents[0], int(forest.level_offsets[1][-1]), context.device)
        return CodingTreeBottleneck(self.settings.hidden, clusters)
