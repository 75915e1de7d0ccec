"""SEP-G: graph classification with sum pooling along coding trees of minimal structural entropy.

Wu, Chen, Xu & Li, Structural Entropy Guided Graph Hierarchical Pooling, ICML 2022. With k convolutions, A^(i) and
S^(i) the adjacency and assignment matrices of level i of a coding tree of height k:

    x = relu(conv_i(x, A^(i)));  x = relu(S^(i+1)T x) for i < k-1;  r_i = readout(x);  z = [r_0 | ... | r_(k-1)]
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, get_args

import numpy as np
from torch import nn

from harness.contract.context import Context
from harness.protocols.graphs.arrays import GraphCollection, GraphSet
from harness.protocols.graphs.training.batches import HierarchyLevel
from harness.protocols.graphs.training.encoders import ConvolutionKind
from harness.protocols.graphs.training.graph_classifier import GraphNetworkClassifier
from harness.protocols.graphs.training.networks import (
    GraphNetwork,
    HierarchyPooling,
    JumpingKnowledgeNetwork,
    NetworkShape,
)
from harness.protocols.graphs.training.training_settings import GraphNetworkSettings
from methods.sep.coding_tree import (
    CodingForest,
    Components,
    DisjointGraphs,
    Mode,
    Priority,
    cached_forest,
    level_edges,
)


@dataclass(frozen=True)
class SEPGSettings(GraphNetworkSettings):
    """Shared settings and those of the hierarchy.

    Attributes:
        convolution: kind of all convolutions.
        height: k of the coding trees, and the number of convolutions.
        mode, priority, components: how trees are built, see `methods.sep.coding_tree.build_forest`.
        pool_mlp: whether each pooling layer owns a transform Linear-ReLU-BatchNorm that is never applied, as in the
            published code; it affects only the number of parameters.

    Raises:
        ValueError: a value is out of range.
    """

    convolution: ConvolutionKind = "gcn"
    height: int = 3
    mode: Mode = "grow"
    priority: Priority = "flat"
    components: Components = "separate"
    pool_mlp: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.height, bool) or not isinstance(self.height, int) or self.height < 2:
            raise ValueError(f"height = {self.height!r}: expected an integer of 2 or more")
        if self.convolution not in get_args(ConvolutionKind):
            allowed = ", ".join(get_args(ConvolutionKind))
            raise ValueError(f"convolution = {self.convolution!r}: expected one of {allowed}")


class SEPGNetwork(JumpingKnowledgeNetwork):
    """The flat network with hierarchy pooling; see the module's equations."""

    def __init__(self, shape: NetworkShape, settings: SEPGSettings) -> None:
        super().__init__(shape, settings.convolution, [HierarchyPooling() for _ in range(shape.layers - 1)])
        self.unused = nn.ModuleList(
            nn.Sequential(nn.Linear(shape.hidden, shape.hidden), nn.ReLU(), nn.BatchNorm1d(shape.hidden))
            for _ in range(shape.layers - 1 if settings.pool_mlp else 0)
        )


class HierarchyClassifier(GraphNetworkClassifier):
    """Base of networks that pool along a forest of trees; subclasses define the forest."""

    base: ClassVar[GraphNetworkSettings] = SEPGSettings()
    settings: SEPGSettings

    @abstractmethod
    def forest(self, graphs: DisjointGraphs, context: Context) -> CodingForest:
        """Return the trees of all graphs, of the settings' height."""

    def coding_forest(self, graphs: DisjointGraphs, context: Context) -> CodingForest:
        """Return the coding trees of all graphs, built once for all trials."""
        s = self.settings
        return cached_forest(
            graphs,
            s.height,
            folder=context.cache,
            mode=s.mode,
            priority=s.priority,
            components=s.components,
            threads=context.threads,
        )

    def hierarchy(self, collection: GraphCollection, context: Context) -> Sequence[HierarchyLevel]:
        graphs = flat_graphs(collection)
        return pooling_levels(graphs, self.forest(graphs, context))

    def network(self, shape: NetworkShape, train: GraphSet) -> GraphNetwork:
        return SEPGNetwork(replace(shape, layers=self.settings.height), self.settings)


class SEPG(HierarchyClassifier):
    """SEP-G on the coding trees of all graphs; the trees depend on no label."""

    def forest(self, graphs: DisjointGraphs, context: Context) -> CodingForest:
        return self.coding_forest(graphs, context)


def flat_graphs(collection: GraphCollection) -> DisjointGraphs:
    """Return the graphs of a collection as input of the tree builder."""
    arrays = (collection.node_offsets, collection.edge_index, collection.edge_offsets)
    return DisjointGraphs(*(np.asarray(array) for array in arrays))


def pooling_levels(graphs: DisjointGraphs, forest: CodingForest) -> list[HierarchyLevel]:
    """Return levels 1 to k-1 of a forest; the root is left out, since its pooling is the readout."""
    levels = zip(forest.parents[:-1], forest.level_offsets[1:-1], level_edges(graphs, forest), strict=True)
    return [
        HierarchyLevel(parents, offsets, edges.edge_index, edges.edge_offsets) for parents, offsets, edges in levels
    ]
