"""Sequence classification: predict the class of each sequence from its steps."""

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np

from harness.contract.contender import Contender, Model
from harness.contract.context import Context
from harness.contract.protocol import Capability
from harness.contract.report import Report
from harness.contract.split import Split
from harness.contract.supervised import SupervisedProtocol
from harness.payload import Payload
from motif_sequences.arrays import SequenceDataset, SequenceSet
from motif_sequences.metrics import MOTIFS
from motif_sequences.options import SequenceOptions

BINS = 10
"""Equal bins of confidence, of the calibration error."""


class SequenceClassifier(Contender):
    """Contract: learn from labelled sequences; the model's ``predict(sequences)`` returns scores (n, classes)."""

    @abstractmethod
    def fit(self, train: SequenceSet, valid: SequenceSet, context: Context) -> Model:
        """Learn from `train`; `valid` is for early stopping and selection."""


class SequenceClassification(SupervisedProtocol):
    """Trials of sequence classification."""

    name = "motif-classification"
    capabilities = (Capability("fit", "(train, valid, context) -> model", "learning from labelled sequences"),)
    sees = "training and validation sequences with their targets; no test sequence"
    Options = SequenceOptions

    def shared(self, inputs: Payload, options: SequenceOptions) -> int:
        return options.stride

    def cut(self, data: SequenceDataset, index: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"values": data.values[index]}

    def items(
        self, shared: int, arrays: Mapping[str, np.ndarray], classes: int, targets: np.ndarray | None
    ) -> SequenceSet:
        return SequenceSet(arrays["values"][:, ::shared], classes, targets)

    def score(self, data: SequenceDataset, split: Split, metric: str, report: Report) -> dict[str, float]:
        metrics = super().score(data, split, "accuracy", report)  # checks the scores; adds accuracy and nll
        scores, targets = report["scores"], data.targets[split.test]
        metrics["ece"] = calibration_error(scores, targets)
        for number, motif in enumerate(MOTIFS):
            metrics[f"recall_{motif}"] = float(np.mean(scores[targets == number].argmax(axis=1) == number))
        return {metric: metrics[metric], **metrics}

    def expected_format(self, data: SequenceDataset) -> str:
        first, steps = data.splits[0], data.values.shape[1]
        return (
            f"fit(train, valid, context): SequenceSets of {len(first.train)} and {len(first.valid)} sequences "
            f"(fold 0); `values` (n, {steps} / stride) float64, `targets` (n,) int64 in 0..{data.num_classes - 1}\n"
            f"model.predict(test): SequenceSet of {len(first.test)} sequences without targets -> scores "
            f"({len(first.test)}, {data.num_classes}), finite, larger = more likely\n"
            f"seen while fitting: {self.sees}"
        )


def calibration_error(scores: np.ndarray, targets: np.ndarray) -> float:
    """Return the expected calibration error (Guo et al., 2017) of softmax(`scores`), shape (n, classes)."""
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    confidence = shares.max(axis=1) / shares.sum(axis=1)
    correct = scores.argmax(axis=1) == targets
    bins = np.minimum((BINS * confidence).astype(int), BINS - 1)
    return float(np.abs(np.bincount(bins, weights=correct - confidence)).sum() / len(targets))
