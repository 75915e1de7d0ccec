"""Instance-dependent noise in one pass: each image is read once, four of one class at a time share a projection."""

import numpy as np
from numba import njit, prange

REORDERED = {"reassoc", "contract", "nsz"}
"""Freedom to vectorise a sum; infinities keep their meaning."""

TOGETHER = 4
"""Images that share each read of a projection."""


@njit(cache=True)
def grouped(targets: np.ndarray, classes: int) -> np.ndarray:
    """Return the images by class, (groups, 4) int64, each group of one class; -1 where a class has no more."""
    counts = np.zeros(classes, np.int64)
    for target in targets:
        counts[target] += 1
    groups = (counts + TOGETHER - 1) // TOGETHER
    place = np.zeros(classes, np.int64)
    for k in range(1, classes):
        place[k] = place[k - 1] + groups[k - 1] * TOGETHER
    members = np.full(groups.sum() * TOGETHER, -1, np.int64)
    for i, target in enumerate(targets):
        members[place[target]] = i
        place[target] += 1
    return members.reshape(-1, TOGETHER)


@njit(parallel=True, fastmath=REORDERED, cache=True)
def fused_labels(
    rows: np.ndarray, targets: np.ndarray, rates: np.ndarray, by_label: np.ndarray, uniform: np.ndarray
) -> np.ndarray:
    """Return the labels of `noise.synthetic.instance_labels`, (n,) int64.

    Args:
        by_label: (classes, labels, d) float32: the projections, each column contiguous.
    """
    classes = by_label.shape[1]
    labels = np.empty(len(rows), np.int64)
    members = grouped(targets, classes)
    for group in prange(len(members)):
        four = members[group]
        first = four[0]
        scores = np.empty((TOGETHER, classes), np.float32)
        a, b = rows[first], rows[four[1] if four[1] >= 0 else first]
        c, d = rows[four[2] if four[2] >= 0 else first], rows[four[3] if four[3] >= 0 else first]
        for label in range(classes):
            weights = by_label[targets[first], label]
            of_a, of_b, of_c, of_d = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for column in range(len(weights)):
                weight = weights[column]
                of_a += a[column] * weight
                of_b += b[column] * weight
                of_c += c[column] * weight
                of_d += d[column] * weight
            scores[0, label], scores[1, label], scores[2, label], scores[3, label] = of_a, of_b, of_c, of_d
        for position in range(TOGETHER):
            i = four[position]
            if i >= 0:
                labels[i] = drawn_label(scores[position], targets[i], rates[i], uniform[i])
    return labels


@njit(cache=True)
def drawn_label(scores: np.ndarray, target: int, rate: float, uniform: float) -> int:
    """Return the label that a number of [0, 1) draws: the target with probability 1 - rate, else by softmax."""
    largest = -np.inf
    for label in range(len(scores)):
        if label != target and scores[label] > largest:
            largest = np.float64(scores[label])
    raised = np.empty(len(scores))
    total = 0.0
    for label in range(len(scores)):
        raised[label] = 0.0 if label == target else np.exp(scores[label] - largest)
        total += raised[label]
    below, drawn = 0.0, 0
    for label in range(len(scores) - 1):
        below += rate * raised[label] / total + (1 - rate if label == target else 0.0)
        drawn += below <= uniform
    return drawn
