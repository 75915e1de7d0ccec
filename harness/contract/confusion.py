"""Confusion counts of classes, and recalls. Numpy only: the parent scores."""

import math

import numpy as np


def confusion_counts(predicted: np.ndarray, targets: np.ndarray, num_classes: int) -> np.ndarray:
    """Return how many items of class i (row) were predicted as class j (column), (num_classes, num_classes) int64.

    Raises:
        ValueError: the arrays differ in length, or a class lies outside 0..num_classes-1.
    """
    if predicted.shape != targets.shape or targets.ndim != 1:
        raise ValueError(f"expected as many predictions as targets, got {predicted.shape} and {targets.shape}")
    for name, classes in (("predicted", predicted), ("targets", targets)):
        if classes.size and not 0 <= int(classes.min()) <= int(classes.max()) < num_classes:
            raise ValueError(f"{name} must lie in 0..{num_classes - 1}, got {classes.min()}..{classes.max()}")
    cells = targets.astype(np.int64) * num_classes + predicted
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


def recalls(counts: np.ndarray) -> np.ndarray:
    """Return the share of each class that was recognised, (num_classes,); NaN for a class without items."""
    items = counts.sum(axis=1)
    return np.divide(np.diag(counts), items, out=np.full(len(counts), math.nan), where=items > 0)
