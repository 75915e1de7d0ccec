"""Softmax regression on features of a sequence, which all contenders of this package end with."""

from collections.abc import Callable

import numpy as np

from motif_sequences.arrays import SequenceSet

Features = Callable[[np.ndarray], np.ndarray]
"""(n, steps) -> (n, features)."""
ITERATIONS = 300


class LinearModel:
    """Softmax regression on standardised features, fitted to `train` by gradient descent with an l2 `penalty`."""

    def __init__(self, features: Features, train: SequenceSet, penalty: float) -> None:
        self.features = features
        given = features(train.values)
        self.centre, self.scale = given.mean(axis=0), given.std(axis=0) + 1e-9
        inputs, targets = self._inputs(train), np.eye(train.num_classes)[train.targets]
        self.weights = np.zeros((inputs.shape[1], train.num_classes))
        step = 1 / (penalty + 0.5 * np.linalg.norm(inputs, 2) ** 2 / len(inputs))  # 1 / bound of the curvature
        for _ in range(ITERATIONS):
            errors = np.exp(self._log_shares(inputs)) - targets
            self.weights -= step * (inputs.T @ errors / len(inputs) + penalty * self.weights)
        self.num_parameters = self.weights.size
        self.facts = {"steps": train.values.shape[1]}  # the record keeps them

    def predict(self, sequences: SequenceSet) -> np.ndarray:
        """Return log-probabilities (n, classes)."""
        return self._log_shares(self._inputs(sequences))

    def _log_shares(self, inputs: np.ndarray) -> np.ndarray:
        scores = inputs @ self.weights
        return scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)

    def _inputs(self, sequences: SequenceSet) -> np.ndarray:
        standardised = (self.features(sequences.values) - self.centre) / self.scale
        return np.hstack([standardised, np.ones((len(standardised), 1))])
