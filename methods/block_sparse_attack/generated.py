"""Generated images with the coherence of digits and of the perturbations that attacks add to them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

SIDE = 28
CLASSES = 10
FAMILIES = 3  # perturbations bounded in l1, l2 and linf


@dataclass(frozen=True)
class AttackedImages:
    """Generated joint dictionary, and signals that it should explain.

    Attributes:
        atoms: float64 (784, 40 m) in Fortran order, unit columns: m images of each of ten classes, then m
            perturbations of each (family, class), family-major.
        signals: held-out attacked images in [0, 1], (signals, 784).
    """

    atoms: np.ndarray
    signals: np.ndarray


def attacked_images(atoms_per_group: int, signals: int, seed: int) -> AttackedImages:
    """Draw a dictionary of ``40 atoms_per_group`` columns and some signals; the same for the same seed."""
    atoms, strokes, gradients = _dictionary(atoms_per_group, seed)
    random = np.random.default_rng([seed, atoms_per_group, 1])
    held_out = [_attacked(random, strokes, gradients) for _ in range(signals)]
    return AttackedImages(atoms, np.array(held_out).reshape(signals, SIDE * SIDE))


@lru_cache(maxsize=1)  # cases of one size follow each other
def _dictionary(atoms_per_group: int, seed: int) -> tuple[np.ndarray, list[np.ndarray], list[list[np.ndarray]]]:
    """Return the atoms, the strokes of the classes and the gradients of the (family, class) pairs."""
    random = np.random.default_rng([seed, atoms_per_group])
    strokes = [_strokes(random) for _ in range(CLASSES)]
    gradients = [[_smooth(random, 1, 1.2)[0] for _ in range(CLASSES)] for _ in range(FAMILIES)]
    images = [_images(random, strokes[c], atoms_per_group) for c in range(CLASSES)]
    blocks = [*images]
    for family in range(FAMILIES):
        blocks += [_perturbations(random, family, gradients[family][c], images[c]) for c in range(CLASSES)]
    atoms = np.concatenate(blocks).T
    norms = np.linalg.norm(atoms, axis=0)
    return np.asfortranarray(atoms / np.where(norms > 0, norms, 1)), strokes, gradients


def _attacked(
    random: np.random.Generator, strokes: list[np.ndarray], gradients: list[list[np.ndarray]]
) -> np.ndarray:
    label, family = random.integers(CLASSES), random.integers(FAMILIES)
    image = _images(random, strokes[label], 1)
    return (image + _perturbations(random, int(family), gradients[family][label], image))[0]


def _smooth(random: np.random.Generator, count: int, width: float) -> np.ndarray:
    """Return smooth random fields of unit variance, (count, 784)."""
    from scipy.ndimage import gaussian_filter

    fields = gaussian_filter(random.normal(size=(count, SIDE, SIDE)), (0, width, width)).reshape(count, -1)
    return fields / fields.std()


def _strokes(random: np.random.Generator) -> np.ndarray:
    """Return the points of a class's pen stroke, (points, 2), a smooth walk around the centre."""
    walk = np.cumsum(np.cumsum(random.normal(size=(40, 2)), axis=0), axis=0)
    walk = (walk - walk.mean(axis=0)) / np.abs(walk - walk.mean(axis=0)).max()
    return SIDE / 2 + 8.5 * walk


def _images(random: np.random.Generator, stroke: np.ndarray, count: int) -> np.ndarray:
    """Return images in [0, 1] of a stroke under random affine maps, bends and widths, (count, 784)."""
    from scipy.spatial.distance import cdist

    grid = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij"), -1).reshape(-1, 2).astype(float)
    images = np.empty((count, SIDE * SIDE))
    centred = (stroke - SIDE / 2)[None]
    maps = np.eye(2) + 0.18 * random.normal(size=(count, 2, 2))
    phase = np.linspace(0, np.pi, len(stroke))
    for n in range(count):
        bend = sum(random.normal(size=2) * np.sin((k + 1) * phase)[:, None] for k in range(4))
        points = centred[0] @ maps[n] + bend + SIDE / 2 + random.normal(size=2)
        nearest = cdist(grid, points, "sqeuclidean").min(axis=1)
        images[n] = np.clip(1.6 * np.exp(-nearest / (2 * random.uniform(0.9, 1.5) ** 2)) - 0.15, 0, 1)
    return images


def _perturbations(
    random: np.random.Generator, family: int, gradient: np.ndarray, images: np.ndarray
) -> np.ndarray:
    """Return changes of images of one class by an attack of a family, within the box [0, 1]."""
    count = len(images)
    own = gradient + 1.1 * _smooth(random, count, 1.2) + 0.5 * random.normal(size=images.shape)
    if family == 0:
        threshold = np.sort(np.abs(own), axis=1)[:, -32:-31]
        change = np.where(np.abs(own) >= threshold, 0.45 * np.sign(own), 0.0)
    elif family == 1:
        change = 2 * own / np.linalg.norm(own, axis=1, keepdims=True)
    else:
        change = 0.3 * np.sign(own)
    return np.clip(images + change, 0, 1) - images
