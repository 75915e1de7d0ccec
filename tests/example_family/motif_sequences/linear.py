"""Logistic regression on features of a sequence, which all contenders of this package end with."""

from collections.abc import Callable

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from motif_sequences.arrays import SequenceSet

Features = Callable[[np.ndarray], np.ndarray]
"""(n, steps) -> (n, features)."""


class LinearModel:
    """A model on features: learned from `train` at once, then asked for log-probabilities."""

    def __init__(self, features: Features, train: SequenceSet, strength: float) -> None:
        self.features = features
        self.regression = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=1000))
        self.regression.fit(features(train.values), train.targets)
        self.num_parameters = int(self.regression[-1].coef_.size)
        self.facts = {"steps": train.values.shape[1]}  # the record keeps them

    def predict(self, sequences: SequenceSet) -> np.ndarray:
        """Return log-probabilities (n, classes)."""
        return np.asarray(self.regression.predict_log_proba(self.features(sequences.values)))
