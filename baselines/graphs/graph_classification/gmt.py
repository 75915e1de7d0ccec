"""GMT: Graph Multiset Transformer pooling (Baek, Kang & Hwang, ICLR 2021).

Three GCN layers, whose outputs are concatenated and projected, then attention to k seeds, among the seeds and to
one vector a graph. Layer normalisation and the learning rate are those of the authors' script: without them, or at
four times that rate, training often stays at chance. It computes the output of torch_geometric's
``GraphMultisetTransformer`` from that module's parameters; only the first attention, from seeds to vertices,
is computed here, since projecting padded vertices would cost several times as much where graph sizes differ.
"""

from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.graphs.graph_classification.pooling_settings import PoolingSettings
from harness.protocols.graphs.arrays import GraphSet
from harness.protocols.graphs.training.batches import GraphBatch
from harness.protocols.graphs.training.graph_classifier import GraphNetworkClassifier
from harness.protocols.graphs.training.levels import GraphLevel
from harness.protocols.graphs.training.networks import GraphNetwork, NetworkShape
from harness.protocols.graphs.training.training_settings import (
    STANDARD,
    GraphNetworkSettings,
    GraphTrainingSettings,
)


@dataclass(frozen=True)
class GMTSettings(PoolingSettings):
    """Settings of pooling baselines and of all attentions; `ratio` sets the number of seeds.

    Attributes:
        heads: number of heads of each attention.
        layer_norm: whether each attention normalises its output.

    Raises:
        ValueError: `heads` does not divide `hidden`.
    """

    heads: int = 1
    layer_norm: bool = True
    training: GraphTrainingSettings = field(default=replace(STANDARD, learning_rate=5e-4))

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.heads < 1 or self.hidden % self.heads:
            raise ValueError(f"heads = {self.heads}: expected a divisor of hidden = {self.hidden}")


class MultisetNetwork(GraphNetwork):
    """Convolutions with ReLU, then multiset attention.

    Args:
        seeds: number k of vectors into which a graph is first pooled.
    """

    def __init__(self, shape: NetworkShape, seeds: int, heads: int, layer_norm: bool) -> None:
        from torch_geometric.nn.aggr import GraphMultisetTransformer

        super().__init__(shape, shape.hidden)
        self.convolutions = shape.convolutions("gcn")
        self.project = nn.Linear(shape.layers * shape.hidden, shape.hidden)
        self.attention = GraphMultisetTransformer(shape.hidden, seeds, heads=heads, layer_norm=layer_norm)

    def encode(self, batch: GraphBatch) -> tuple[Tensor, Tensor | None]:
        x, level, outputs = batch.x, batch.level, []
        for layer in self.convolutions:
            x = layer(x, level).relu()
            outputs.append(x)
        projected = self.project(torch.cat(outputs, dim=1))
        pooled = attend_to_vertices(self.attention.pma1, projected, level)
        for encoder in self.attention.encoders:
            pooled = encoder(pooled)
        return self.attention.pma2(pooled).squeeze(1), None


def attend_to_vertices(pooling: Any, x: Tensor, level: GraphLevel) -> Tensor:
    """Pool the vertices of each graph by attention from seed vectors: (N, C) -> (B, k, C).

    Args:
        pooling: a ``PoolingByMultiheadAttention`` without dropout; owns the parameters.
    """
    from torch_geometric.utils import softmax

    attention, seeds = pooling.mab.attn, pooling.seed[0]  # (k, C)
    heads, width = attention.num_heads, seeds.shape[1]
    query_weight, key_weight, value_weight = attention.in_proj_weight.chunk(3)
    query_bias, _, value_bias = attention.in_proj_bias.chunk(3)  # the keys' bias cancels in the softmax
    queries = F.linear(seeds, query_weight, query_bias).view(-1, heads, width // heads)
    keys = key_weight.view(heads, width // heads, width)
    folded = torch.einsum("khd,hdc->hkc", queries, keys).flatten(0, 1) * (width // heads) ** -0.5
    h = pooling.lin(x).relu()
    weights = softmax(h @ folded.T, level.owner, num_nodes=level.num_graphs)  # (N, heads * k)
    together = torch.cat([weights, F.linear(h, value_weight, value_bias)], dim=1)
    products = level.gram(together, len(folded))[:, :, len(folded) :]  # (B, heads * k, C)
    by_head = products.unflatten(1, (heads, -1)).unflatten(3, (heads, -1)).diagonal(dim1=1, dim2=3)
    attended = attention.out_proj(by_head.transpose(2, 3).flatten(2)) + seeds
    first, second = pooling.mab.layer_norm1 or nn.Identity(), pooling.mab.layer_norm2 or nn.Identity()
    attended = first(attended)
    return second(attended + pooling.mab.lin(attended).relu())


class GMT(GraphNetworkClassifier):
    """Contender GMT; its readout is learned, so `readout` affects linked input features only."""

    base: ClassVar[GraphNetworkSettings] = GMTSettings()
    settings: GMTSettings

    def network(self, shape: NetworkShape, train: GraphSet) -> GraphNetwork:
        mean_size = float(train.collection.num_nodes[train.index].mean())
        s = self.settings
        return MultisetNetwork(shape, ceil(s.ratio * mean_size), s.heads, s.layer_norm)
