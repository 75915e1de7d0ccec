"""The data set `planted-motifs`: noise with a motif at a random place."""

import numpy as np

from harness.contract.split import split_arrays
from harness.data.entry import DatasetEntry
from harness.data.folds import stratified_folds
from harness.payload import Payload
from harness.seeds import stream
from motif_sequences.metrics import MOTIFS

WIDTH = 24


def planted_motifs(entry: DatasetEntry) -> Payload:
    """Return the payload of a `SequenceDataset`.

    Options: ``each`` (sequences of a class), ``length`` (steps), ``noise`` (standard deviation), ``folds``.
    """
    options, generator = entry.options, stream("data", entry.name, entry.version)
    targets = np.repeat(np.arange(len(MOTIFS)), options["each"])
    values = options["noise"] * generator.standard_normal((len(targets), options["length"]))
    starts = generator.integers(0, options["length"] - WIDTH + 1, len(targets))
    for row, start, shape in zip(values, starts, shapes()[targets], strict=True):
        row[start : start + WIDTH] += shape
    splits = stratified_folds(targets, options["folds"], entry.name, entry.version)
    return Payload({"values": values, "targets": targets, **split_arrays(splits)}, {"num_classes": len(MOTIFS)})


def shapes() -> np.ndarray:
    """Return the motifs, shape (classes, WIDTH), with mean 0 and variance 1: moments do not reveal the class."""
    time = np.linspace(0, 1, WIDTH)
    motifs = np.stack([time, np.sin(np.pi * time), np.sin(4 * np.pi * time)])
    return (motifs - motifs.mean(axis=1, keepdims=True)) / motifs.std(axis=1, keepdims=True)
