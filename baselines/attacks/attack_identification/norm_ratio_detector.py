"""The attack family by logistic regression on three features of the residual of a classifier of clean signals.

The features of a residual e are ``||e||_1 / ||e||_2``, ``||e||_inf / ||e||_2`` and the share of entries above 1e-3:
a dense, flat residual indicates linf, a sparse one l1. Any detector of attacks should be better than this one.
"""

from collections.abc import Callable

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SMALL = 1e-3


def norm_ratios(residuals: np.ndarray) -> np.ndarray:
    """Return the three features of each residual (n, d), (n, 3); a zero residual has zeros.

    Raises:
        ValueError: residuals that are not a finite matrix.
    """
    e = np.abs(np.asarray(residuals, np.float64))
    if e.ndim != 2 or not np.isfinite(e).all():
        raise ValueError(f"residuals have shape {e.shape}; expected finite (n, d)")
    length = np.linalg.norm(e, axis=1)
    divisor = np.where(length > 0, length, 1.0)
    largest = e.max(axis=1, initial=0.0)
    return np.stack([e.sum(axis=1) / divisor, largest / divisor, (e > SMALL).mean(axis=1)], axis=1)


class NormRatioRegression:
    """Logistic regression of the attack family on norm ratios.

    Attributes:
        residual_of: function from signals (n, d) to residuals (n, d) of a classifier of clean signals.
    """

    def __init__(self, residual_of: Callable[[np.ndarray], np.ndarray]) -> None:
        self.residual_of = residual_of
        self._regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        self._fitted = False

    def fit(self, signals: np.ndarray, attacks: np.ndarray) -> "NormRatioRegression":
        """Fit to attacked signals (n, d) and the index of the family of each, (n,).

        Raises:
            ValueError: another number of attacks than signals, or fewer than two families.
        """
        y = np.asarray(attacks)
        if y.shape != (len(signals),) or len(np.unique(y)) < 2:
            raise ValueError(
                f"attacks have shape {y.shape} and {len(np.unique(y))} families; "
                f"expected ({len(signals)},), 2 or more"
            )
        self._regression.fit(norm_ratios(self.residual_of(signals)), y)
        self._fitted = True
        return self

    def identify(self, signals: np.ndarray) -> np.ndarray:
        """Return the family of each signal, int64 (n,).

        Raises:
            RuntimeError: the call precedes `fit`.
        """
        if not self._fitted:
            raise RuntimeError("the detector has not been fitted; call fit first")
        if not len(signals):
            return np.zeros(0, np.int64)
        return np.asarray(self._regression.predict(norm_ratios(self.residual_of(signals))), np.int64)
