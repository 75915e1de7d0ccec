"""Trials of baselines on a small noisy set."""

import numpy as np

from harness.contract.contender import Contender, Settings
from harness.contract.report import Report
from harness.payload import Payload
from harness.protocols.noisy_labels.arrays import NoisyDataset, NoisyImages
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassification, noisy_parts
from harness.protocols.noisy_labels.options import ClassificationOptions
from tests.harness.protocols.noisy_labels.small_crowds import OPTIONS, context, noisy_bands

PROTOCOL = NoisyLabelClassification()


def payloads(data: NoisyDataset, fold: int = 0) -> tuple[Payload, Payload, Payload]:
    """Return inputs, view and what is revealed after fit."""
    split = data.splits[fold]
    return PROTOCOL.inputs(data), PROTOCOL.view(data, split), PROTOCOL.reveal(data, split)


def parts(data: NoisyDataset | None = None) -> tuple[NoisyImages, NoisyImages]:
    """Return the training and validation part of a small set."""
    inputs, view, _ = payloads(data or noisy_bands())
    return noisy_parts(inputs, view)


def run(
    contender: type[Contender],
    data: NoisyDataset | None = None,
    settings: Settings | None = None,
    options: ClassificationOptions = OPTIONS,
) -> Report:
    """Return the report of a trial; `settings` replace those of the profile."""
    kind = contender
    if settings is not None:
        kind = type("Configured", (contender,), {"configurations": classmethod(lambda cls, profile: (settings,))})
    inputs, view, reveal = payloads(data or noisy_bands())
    return PROTOCOL.run(kind, inputs, view, lambda: reveal, context(kind, options=options))


def accuracy(report: Report, data: NoisyDataset) -> float:
    """Return the share of test images whose class is predicted."""
    classes = np.asarray(report["probabilities"]).argmax(axis=1)
    return float(np.mean(classes == data.targets[data.splits[0].test]))
