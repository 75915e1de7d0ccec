"""Flat convolutional networks for nodes: GCN and GAT.

Kipf & Welling, Semi-Supervised Classification with Graph Convolutional Networks, ICLR 2017.
Veličković et al., Graph Attention Networks, ICLR 2018.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.nn import GATConv

from harness.contract.context import Context
from harness.protocols.graphs.node_classification import NodeView
from harness.protocols.graphs.training.convolution import FullBatchConvolution
from harness.protocols.graphs.training.dropout import dropout
from harness.protocols.graphs.training.node_classifier import FullBatchNodeClassifier, decay_first_layer
from harness.protocols.graphs.training.transductive import (
    FullBatchSettings,
    NodeInputs,
    check_at_least,
    check_probability,
)


@dataclass(frozen=True)
class GCNSettings(FullBatchSettings):
    """Published settings of GCN; `weight_decay` applies to the first layer only, training never ends early."""

    patience: int = 200
    row_normalise: bool = True
    hidden: int = 16
    dropout: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_at_least("hidden", self.hidden, 1)
        check_probability("dropout", self.dropout)


class GCNNetwork(nn.Module):
    """Two graph convolutions with a rectifier between them, dropout before each."""

    def __init__(self, in_channels: int, num_classes: int, settings: GCNSettings) -> None:
        super().__init__()
        self.dropout = settings.dropout
        self.first = FullBatchConvolution(in_channels, settings.hidden)
        self.second = FullBatchConvolution(settings.hidden, num_classes)

    def forward(self, inputs: NodeInputs) -> Tensor:
        """Return logits (N, num_classes)."""
        x = self.first(inputs.features.dropout(self.dropout, self.training), inputs.adjacency).relu()
        return self.second(dropout(x, self.dropout, self.training), inputs.adjacency)


class GCN(FullBatchNodeClassifier):
    """Two-layer GCN."""

    base = GCNSettings()
    alternative: ClassVar[dict[str, Any]] = {"dropout": 0.8}

    def network(
        self, view: NodeView, inputs: NodeInputs, context: Context
    ) -> tuple[nn.Module, Callable[[], Tensor]]:
        network = GCNNetwork(view.graph.num_features, view.num_classes, self.settings)
        return network, partial(network, inputs)

    def parameter_groups(self, network: nn.Module) -> list[dict[str, Any]]:
        return decay_first_layer(network)


class PublishedGCN(GCN):
    """Positive control: the published recipe alone, without a search."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[FullBatchSettings]:
        return super().configurations(profile)[:1]


@dataclass(frozen=True)
class GATSettings(FullBatchSettings):
    """Published settings of GAT: `heads` heads of `hidden` channels, then one output head.

    The published 100,000 epochs, of which early stopping leaves some 700 on citation graphs, are cut at 1000.
    """

    learning_rate: float = 0.005
    max_epochs: int = 1000
    patience: int = 100
    row_normalise: bool = True
    hidden: int = 8
    heads: int = 8
    dropout: float = 0.6

    def __post_init__(self) -> None:
        super().__post_init__()
        check_at_least("hidden", self.hidden, 1)
        check_at_least("heads", self.heads, 1)
        check_probability("dropout", self.dropout)


class GATNetwork(nn.Module):
    """Two attention layers; dropout on their inputs and on the attention coefficients."""

    def __init__(self, in_channels: int, num_classes: int, settings: GATSettings) -> None:
        super().__init__()
        self.dropout = settings.dropout
        width = settings.heads * settings.hidden
        self.project = nn.Linear(in_channels, width, bias=False)
        nn.init.xavier_uniform_(self.project.weight)
        self.first = GATConv(width, settings.hidden, settings.heads, dropout=settings.dropout)
        # The layer's own projection is dense; ours, the same map, multiplies sparse features.
        self.first.lin = nn.Identity()
        self.second = GATConv(width, num_classes, heads=1, concat=False, dropout=settings.dropout)

    def forward(self, inputs: NodeInputs) -> Tensor:
        """Return logits (N, num_classes)."""
        projected = inputs.features.dropout(self.dropout, self.training) @ self.project.weight.T
        x = F.elu(self.first(projected, inputs.edge_index))
        return self.second(dropout(x, self.dropout, self.training), inputs.edge_index)


class GAT(FullBatchNodeClassifier):
    """Graph attention network, 8 heads of 8."""

    base = GATSettings()
    alternative: ClassVar[dict[str, Any]] = {"dropout": 0.4}

    def network(
        self, view: NodeView, inputs: NodeInputs, context: Context
    ) -> tuple[nn.Module, Callable[[], Tensor]]:
        network = GATNetwork(view.graph.num_features, view.num_classes, self.settings)
        return network, partial(network, inputs)
