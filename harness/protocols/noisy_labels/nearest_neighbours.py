"""Nearest neighbours among a classifier's most confident predictions, in its embedding.

Bae et al., From Noisy Prediction to True Label, ICML 2022: the support set and the prior labels of the method, and
the baseline `knn`. The result is that of scikit-learn's ``KNeighborsClassifier(k, weights="distance")``.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from harness.protocols.noisy_labels.classifiers import Outputs

NEIGHBOURS, SUPPORT_BATCH = 10, 128
BLOCK = 512  # queries whose products with all points are in memory at once


def confident_support(outputs: Outputs, random: np.random.Generator, batch: int = SUPPORT_BATCH) -> np.ndarray:
    """Return the support set: of each batch and each class predicted in it, the most confident image.

    The batches take all images in random order. Confidence is the probability of the predicted class.

    Returns:
        (m,) int64 indices, by batch and class; m lies between the number of predicted classes and
        ``ceil(n / batch) * classes``.

    Raises:
        ValueError: a batch below 1, or outputs that :func:`check_outputs` rejects.
    """
    if batch < 1:
        raise ValueError(f"batch must be 1 or more, got {batch!r}")
    check_outputs(outputs)
    count, classes = outputs.logits.shape
    batches = np.empty(count, np.int64)
    batches[random.permutation(count)] = np.arange(count) // batch
    group = batches * classes + outputs.classes
    confidence = outputs.probabilities[np.arange(count), outputs.classes]
    order = np.lexsort((-confidence, group))
    return order[np.unique(group[order], return_index=True)[1]]


def check_outputs(outputs: Outputs) -> None:
    """Verify the outputs of a classifier.

    Raises:
        ValueError: no embedding, fewer than two classes, other shapes, or values that are not finite.
    """
    embeddings, logits = outputs.embeddings, outputs.logits
    if embeddings is None or np.ndim(embeddings) != 2 or np.shape(embeddings)[1] == 0:
        got = "none" if embeddings is None else f"shape {np.shape(embeddings)}"
        raise ValueError(
            f"kNN prior needs embeddings of shape (n, width), got {got}; give the input of the last layer"
        )
    if logits.ndim != 2 or logits.shape[1] < 2 or not 0 < len(logits) == len(embeddings):
        raise ValueError(
            f"logits must have shape (n, classes) with n = {len(embeddings)} > 0 and two classes or more, got "
            f"{logits.shape}"
        )
    for name, values in (("embeddings", embeddings), ("logits", logits)):
        if not np.isfinite(values).all():
            raise ValueError(
                f"{name} must be finite, got {np.count_nonzero(~np.isfinite(values))} values that are not"
            )


@dataclass(frozen=True)
class NearestClasses:
    """Classes of the nearest points, weighted by the inverse of their distance.

    Where a query equals points, only these count.

    Attributes:
        points: (m, width) float32.
        classes: (m,) classes of the points, in 0..num_classes-1; classes without a point get probability 0.
        neighbours: number k of neighbours; all points where there are fewer.

    Raises:
        ValueError: arrays that do not belong together, no point, or k below 1.
    """

    points: np.ndarray
    classes: np.ndarray
    num_classes: int
    neighbours: int = NEIGHBOURS
    threads: int = 1

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.classes.shape != (len(self.points),) or not len(self.points):
            raise ValueError(
                f"expected points (m, width) and m classes, m > 0, got {self.points.shape}, {self.classes.shape}"
            )
        if not 0 <= int(self.classes.min()) <= int(self.classes.max()) < self.num_classes:
            raise ValueError(
                f"classes must lie in 0..{self.num_classes - 1}, got {self.classes.min()}..{self.classes.max()}"
            )
        if self.neighbours < 1:
            raise ValueError(f"neighbours must be 1 or more, got {self.neighbours!r}")

    @property
    def used(self) -> int:
        """Number of neighbours that count: k, or all points where there are fewer."""
        return min(self.neighbours, len(self.points))

    def probabilities(self, queries: np.ndarray) -> np.ndarray:
        """Return the weighted shares of the classes among the neighbours, (n, num_classes) float64."""
        place, distance = nearest(self.points, queries, self.used, self.threads)
        return weighted_shares(self.classes[place], distance, self.num_classes)

    def predict(self, queries: np.ndarray) -> np.ndarray:
        """Return the class of the largest share, (n,); the smaller class of equals."""
        return self.probabilities(queries).argmax(axis=1)


def support_classifier(
    outputs: Outputs,
    random: np.random.Generator,
    neighbours: int = NEIGHBOURS,
    batch: int = SUPPORT_BATCH,
    threads: int = 1,
) -> NearestClasses:
    """Return the nearest-neighbour classifier on the support set of a classifier's outputs.

    Raises:
        ValueError: as :func:`confident_support` and :class:`NearestClasses` do.
    """
    support = confident_support(outputs, random, batch)
    points = np.ascontiguousarray(outputs.embeddings[support], np.float32)
    return NearestClasses(points, outputs.classes[support], outputs.logits.shape[1], neighbours, threads)


def nearest(points: np.ndarray, queries: np.ndarray, k: int, threads: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return places and Euclidean distances of the k nearest points of each query, exact, nearest first by rank.

    Candidates are ranked by |p|² / 2 - q·p, of which the products are one matrix product a block; the distances of
    the k chosen ones are then sums of squared differences, so that equal vectors have distance 0.

    Args:
        points: (m, width) float32.
        queries: (n, width).
        k: at most m.

    Returns:
        places (n, k) int64 and distances (n, k) float32.
    """
    points = np.ascontiguousarray(points, np.float32)
    queries = np.ascontiguousarray(queries, np.float32)
    halves = np.einsum("md,md->m", points, points) / np.float32(2)
    place = np.empty((len(queries), k), np.int64)
    distance = np.empty((len(queries), k), np.float32)
    transposed = points.T

    def block(start: int) -> None:
        part = queries[start : start + BLOCK]
        _smallest(part @ transposed, halves, place[start : start + BLOCK], distance[start : start + BLOCK])
        _distances(points, part, place[start : start + BLOCK], distance[start : start + BLOCK])

    starts = range(0, len(queries), BLOCK)
    if threads == 1:
        for start in starts:
            block(start)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(block, starts))
    return place, distance


