"""Transition matrices estimated from posteriors of the clean class."""

import numpy as np

from harness.protocols.noisy_labels.arrays import Annotations


def transition_from_posteriors(posteriors: np.ndarray, annotations: Annotations) -> np.ndarray:
    """Return p(noisy label | clean class), estimated from posteriors of images with noisy labels.

    T_jl = Σ_i p_i(y = j) 1[ỹ_i = l] / Σ_i p_i(y = j), over all labels. A class without any mass has a uniform row.

    Args:
        posteriors: (n, classes), p_i(y = j) of each image.

    Returns:
        (classes, classes) float64; row j is of the clean class j and sums to 1.

    Raises:
        ValueError: posteriors of another shape.
    """
    expected = (annotations.num_items, annotations.num_classes)
    if np.shape(posteriors) != expected:
        raise ValueError(f"posteriors must have shape {expected}, got {np.shape(posteriors)}")
    counted = np.asarray(posteriors, np.float64).T @ annotations.votes
    sums = counted.sum(axis=1, keepdims=True)
    uniform = np.full_like(counted, 1 / annotations.num_classes)
    return np.divide(counted, sums, out=uniform, where=sums > 0)
