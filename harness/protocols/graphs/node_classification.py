"""Node classification: predict the class of some nodes of one graph from the others (transductive)."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.contract.context import Context
from harness.contract.protocol import Capability, Contender, Model, Protocol
from harness.contract.scoring import score_classes, validation_loss
from harness.contract.search import predicted_classes, search
from harness.data.split import Split
from harness.payload import Payload
from harness.protocols.graphs.arrays import NodeDataset, NodeGraph
from harness.protocols.graphs.graph_classification import permuted

MASKED = -1


@dataclass(frozen=True)
class NodeView:
    """What ``fit`` sees: the graph with test targets masked out of the object itself.

    Attributes:
        targets: (N,) int64, `MASKED` (-1) wherever the class is not given.
        train, valid: (n,) int64 node numbers with known targets.
    """

    graph: NodeGraph
    targets: np.ndarray
    train: np.ndarray
    valid: np.ndarray
    num_classes: int


class NodeClassifier(Contender):
    """Contract: learn from the labelled nodes of a graph, return a model that scores any of its nodes.

    The model's ``predict(nodes)`` takes node numbers (n,) and returns class scores (n, num_classes). It may
    have ``num_parameters`` and, for the labelled diagnostic `test_peek_max`, ``predict_epochs(nodes)`` of
    shape (epochs, n, num_classes).
    """

    @abstractmethod
    def fit(self, view: NodeView, context: Context) -> Model:
        """Learn from `view`."""


class NodeClassification(Protocol):
    """Trials of transductive node classification."""

    name = "node-classification"
    title = "Node classification"
    capabilities = (Capability("fit", "(view, context) -> model", "learning from the labelled nodes"),)
    sees = "the whole graph with the features of all nodes; targets of training and validation nodes only"

    def inputs(self, data: NodeDataset) -> Payload:
        shared = data.graph.payload()
        return Payload(shared.arrays, {**shared.facts, "num_classes": data.num_classes})

    def view(self, data: NodeDataset, split: Split) -> Payload:
        targets = np.full(data.graph.num_nodes, MASKED, dtype=np.int64)
        known = np.concatenate([split.train, split.valid])
        targets[known] = data.targets[known]
        return Payload({"targets": targets, "train": split.train, "valid": split.valid})

    def reveal(self, data: NodeDataset, split: Split) -> Payload:
        return Payload({"test": split.test})

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Payload:
        seen = NodeView(
            NodeGraph.from_payload(inputs),
            view["targets"],
            view["train"],
            view["valid"],
            int(inputs.facts["num_classes"]),
        )
        valid_targets = seen.targets[seen.valid]

        def loss(model: Any) -> float:
            return validation_loss(np.asarray(model.predict(seen.valid)), valid_targets, seen.num_classes)

        selected = search(contender, context, lambda c: c.fit(seen, context), loss)  # type: ignore[attr-defined]
        test = reveal()["test"]
        return predicted_classes(selected, test)

    def score(self, data: NodeDataset, split: Split, metric: str, predictions: Payload) -> dict[str, float]:
        return score_classes(predictions, data.targets[split.test], data.num_classes, metric)

    def permute_withheld(self, data: NodeDataset, split: Split, generator: np.random.Generator) -> NodeDataset:
        return data.with_targets(permuted(data.targets, split.test, generator))

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
