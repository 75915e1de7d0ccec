"""Protocols whose trials are items with targets: views, permutation and scoring are written once.

A subclass defines how items are shared and cut:

    class GraphClassification(SupervisedProtocol):
        def inputs(self, data): ...                      label-free items that all trials share
        def cut(self, data, index): ...                  arrays of some items, without targets
        def items(self, shared, arrays, classes, targets): ...   the object that contenders get

Test items reach the worker after ``fit``, test targets never.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.protocol import Protocol, permuted
from harness.contract.report import Report
from harness.contract.scoring import accuracy, score_classes, validation_loss
from harness.contract.search import SearchResult, Validation, search, timed
from harness.contract.split import Split
from harness.payload import Payload

PARTS = ("train", "valid")


class SupervisedProtocol(Protocol):
    """Base of protocols with one class target an item; the data set has `targets`, `num_classes` and `splits`.

    Attributes:
        select_by: criterion of the search on validation data: the loss, or the accuracy with the loss as tie-break.
    """

    select_by: ClassVar[Literal["loss", "accuracy"]] = "loss"

    @abstractmethod
    def cut(self, data: Any, index: np.ndarray) -> Mapping[str, np.ndarray]:
        """Return the arrays of the items at `index`, (n,), without their targets."""

    @abstractmethod
    def items(self, shared: Any, arrays: Mapping[str, np.ndarray], classes: int, targets: np.ndarray | None) -> Any:
        """Return items as contenders get them.

        Args:
            shared: the result of :meth:`shared`.
            arrays: those of :meth:`cut`.
            targets: (n,) int64, None for items to predict.
        """

    def inputs(self, data: Any) -> Payload:
        return Payload(facts={"num_classes": data.num_classes})

    def shared(self, inputs: Payload, options: Any) -> Any:
        """Return what all items of a trial share, built once.

        Args:
            options: of the task, as the protocol's dataclass; one that changes the items belongs into the result.
        """
        return None

    def view(self, data: Any, split: Split) -> Payload:
        arrays: dict[str, np.ndarray] = {}
        for part in PARTS:
            index = getattr(split, part)
            arrays |= {f"{part}_{name}": array for name, array in self.cut(data, index).items()}
            arrays[f"{part}_targets"] = data.targets[index]
        return Payload(arrays)

    def reveal(self, data: Any, split: Split) -> Payload:
        return Payload({f"test_{name}": array for name, array in self.cut(data, split.test).items()})

    def fit(self, contender: Any, train: Any, valid: Any, context: Context) -> Any:
        """Return the model of a contender."""
        return contender.fit(train, valid, context)

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Report:
        classes, shared = int(inputs.facts["num_classes"]), self.shared(inputs, context.options)

        def part(payload: Payload, name: str, *, labelled: bool) -> Any:
            targets = payload[f"{name}_targets"] if labelled else None
            return self.items(shared, _arrays(payload, name), classes, targets)

        train, valid = (part(view, name, labelled=True) for name in PARTS)
        unlabelled = part(view, "valid", labelled=False)

        def validate(model: Any) -> Validation:
            scores, targets = np.asarray(model.predict(unlabelled)), view["valid_targets"]
            loss = validation_loss(scores, targets, classes)
            return loss if self.select_by == "loss" else (1.0 - accuracy(scores, targets), loss)

        selected = search(contender, context, lambda c: self.fit(c, train, valid, context), validate)
        return class_report(selected, part(reveal(), "test", labelled=False))

    def score(self, data: Any, split: Split, metric: str, report: Report) -> dict[str, float]:
        return score_classes(report, data.targets[split.test], data.num_classes, metric)

    def permute_withheld(self, data: Any, split: Split, generator: np.random.Generator) -> Any:
        return data.with_targets(permuted(data.targets, split.test, generator))


def _arrays(payload: Payload, part: str) -> dict[str, np.ndarray]:
    prefix = f"{part}_"
    return {
        n.removeprefix(prefix): a
        for n, a in payload.arrays.items()
        if n.startswith(prefix) and n != f"{part}_targets"
    }


def class_report(selected: SearchResult, items: Any) -> Report:
    """Return the class scores of the selected model for test items, and those of every epoch where it kept them."""
    scores, seconds = timed(lambda: np.asarray(selected.model.predict(items)))
    predictions = {"scores": scores}
    if hasattr(selected.model, "predict_epochs"):
        predictions["epoch_classes"] = selected.model.predict_epochs(items).argmax(axis=2).astype(np.int16)
    return selected.report(predictions, seconds)
