"""Auto-encoders that keep some nodes and drop the rest; unpooling puts zeros where nodes were dropped.

TopKPool: Gao & Ji, Graph U-Nets, ICML 2019. SAGPool: Lee, Lee & Kang, Self-Attention Graph Pooling, ICML 2019.
ASAP: Ranjan, Sanyal & Talukdar, Adaptive Structure Aware Pooling, AAAI 2020. The layers are torch_geometric's.
"""

from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch_geometric.nn import ASAPooling, SAGPooling, TopKPooling

from harness.contract.context import Context
from harness.protocols.graphs.graph_reconstruction import DrawnGraph
from harness.protocols.graphs.training.autoencoder import (
    AutoEncoderSettings,
    Bottleneck,
    GraphTensors,
    PoolingAutoEncoder,
)


@dataclass(frozen=True)
class NodeDropSettings(AutoEncoderSettings):
    """Shared settings and the share of nodes that the bottleneck keeps."""

    ratio: float = 0.25

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.0 < self.ratio < 1.0:
            raise ValueError(f"ratio must be in (0, 1), got {self.ratio}")


class NodeDrop(Bottleneck):
    """Keep the nodes that a pooling layer of torch_geometric selects, zeros elsewhere."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, graph: GraphTensors) -> tuple[Tensor, Tensor]:
        """Return features (N, h) that are zero at dropped nodes, and no auxiliary loss."""
        pooled = self.layer(x, graph.edge_index)
        kept_features, kept = pooled[0], pooled[4]
        restored = torch.zeros_like(x).index_copy(0, kept, kept_features)
        return restored, x.new_zeros(())


class NodeDropAutoEncoder(PoolingAutoEncoder):
    """Auto-encoder through a node-dropping layer."""

    defaults = NodeDropSettings()

    @abstractmethod
    def layer(self, width: int, ratio: float) -> nn.Module:
        """Return the pooling layer."""

    def bottleneck(self, graph: DrawnGraph, context: Context) -> Bottleneck:
        """Return the layer between dropping and restoring."""
        return NodeDrop(self.layer(self.settings.hidden, self.settings.ratio))


class TopKAutoEncoder(NodeDropAutoEncoder):
    """Auto-encoder through TopKPool."""

    def layer(self, width: int, ratio: float) -> nn.Module:
        """Return a layer that scores nodes by a learned projection."""
        return TopKPooling(width, ratio)


class SAGAutoEncoder(NodeDropAutoEncoder):
    """Auto-encoder through SAGPool."""

    def layer(self, width: int, ratio: float) -> nn.Module:
        """Return a layer that scores nodes by a graph convolution."""
        return SAGPooling(width, ratio)


class ASAPAutoEncoder(NodeDropAutoEncoder):
    """Auto-encoder through ASAP."""

    def layer(self, width: int, ratio: float) -> nn.Module:
        """Return a layer that forms ego clusters by attention and scores them by local extrema."""
        return ASAPooling(width, ratio)
