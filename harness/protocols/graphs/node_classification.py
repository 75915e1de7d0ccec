"""Node classification: predict the class of some nodes of one graph from the others (transductive)."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.contract.contender import Contender, Model
from harness.contract.context import Context
from harness.contract.options import NoOptions
from harness.contract.protocol import Capability
from harness.contract.supervised import SupervisedProtocol
from harness.payload import Payload
from harness.protocols.graphs.arrays import NodeDataset, NodeGraph

MASKED = -1


@dataclass(frozen=True)
class NodeView:
    """View of ``fit``: the graph, whose test targets are masked in the object itself.

    Attributes:
        targets: (N,) int64, `MASKED` (-1) where the class is withheld.
        train, valid: (n,) int64 node numbers with known targets.
    """

    graph: NodeGraph
    targets: np.ndarray
    train: np.ndarray
    valid: np.ndarray
    num_classes: int


@dataclass(frozen=True)
class LabelledNodes:
    """Nodes of the training or validation part: numbers and targets, both (n,) int64."""

    graph: NodeGraph
    nodes: np.ndarray
    targets: np.ndarray
    num_classes: int


class NodeClassifier(Contender):
    """Contract: train on the labelled nodes of a graph and return a model that scores any of its nodes.

    The model's ``predict(nodes)`` takes node numbers (n,) and returns class scores (n, num_classes). It may
    have ``num_parameters`` and, for the labelled diagnostic `test_peek_max`, ``predict_epochs(nodes)`` of
    shape (epochs, n, num_classes).
    """

    @abstractmethod
    def fit(self, view: NodeView, context: Context) -> Model:
        """Return a model trained on `view`."""


class NodeClassification(SupervisedProtocol):
    """Trials of transductive node classification; workers get the graph; a part is an array of node numbers.

    The search selects by validation accuracy, as published scripts do: on the citation graphs the validation loss
    prefers strongly regularised, less accurate networks.
    """

    name = "node-classification"
    capabilities = (Capability("fit", "(view, context) -> model", "learning from the labelled nodes"),)
    sees = "the whole graph with the features of all nodes; targets of training and validation nodes only"
    select_by = "accuracy"

    def inputs(self, data: NodeDataset) -> Payload:
        shared = data.graph.payload()
        return Payload(shared.arrays, {**shared.facts, "num_classes": data.num_classes})

    def shared(self, inputs: Payload, options: NoOptions) -> NodeGraph:
        return NodeGraph.from_payload(inputs)

    def cut(self, data: NodeDataset, index: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"nodes": index}

    def items(
        self, shared: NodeGraph, arrays: Mapping[str, np.ndarray], classes: int, targets: np.ndarray | None
    ) -> np.ndarray | LabelledNodes:
        nodes = arrays["nodes"]
        return nodes if targets is None else LabelledNodes(shared, nodes, targets, classes)

    def fit(self, contender: NodeClassifier, train: LabelledNodes, valid: LabelledNodes, context: Context) -> Model:
        targets = np.full(train.graph.num_nodes, MASKED, dtype=np.int64)
        for part in (train, valid):
            targets[part.nodes] = part.targets
        return contender.fit(NodeView(train.graph, targets, train.nodes, valid.nodes, train.num_classes), context)

    def expected_format(self, data: NodeDataset) -> str:
        first = data.splits[0]
        return (
            f"fit(view, context): NodeView of a graph with {data.graph.num_nodes} nodes and "
            f"{data.graph.num_features} features; `targets` (N,) int64, -1 where masked; `train` "
            f"({len(first.train)},), `valid` ({len(first.valid)},)\n"
            f"model.predict(nodes): node numbers ({len(first.test)},) -> scores ({len(first.test)}, "
            f"{data.num_classes}), finite, larger = more likely\n"
            f"seen while fitting: {self.sees}"
        )
