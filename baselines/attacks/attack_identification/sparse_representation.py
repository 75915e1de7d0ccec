"""Sparse-representation classification (Wright et al. 2009): l1 coding over all images, least class residual.

``min_c 1/2 ||x - D c||^2 + alpha max |D^T x| ||c||_1``, unit columns D, then the class whose coefficients alone
explain the signal best. Unlike the block-sparse methods nothing ties the images of a class together.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso

from .signals import checked_signals, checked_training


@dataclass(frozen=True)
class SparseRepresentation:
    """Training images as unit columns.

    Attributes:
        atoms: D, (d, images); a zero image stays a zero column.
        labels: class of each column.
        classes: number of classes.
        alpha: penalty relative to the least one that gives zero, in (0, 1).
        iterations: limit of coordinate descent; a warning has the number of signals that reach it.
    """

    atoms: np.ndarray
    labels: np.ndarray
    classes: int
    alpha: float
    iterations: int = 2000

    @classmethod
    def fit(
        cls, images: np.ndarray, labels: np.ndarray, classes: int, alpha: float = 0.05
    ) -> "SparseRepresentation":
        """Return a classifier whose dictionary is the images.

        Raises:
            ValueError: images or labels that do not fit, or alpha outside (0, 1).
        """
        rows, y = checked_training(images, labels, classes)
        if not 0 < alpha < 1:
            raise ValueError(f"alpha is {alpha}; expected a number in (0, 1)")
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return cls(np.asfortranarray((rows / np.where(norms > 0, norms, 1)).T), y, classes, alpha)

    def codes(self, signals: np.ndarray) -> np.ndarray:
        """Return the l1 codes, (n, images); zero for a signal without correlated images."""
        x = checked_signals(signals, len(self.atoms))
        found = np.zeros((len(x), self.atoms.shape[1]))
        largest = np.abs(x @ self.atoms).max(axis=1, initial=0.0)
        unfinished = 0
        for n in np.flatnonzero(largest > 0):
            # scikit-learn divides the squared error by d.
            model = Lasso(self.alpha * largest[n] / len(self.atoms), fit_intercept=False, max_iter=self.iterations)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                found[n] = model.fit(self.atoms, x[n]).coef_
            unfinished += model.n_iter_ >= self.iterations
        if unfinished:
            warnings.warn(
                f"{unfinished} of {len(x)} signals stopped at {self.iterations} iterations; raise alpha or it",
                ConvergenceWarning,
                stacklevel=2,
            )
        return found

    def classify(self, signals: np.ndarray) -> np.ndarray:
        """Return the class whose images alone explain each signal best, int64 (n,)."""
        x, codes = checked_signals(signals, len(self.atoms)), self.codes(signals)
        left = [
            np.linalg.norm(x - codes[:, self.labels == label] @ self.atoms[:, self.labels == label].T, axis=1)
            for label in range(self.classes)
        ]
        return np.argmin(left, axis=0).astype(np.int64)
