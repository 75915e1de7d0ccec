"""Graph classification: predict the class of each graph from its structure and categorical node features."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from harness.contract.context import Context
from harness.contract.protocol import Capability, Contender, Model, Protocol
from harness.contract.scoring import score_classes, validation_loss
from harness.contract.search import predicted_classes, search
from harness.data.split import Split
from harness.payload import Payload
from harness.protocols.graphs.arrays import GraphCollection, GraphDataset, GraphSet


class GraphClassifier(Contender):
    """Contract: learn from labelled graphs, return a model that scores unlabelled ones.

    The model's ``predict(graphs: GraphSet)`` returns class scores (logits or log-probabilities) of shape
    (len(graphs), num_classes). It may have ``num_parameters`` and, for the labelled diagnostic
    `test_peek_max`, ``predict_epochs(graphs)`` of shape (epochs, len(graphs), num_classes).
    """

    @abstractmethod
    def fit(self, train: GraphSet, valid: GraphSet, context: Context) -> Model:
        """Learn from `train`; `valid` is for early stopping and selection."""


class GraphClassification(Protocol):
    """Trials of graph classification."""

    name = "graph-classification"
    title = "Graph classification"
    capabilities = (Capability("fit", "(train, valid, context) -> model", "learning from labelled graphs"),)
    sees = (
        "the label-free graphs of the whole data set (vocabularies and coding trees come from them); "
        "targets of training and validation graphs only"
    )

    def inputs(self, data: GraphDataset) -> Payload:
        shared = data.collection.payload()
        return Payload(shared.arrays, {"num_classes": data.num_classes})

    def view(self, data: GraphDataset, split: Split) -> Payload:
        return Payload(
            {
                "train": split.train,
                "valid": split.valid,
                "train_targets": data.targets[split.train],
                "valid_targets": data.targets[split.valid],
            }
        )

    def reveal(self, data: GraphDataset, split: Split) -> Payload:
        return Payload({"test": split.test})

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Payload:
        collection = GraphCollection.from_payload(inputs)
        classes = int(inputs.facts["num_classes"])
        train = GraphSet(collection, view["train"], classes, view["train_targets"])
        valid = GraphSet(collection, view["valid"], classes, view["valid_targets"])
        unlabelled = GraphSet(collection, valid.index, classes)

        def loss(model: Any) -> float:
            return validation_loss(np.asarray(model.predict(unlabelled)), view["valid_targets"], classes)

        selected = search(contender, context, lambda c: c.fit(train, valid, context), loss)  # type: ignore[attr-defined]
        test = GraphSet(collection, reveal()["test"], classes)
        return predicted_classes(selected, test)

    def score(self, data: GraphDataset, split: Split, metric: str, predictions: Payload) -> dict[str, float]:
        return score_classes(predictions, data.targets[split.test], data.num_classes, metric)

    def permute_withheld(self, data: GraphDataset, split: Split, generator: np.random.Generator) -> GraphDataset:
        return data.with_targets(permuted(data.targets, split.test, generator))

    def expected_format(self, data: GraphDataset) -> str:
        first = data.splits[0]
        return (
            f"fit(train, valid, context): GraphSets of {len(first.train)} and {len(first.valid)} graphs "
            f"(fold 0) with `collection` (flat arrays), `index` (n,) int64, `targets` (n,) int64 in "
            f"0..{data.num_classes - 1}\n"
            f"model.predict(test): GraphSet of {len(first.test)} graphs without targets -> scores "
            f"({len(first.test)}, {data.num_classes}), finite, larger = more likely\n"
            f"seen while fitting: {self.sees}"
        )


def permuted(targets: np.ndarray, index: Sequence[int] | np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return a copy of `targets` with the entries at `index` shuffled among themselves; changed, if they can be."""
    changed, given = targets.copy(), targets[index]
    while np.array_equal(changed, targets) and len(np.unique(given)) > 1:
        changed[index] = generator.permutation(given)
    return changed
