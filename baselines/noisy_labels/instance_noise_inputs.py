"""Inputs of the kernel of instance-dependent noise: real images, and all random numbers drawn beforehand."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from harness.data.access import DataAccess
from harness.data.datasets import locate, open_dataset
from harness.seeds import stream

CLASSES, RATE, SPREAD = 10, 0.4, 0.1
HERE = ("data root", "cache", "bundled")


@dataclass(frozen=True)
class InstanceNoiseInputs:
    """Images of a case and its random numbers.

    Attributes:
        rows: (n, d) float32 in 0..1.
        targets: (n,) int64.
        rates: (n,) float64, probability of a wrong label.
        projections: (classes, d, classes) float32.
        uniform: (n,) float64 in [0, 1).
    """

    rows: np.ndarray
    targets: np.ndarray
    rates: np.ndarray
    projections: np.ndarray
    uniform: np.ndarray


def is_here(name: str) -> bool:
    """Return whether a data set can be opened without a download."""
    return locate(name, DataAccess.from_environment()).status in HERE


@lru_cache(maxsize=1)
def _images(name: str) -> tuple[np.ndarray, np.ndarray]:
    data = open_dataset(name, DataAccess.from_environment())
    images: np.ndarray = data.images  # type: ignore[attr-defined]
    targets: np.ndarray = data.targets  # type: ignore[attr-defined]
    return images, targets


def noise_inputs(name: str, count: int, seed: int) -> InstanceNoiseInputs:
    """Return the first `count` images of a data set, with rates around 0.4 and projections of a seed."""
    images, targets = _images(name)
    rows = (images[:count].reshape(count, -1) / np.float32(255)).astype(np.float32)
    random = stream("instance-dependent noise", name, count, seed)
    rates = np.clip(random.normal(RATE, SPREAD, count), 0, 1)
    projections = random.standard_normal((CLASSES, rows.shape[1], CLASSES), np.float32)
    return InstanceNoiseInputs(rows, np.array(targets[:count], np.int64), rates, projections, random.random(count))
