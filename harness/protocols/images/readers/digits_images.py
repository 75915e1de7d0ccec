"""Handwritten digits, 8 x 8 pixels, as scikit-learn bundles them (UCI, Alpaydin & Kaynak 1998, the test part)."""

import numpy as np

from harness.contract.split import split_arrays
from harness.data.entry import DatasetEntry
from harness.data.folds import stratified_folds
from harness.payload import Payload

LEVELS = 16


def digits(entry: DatasetEntry) -> Payload:
    """Return the 1,797 digits in stratified folds; option ``folds``.

    The counts of inked pixels, 0..16, are spread over 0..255 and rounded, an error of at most 1/510 of the range.
    """
    from sklearn.datasets import load_digits

    bundled = load_digits()
    images = np.rint(bundled.images * (255 / LEVELS)).astype(np.uint8)
    targets = bundled.target.astype(np.int64)
    splits = stratified_folds(targets, entry.options["folds"], entry.name, entry.version)
    arrays = {"images": images, "targets": targets, **split_arrays(splits)}
    provenance = "bundled with scikit-learn; stratified folds with a fixed seed"
    return Payload(arrays, {"num_classes": 10, "provenance": provenance})
