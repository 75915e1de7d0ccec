"""Control without edges: a two-layer perceptron on node features."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from torch import Tensor, nn

from baselines.graphs.node_classification.convolutional import GCN, GCNSettings
from harness.contract.context import Context
from harness.protocols.graphs.node_classification import NodeView
from harness.protocols.graphs.training.dropout import dropout
from harness.protocols.graphs.training.node_classifier import FullBatchNodeClassifier, decay_first_layer
from harness.protocols.graphs.training.transductive import NodeInputs


class Perceptron(nn.Module):
    """Linear, rectifier, linear, with dropout before each linear map."""

    def __init__(self, in_channels: int, num_classes: int, settings: GCNSettings) -> None:
        super().__init__()
        self.dropout = settings.dropout
        self.first = nn.Linear(in_channels, settings.hidden)
        self.second = nn.Linear(settings.hidden, num_classes)

    def forward(self, inputs: NodeInputs) -> Tensor:
        """Return logits (N, num_classes)."""
        features = inputs.features.dropout(self.dropout, self.training)
        x = (features @ self.first.weight.T + self.first.bias).relu()
        return self.second(dropout(x, self.dropout, self.training))


class FeaturesOnly(FullBatchNodeClassifier):
    """Two-layer perceptron on node features, with the GCN's settings: the difference is the graph alone."""

    base = GCNSettings()
    alternative: ClassVar[dict[str, Any]] = GCN.alternative

    def network(
        self, view: NodeView, inputs: NodeInputs, context: Context
    ) -> tuple[nn.Module, Callable[[], Tensor]]:
        network = Perceptron(view.graph.num_features, view.num_classes, self.settings)
        return network, partial(network, inputs)

    def parameter_groups(self, network: nn.Module) -> list[dict[str, Any]]:
        return decay_first_layer(network)
