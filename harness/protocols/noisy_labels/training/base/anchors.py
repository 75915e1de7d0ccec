"""Estimates of the transition matrix from noisy posteriors: anchor points, and counts of intermediate classes."""

import numpy as np

PERCENTILE = 97


def anchor_transition(probabilities: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """Return the estimate by anchor points, (classes, classes) float64, rows of clean classes.

    Row i is the posterior of the image at the 97th percentile of the probabilities of class i; the most confident
    3 % may be outliers (Patrini et al. 2017, section 4.1). The percentile is that of an image: the rank
    ``floor(0.97 (m - 1))`` of m, from 0.

    Args:
        probabilities: noisy posteriors (n, classes).
        labels: noisy labels (n,); the image of row i is then one with label i. Where no image has the label, the
            class is taken for unchanged.
    """
    classes = probabilities.shape[1]
    found = np.eye(classes)
    for row in range(classes):
        members = np.arange(len(probabilities)) if labels is None else np.flatnonzero(labels == row)
        if len(members):
            ordered = members[np.argsort(probabilities[members, row], kind="stable")]
            found[row] = probabilities[ordered[PERCENTILE * (len(members) - 1) // 100]]
    return found / found.sum(axis=1, keepdims=True)


def counted_transition(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the shares of noisy labels among the images of each predicted class, (classes, classes) float64.

    A class that is never predicted is taken for unchanged.
    """
    counts = np.zeros((classes, classes))
    np.add.at(counts, (predicted, labels), 1.0)
    never = np.flatnonzero(counts.sum(axis=1) == 0)
    counts[never, never] = 1.0
    return counts / counts.sum(axis=1, keepdims=True)


def dual_transition(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the dual estimate, (classes, classes) float64, rows of clean classes (Yao et al. 2020, equation 3).

    The predicted class is an intermediate one: clean to intermediate by anchor points among all images, times
    intermediate to noisy by counts. Bae et al. 2022 multiply in the other order, which is not a transition.
    """
    counted = counted_transition(probabilities.argmax(axis=1), labels, probabilities.shape[1])
    return anchor_transition(probabilities) @ counted
