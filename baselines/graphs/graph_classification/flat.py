"""Flat networks: convolutions without pooling and a readout of every layer (jumping knowledge).

GCN: Kipf & Welling, ICLR 2017. GIN: Xu et al., ICLR 2019. Readout of every layer: Xu et al., ICML 2018. This is the
control of hierarchical pooling: the same network without pooling.
"""

from dataclasses import dataclass
from typing import ClassVar

from harness.protocols.graphs.arrays import GraphSet
from harness.protocols.graphs.training.encoders import ConvolutionKind
from harness.protocols.graphs.training.graph_classifier import GraphNetworkClassifier
from harness.protocols.graphs.training.networks import GraphNetwork, JumpingKnowledgeNetwork, NetworkShape
from harness.protocols.graphs.training.training_settings import GraphNetworkSettings


@dataclass(frozen=True)
class FlatSettings(GraphNetworkSettings):
    """Shared settings and the kind of convolution."""

    convolution: ConvolutionKind = "gcn"


class FlatClassifier(GraphNetworkClassifier):
    """Three convolutions without pooling."""

    base: ClassVar[GraphNetworkSettings] = FlatSettings()
    settings: FlatSettings

    def network(self, shape: NetworkShape, train: GraphSet) -> GraphNetwork:
        return JumpingKnowledgeNetwork(shape, self.settings.convolution, [None] * (shape.layers - 1))


class GCNSum(FlatClassifier):
    """Flat GCN, sum readout."""

    base = FlatSettings(convolution="gcn", readout="sum")


class GCNMean(FlatClassifier):
    """Flat GCN, mean readout."""

    base = FlatSettings(convolution="gcn", readout="mean")


class GINSum(FlatClassifier):
    """Flat GIN, sum readout."""

    base = FlatSettings(convolution="gin", readout="sum")


class GINMean(FlatClassifier):
    """Flat GIN, mean readout."""

    base = FlatSettings(convolution="gin", readout="mean")
