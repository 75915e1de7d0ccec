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


def split_by_lights(
    lights: np.ndarray, subjects: np.ndarray, train: int, valid: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the training, validation and test images: the same lights of every subject train, and validate.

    Lights are drawn among those under which every subject was photographed; the test images are all others.

    Raises:
        ValueError: too few such lights, or a subject without an image under another light.
    """
    photographed = np.zeros((int(subjects.max()) + 1, int(lights.max()) + 1), bool)
    photographed[subjects, lights] = True
    common = np.flatnonzero(photographed.all(axis=0))
    if min(len(common), photographed.sum(axis=1).min() - 1) < train + valid:
        raise ValueError(
            f"every subject needs more than {train + valid} items, {train + valid} of them under lights that all "
            f"subjects have; the smallest has {photographed.sum(axis=1).min()}, {len(common)} lights are common"
        )
    drawn = random.permutation(common)
    learned = np.isin(lights, drawn[:train])
    selected = np.isin(lights, drawn[train : train + valid])
    return np.flatnonzero(learned), np.flatnonzero(selected), np.flatnonzero(~(learned | selected))
