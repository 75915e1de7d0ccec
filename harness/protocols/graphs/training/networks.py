"""Networks that classify graphs: an encoder of the batch, jumping-knowledge readouts and the common head."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.graphs.training.batches import GraphBatch
from harness.protocols.graphs.training.encoders import ConvolutionKind, convolution, mlp_head
from harness.protocols.graphs.training.levels import GraphLevel, Readout, SparseLevel


@dataclass(frozen=True)
class NetworkShape:
    """Widths and options of a graph network.

    Attributes:
        num_features: width of the vertex features.
        num_classes: width of the output.
        hidden: width of every convolution and of the head.
        layers: number of convolutions.
        dropout: dropout rate in the head.
        readout: aggregation of vertex features into one vector of the graph.
        link_input: whether the gathered input features are appended to the input of the head.
    """

    num_features: int
    num_classes: int
    hidden: int = 64
    layers: int = 3
    dropout: float = 0.0
    readout: Readout = "sum"
    link_input: bool = False

    def convolutions(self, kind: ConvolutionKind) -> nn.ModuleList:
        """Return new convolutions F -> h -> ... -> h."""
        widths = [self.num_features] + [self.hidden] * (self.layers - 1)
        return nn.ModuleList(convolution(kind, width, self.hidden) for width in widths)


class Pooled(NamedTuple):
    """Result of a pooling layer: features, their level, and an auxiliary loss or None."""

    x: Tensor
    level: GraphLevel
    penalty: Tensor | None = None


class GraphNetwork(nn.Module, ABC):
    """Base of graph networks: an encoder, the shared head and the loss.

    Args:
        encoded: width of the result of `encode`, without linked input features.
    """

    def __init__(self, shape: NetworkShape, encoded: int) -> None:
        super().__init__()
        self.shape = shape
        width = encoded + (shape.num_features if shape.link_input else 0)
        self.head = mlp_head(width, shape.hidden, shape.num_classes, shape.dropout)

    @abstractmethod
    def encode(self, batch: GraphBatch) -> tuple[Tensor, Tensor | None]:
        """Return one vector a graph, (B, encoded), and an auxiliary loss or None."""

    def _classify(self, batch: GraphBatch) -> tuple[Tensor, Tensor | None]:
        z, penalty = self.encode(batch)
        if self.shape.link_input:
            z = torch.cat([batch.level.readout(batch.x, self.shape.readout), z], dim=1)
        return F.log_softmax(self.head(z), dim=1), penalty

    def forward(self, batch: GraphBatch) -> Tensor:
        """Return log-probabilities, (B, num_classes)."""
        return self._classify(batch)[0]

    def loss(self, batch: GraphBatch, targets: Tensor) -> Tensor:
        """Return the mean negative log-likelihood of `targets` (B,) plus the auxiliary loss."""
        log_probabilities, penalty = self._classify(batch)
        likelihood = F.nll_loss(log_probabilities, targets)
        return likelihood if penalty is None else likelihood + penalty


class JumpingKnowledgeNetwork(GraphNetwork):
    """Convolutions with ReLU, a pooling layer after each but the last, and a readout of every level.

    With no pooling this is the flat network; every pooling contender differs from it in `pools` alone.

    Args:
        kind: kind of all convolutions.
        pools: modules ``pool(x, level) -> Pooled``, one fewer than convolutions; None for no pooling.

    Raises:
        ValueError: a wrong number of pooling layers.
    """

    def __init__(self, shape: NetworkShape, kind: ConvolutionKind, pools: Sequence[nn.Module | None]) -> None:
        super().__init__(shape, shape.layers * shape.hidden)
        if len(pools) != shape.layers - 1:
            raise ValueError(f"{len(pools)} pooling layers for {shape.layers} convolutions, expected one fewer")
        self.convolutions = shape.convolutions(kind)
        self.pools = nn.ModuleList(nn.Identity() if pool is None else pool for pool in pools)

    def encode(self, batch: GraphBatch) -> tuple[Tensor, Tensor | None]:
        x, level = batch.x, batch.level
        readouts, penalties = [], []
        for depth, layer in enumerate(self.convolutions):
            x = layer(x, level).relu()
            if depth < len(self.pools) and not isinstance(self.pools[depth], nn.Identity):
                x, level, penalty = self.pools[depth](x, level)
                penalties += [] if penalty is None else [penalty]
            readouts.append(level.readout(x, self.shape.readout))
        return torch.cat(readouts, dim=1), sum(penalties) if penalties else None  # type: ignore[return-value]


class HierarchyPooling(nn.Module):
    """Sum pooling along the batch's given hierarchy: x -> relu(S^T x). It has no parameters."""

    def forward(self, x: Tensor, level: SparseLevel) -> Pooled:
        """Pool one level up."""
        pooled, coarser = level.pool(x)
        return Pooled(pooled.relu(), coarser)
