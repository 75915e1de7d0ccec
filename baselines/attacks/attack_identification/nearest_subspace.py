"""Nearest subspace: each class is spanned by the first singular directions of its images, uncentred.

``label(x) = argmin_i ||x - U_i U_i^T x||``, U_i the k leading left singular vectors of the class's images.
"""

from dataclasses import dataclass

import numpy as np

from .signals import checked_signals, checked_training

RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class ClassSubspaces:
    """Orthonormal bases of the classes, each (d, k) or narrower where a class has lower rank."""

    bases: tuple[np.ndarray, ...]

    @classmethod
    def fit(cls, images: np.ndarray, labels: np.ndarray, classes: int, directions: int) -> "ClassSubspaces":
        """Span each class by its leading `directions`, fewer where its images have lower rank.

        Raises:
            ValueError: images or labels that do not fit, or fewer than one direction.
        """
        rows, y = checked_training(images, labels, classes)
        if directions < 1:
            raise ValueError(f"directions is {directions}; expected 1 or more")
        return cls(tuple(_leading(rows[y == label], directions) for label in range(classes)))

    def residual_norms(self, signals: np.ndarray) -> np.ndarray:
        """Return the distance of each signal from each class's subspace, (n, classes)."""
        x = checked_signals(signals, self.bases[0].shape[0])
        return np.stack([np.linalg.norm(x - (x @ basis) @ basis.T, axis=1) for basis in self.bases], axis=1)

    def classify(self, signals: np.ndarray) -> np.ndarray:
        """Return the class of the nearest subspace, int64 (n,)."""
        return self.residual_norms(signals).argmin(axis=1).astype(np.int64)

    def residuals(self, signals: np.ndarray) -> np.ndarray:
        """Return the residual of each signal from its nearest subspace, (n, d)."""
        x = checked_signals(signals, self.bases[0].shape[0])
        chosen, left = self.classify(x), x.copy()
        for label, basis in enumerate(self.bases):
            mine = chosen == label
            left[mine] -= (x[mine] @ basis) @ basis.T
        return left


def _leading(images: np.ndarray, directions: int) -> np.ndarray:
    _left, values, right = np.linalg.svd(images, full_matrices=False)
    kept = values > RANK_TOLERANCE * max(values[0], np.finfo(float).tiny)
    return right[kept][:directions].T
