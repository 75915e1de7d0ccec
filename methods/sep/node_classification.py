"""SEP-N: a U-Net for node classification that pools and unpools along a coding tree.

Wu, Chen, Xu & Li, Structural Entropy Guided Graph Hierarchical Pooling, ICML 2022.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from harness.contract.context import Context
from harness.protocols.graphs.node_classification import NodeView
from harness.protocols.graphs.training.convolution import FullBatchConvolution
from harness.protocols.graphs.training.dropout import dropout
from harness.protocols.graphs.training.node_classifier import FullBatchNodeClassifier
from harness.protocols.graphs.training.sparse import SparseMatrix
from harness.protocols.graphs.training.transductive import (
    FullBatchSettings,
    NodeInputs,
    check_at_least,
    check_probability,
)
from methods.sep.cluster_transform import ClusterTransform
from methods.sep.coding_tree import CodingForest
from methods.sep.node_levels import NodeLevels
from methods.sep.node_trees import coding_tree, single_graph


@dataclass(frozen=True)
class SEPNSettings(FullBatchSettings):
    """Settings of SEP-N.

    Attributes:
        hidden: width of every layer.
        blocks: number B of poolings; the coding tree has height B + 1.
        conv_dropout, pool_dropout: dropout rates after every convolution and after every pooling or unpooling.
        link_input: whether the last convolution also gets the input features.

    The published code trains for at most 1000 epochs with a patience of 50 and does not normalise the features.
    """

    max_epochs: int = 1000
    hidden: int = 128
    blocks: int = 2
    conv_dropout: float = 0.5
    pool_dropout: float = 0.5
    link_input: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_at_least("hidden", self.hidden, 1)
        check_at_least("blocks", self.blocks, 1)
        check_probability("conv_dropout", self.conv_dropout)
        check_probability("pool_dropout", self.pool_dropout)


class SEPNNetwork(nn.Module):
    """Down: convolve, sum members into clusters. Up: convolve, copy clusters to members, append the skip.

    Shapes at level l of B: A (n_l, n_l); the skip and the unpooled features (n_l, hidden) each.
    """

    def __init__(self, in_channels: int, num_classes: int, settings: SEPNSettings) -> None:
        super().__init__()
        self.settings = settings
        h, blocks = settings.hidden, settings.blocks
        self.down = nn.ModuleList(FullBatchConvolution(h if level else in_channels, h) for level in range(blocks))
        self.pooling = nn.ModuleList(ClusterTransform(h) for _ in range(blocks))
        self.up = nn.ModuleList(FullBatchConvolution(2 * h if i else h, h) for i in range(blocks))
        self.unpooling = nn.ModuleList(ClusterTransform(h) for _ in range(blocks))
        self.out = FullBatchConvolution(2 * h + (in_channels if settings.link_input else 0), num_classes)

    def forward(self, features: SparseMatrix, levels: NodeLevels) -> Tensor:
        """Return logits (N, num_classes)."""
        blocks = self.settings.blocks
        x: Tensor | SparseMatrix = features
        skips: list[Tensor] = []
        for level in range(blocks):
            skips.append(self._after_convolution(self.down[level](x, levels.adjacencies[level])))
            pooled = levels.memberships[level].T @ skips[-1]
            x = self._after_pooling(self.pooling[level](pooled))
        for step, level in enumerate(range(blocks, 0, -1)):
            up = self._after_convolution(self.up[step](x, levels.adjacencies[level]))
            copied = self._after_pooling(self.unpooling[step](up, levels.memberships[level - 1]))
            x = torch.cat([copied, skips[level - 1]], dim=1)
        extra = features if self.settings.link_input else None
        return self.out(x, levels.adjacencies[0], extra)

    def _after_convolution(self, x: Tensor) -> Tensor:
        return dropout(x.relu(), self.settings.conv_dropout, self.training)

    def _after_pooling(self, x: Tensor) -> Tensor:
        return dropout(x, self.settings.pool_dropout, self.training)


class HierarchicalUNet(FullBatchNodeClassifier):
    """Base with SEP-N's network over any hierarchy; subclasses define the hierarchy."""

    base = SEPNSettings()
    alternative: ClassVar[dict[str, Any]] = {"conv_dropout": 0.8, "pool_dropout": 0.8, "link_input": True}
    stronger_decay = 0.02

    @classmethod
    def configurations(cls, profile: str) -> Sequence[FullBatchSettings]:
        """Return the configurations of every node classifier, narrower in the smoke profile."""
        found = super().configurations(profile)
        return [replace(settings, hidden=16) for settings in found] if profile == "smoke" else found  # type: ignore[call-arg]

    @abstractmethod
    def hierarchy(self, view: NodeView, context: Context) -> CodingForest:
        """Return a tree over the nodes, built from the edges alone."""

    def network(
        self, view: NodeView, inputs: NodeInputs, context: Context
    ) -> tuple[nn.Module, Callable[[], Tensor]]:
        settings: SEPNSettings = self.settings
        graph = view.graph
        forest = self.hierarchy(view, context)
        levels = NodeLevels.from_forest(graph.edge_index, forest, settings.blocks, context.device)
        network = SEPNNetwork(graph.num_features, view.num_classes, settings)
        return network, partial(network, inputs.features, levels)


class SEPN(HierarchicalUNet):
    """SEP-N: the hierarchy is a coding tree of small structural entropy."""

    def hierarchy(self, view: NodeView, context: Context) -> CodingForest:
        """Return the coding tree of height B + 1, isolated nodes and components joined under one root."""
        graph = single_graph(view.graph.edge_index, view.graph.num_nodes)
        return coding_tree(graph, self.settings.blocks + 1, "joint+1", context.cache)


class SEPNNormalised(SEPN):
    """SEP-N with row-normalised features, as the baselines have them; the paper's code has none of this."""

    base = SEPNSettings(row_normalise=True)