def exact_distances(points: np.ndarray, queries: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the distances of each query to the points at its places, (n, k) float32."""
    distance = np.empty(place.shape, np.float32)
    _distances(points, queries, place, distance)
    return distance


@njit(nogil=True, cache=True, error_model="numpy")
def _smallest(products: Any, halves: Any, place: Any, value: Any) -> None:
    """Fill places and values of the k smallest of ``halves - products`` in each row, in rising order."""
    k = place.shape[1]
    for row in range(products.shape[0]):
        count, worst = 0, np.float32(np.inf)
        for column in range(products.shape[1]):
            score = halves[column] - products[row, column]
            if count == k and score >= worst:
                continue
            slot = count if count < k else k - 1
            count = min(count + 1, k)
            while slot > 0 and value[row, slot - 1] > score:
                value[row, slot] = value[row, slot - 1]
                place[row, slot] = place[row, slot - 1]
                slot -= 1
            value[row, slot] = score
            place[row, slot] = column
            worst = value[row, count - 1]


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract"})
def _distances(points: Any, queries: Any, place: Any, distance: Any) -> None:
    """Fill the distances of each query to its places."""
    for row in range(place.shape[0]):
        for slot in range(place.shape[1]):
            point, total = place[row, slot], np.float32(0)
            for column in range(points.shape[1]):
                difference = queries[row, column] - points[point, column]
                total += difference * difference
            distance[row, slot] = np.sqrt(total)


def weighted_shares(classes: np.ndarray, distance: np.ndarray, num_classes: int) -> np.ndarray:
    """Return the shares of classes by inverse distance, (n, num_classes) float64.

    Args:
        classes, distance: (n, k), of the neighbours; in a row with distances of 0 only these count, alike.
    """
    equal = distance == 0
    inverse = 1 / np.where(equal, 1, distance.astype(np.float64))
    weights = np.where(equal.any(axis=1, keepdims=True), equal, inverse)
    weights /= weights.sum(axis=1, keepdims=True)
    flat = np.arange(len(classes))[:, None] * num_classes + classes
    size = len(classes) * num_classes
    return np.bincount(flat.ravel(), weights.ravel(), minlength=size).reshape(-1, num_classes)
