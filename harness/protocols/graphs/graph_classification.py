"""Graph classification: predict the class of each graph from its structure and categorical node features."""

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np

from harness.contract.contender import Contender, Model
from harness.contract.context import Context
from harness.contract.protocol import Capability
from harness.contract.supervised import SupervisedProtocol
from harness.payload import Payload
from harness.protocols.graphs.arrays import GraphCollection, GraphDataset, GraphSet
from harness.protocols.graphs.options import GraphClassificationOptions


class GraphClassifier(Contender):
    """Contract: train on labelled graphs and return a model that scores unlabelled ones.

    The model's ``predict(graphs: GraphSet)`` returns class scores (logits or log-probabilities) of shape
    (len(graphs), num_classes). It may have ``num_parameters`` and, for the labelled diagnostic
    `test_peek_max`, ``predict_epochs(graphs)`` of shape (epochs, len(graphs), num_classes).
    """

    @abstractmethod
    def fit(self, train: GraphSet, valid: GraphSet, context: Context) -> Model:
        """Return a model trained on `train`; `valid` is for early stopping and selection."""


class GraphClassification(SupervisedProtocol):
    """Trials of graph classification; workers get all graphs, without targets; a part holds graph numbers."""

    name = "graph-classification"
    capabilities = (Capability("fit", "(train, valid, context) -> model", "learning from labelled graphs"),)
    sees = (
        "the label-free graphs of the whole data set (vocabularies and coding trees come from them); "
        "targets of training and validation graphs only"
    )
    Options = GraphClassificationOptions

    def inputs(self, data: GraphDataset) -> Payload:
        shared = data.collection.payload()
        return Payload(shared.arrays, {"num_classes": data.num_classes})

    def shared(self, inputs: Payload, options: GraphClassificationOptions) -> GraphCollection:
        return GraphCollection.from_payload(inputs)

    def cut(self, data: GraphDataset, index: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"index": index}

    def items(
        self, shared: GraphCollection, arrays: Mapping[str, np.ndarray], classes: int, targets: np.ndarray | None
    ) -> GraphSet:
        return GraphSet(shared, arrays["index"], classes, targets)

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
