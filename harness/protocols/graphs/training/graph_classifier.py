"""Base of contenders that train a network on graphs; subclasses define the network and the hierarchy."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from harness.contract.context import Context
from harness.protocols.graphs.arrays import GraphCollection, GraphSet
from harness.protocols.graphs.graph_classification import GraphClassifier
from harness.protocols.graphs.training.batches import CollectionTensors, HierarchyLevel
from harness.protocols.graphs.training.networks import GraphNetwork, NetworkShape
from harness.protocols.graphs.training.supervised import Examples, TrainedGraphNetwork, train_network
from harness.protocols.graphs.training.training_settings import GraphNetworkSettings, grid


class GraphNetworkClassifier(GraphClassifier):
    """Base of all neural graph classifiers: fit and prediction.

    Attributes:
        base: settings that the shared search varies.
    """

    base: ClassVar[GraphNetworkSettings]
    settings: GraphNetworkSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[GraphNetworkSettings]:
        return grid(cls.base, profile)

    @abstractmethod
    def network(self, shape: NetworkShape, train: GraphSet) -> GraphNetwork:
        """Return a new network; `train` is there for sizes, such as the mean number of vertices."""

    def hierarchy(self, collection: GraphCollection, context: Context) -> Sequence[HierarchyLevel]:
        """Return the levels above the vertices that the network pools along, label-free."""
        return ()

    def fit(self, train: GraphSet, valid: GraphSet, context: Context) -> TrainedGraphNetwork:
        settings = self.settings

        def collate(collection: GraphCollection) -> CollectionTensors:
            return CollectionTensors(collection, self.hierarchy(collection, context), context.device)

        graphs = collate(train.collection)
        shape = NetworkShape(
            graphs.num_features,
            train.num_classes,
            hidden=settings.hidden,
            dropout=settings.dropout,
            readout=settings.readout,
            link_input=settings.link_input and context.options.link_input,
        )
        with context.seeded("init"):
            network = self.network(shape, train).to(context.device)
        examples = Examples.of(train, "train", context.device)
        checkpoints, best = train_network(
            network, graphs, examples, Examples.of(valid, "valid", context.device), settings.training, context
        )
        return TrainedGraphNetwork(network, graphs, checkpoints, best, collate)
