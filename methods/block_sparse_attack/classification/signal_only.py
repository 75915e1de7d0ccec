"""BSC: block-sparse classification by the signal dictionary, ``min sum ||c_i||`` in a ball around the signal.

The residual, within the radius, holds the part that clean images do not explain; the class is that of the block
with the least residual.
"""

from dataclasses import dataclass

import numpy as np

from ..recovery.ball_batch import ball_programs, span_distances
from ..recovery.dictionary import Dictionary

SLACK = 1e-3  # relative room beyond the nearest point of the span, where the multiplier would be unbounded


@dataclass(frozen=True)
class SignalClassification:
    """Predictions for some signals; the first axis counts signals.

    Attributes:
        labels: int64 (n,).
        codes: (n, r m).
        residuals: ``x - D_s c``, (n, d).
        radii: radii of the balls, (n,); larger than the setting where the span is farther away.
        undecided: whether the ball holds zero, so that all codes are zero and the label is the first, (n,).
    """

    labels: np.ndarray
    codes: np.ndarray
    residuals: np.ndarray
    radii: np.ndarray
    undecided: np.ndarray


@dataclass(frozen=True)
class SignalOnlyClassifier:
    """Block-sparse classifier with one group of `signals` a class.

    Attributes:
        signals: dictionary D_s of clean images.
        radius: radius of the ball, positive; 5 is the published one for digits of 28 x 28 pixels.
        tol: relative accuracy of the residual norm.
        gap: relative gap of the intermediate penalised problems.

    Raises:
        ValueError: a radius that is not positive.
    """

    signals: Dictionary
    radius: float = 5.0
    tol: float = 1e-4
    gap: float = 1e-9

    def __post_init__(self) -> None:
        if not 0 < self.radius < np.inf:
            raise ValueError(f"radius is {self.radius}; expected a positive finite number")

    def classify(self, signals: np.ndarray) -> SignalClassification:
        """Return the predictions for signals (n, d); an empty batch has an empty result.

        Raises:
            ValueError: a signal that does not fit, or is not finite.
        """
        x = self.signals.checked_signals(signals)
        radii = np.full(len(x), self.radius)
        outside = np.linalg.norm(x, axis=1) > self.radius  # zero satisfies the others already
        if outside.any():
            radii[outside] = np.maximum(self.radius, (1 + SLACK) * span_distances(self.signals, x[outside]))
        codes = ball_programs(self.signals, x, radii, tol=self.tol, gap=self.gap).codes
        return SignalClassification(
            self._labels(x, codes), codes, x - codes @ self.signals.rows, radii, (codes == 0).all(axis=1)
        )

    def _labels(self, x: np.ndarray, codes: np.ndarray) -> np.ndarray:
        groups = self.signals.groups
        left = [
            np.linalg.norm(x - codes[:, groups.slice(g)] @ self.signals.block(g).T, axis=1)
            for g in range(groups.count)
        ]
        return np.argmin(left, axis=0).astype(np.int64)
