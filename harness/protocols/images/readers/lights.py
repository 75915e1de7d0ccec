"""Lights of photographs that show every subject under the same lights in one order; some may be missing."""

import numpy as np


def recognised_lights(images: np.ndarray, subjects: np.ndarray) -> np.ndarray:
    """Return the number of the light of each image, from 0, (n,).

    The photographs of a subject that has them all number the lights. Those of another subject get, in their order,
    the numbers under which they are most like the mean face of each light (sum of correlations, found by dynamic
    programming).

    Args:
        images: (n, h, w), a subject's images in the order of the lights.
        subjects: subject of each image, (n,), from 0.
    """
    counts = np.bincount(subjects)
    rows = _standardised(images.reshape(len(images), -1))
    whole = [rows[subjects == subject] for subject in np.flatnonzero(counts == counts.max())]
    faces = _standardised(np.mean(whole, axis=0))  # (lights, d)
    numbers = np.zeros(len(images), np.int64)
    for subject in np.flatnonzero(counts):
        mine = np.flatnonzero(subjects == subject)
        numbers[mine] = _best_increasing(rows[mine] @ faces.T)
    return numbers


def _standardised(rows: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=-1, keepdims=True, dtype=np.float64)
    return centred / np.maximum(np.linalg.norm(centred, axis=-1, keepdims=True), 1e-9)


def _best_increasing(likeness: np.ndarray) -> np.ndarray:
    """Return the strictly increasing columns, one a row, of the largest sum; (k, lights) with k <= lights."""
    k, lights = likeness.shape
    best = np.full((k + 1, lights + 1), -np.inf)  # of the first i images and j lights
    best[0] = 0
    for i in range(1, k + 1):
        for j in range(i, lights + 1):
            best[i, j] = max(best[i, j - 1], best[i - 1, j - 1] + likeness[i - 1, j - 1])
    chosen, i = np.zeros(k, np.int64), k
    for j in range(lights, 0, -1):
        if i and best[i, j] > best[i, j - 1]:
            i -= 1
            chosen[i] = j - 1
    return chosen


def shared_lights_first(
    lights: np.ndarray, subjects: np.ndarray, shared: int, random: np.random.Generator
) -> np.ndarray:
    """Return an order of the images, (n,): by subject, each first under the same `shared` lights in one order.

    These are drawn among the lights under which every subject was photographed. A subject's other images follow in
    random order, each subject's by itself.

    Raises:
        ValueError: fewer such lights.
    """
    photographed = np.zeros((int(subjects.max()) + 1, int(lights.max()) + 1), bool)
    photographed[subjects, lights] = True
    common = np.flatnonzero(photographed.all(axis=0))
    if len(common) < shared:
        raise ValueError(f"expected {shared} lights under which every subject was photographed, got {len(common)}")
    place = np.full(photographed.shape[1], np.inf)
    place[random.permutation(common)[:shared]] = np.arange(shared)
    return np.lexsort((random.random(len(lights)), place[lights], subjects))
