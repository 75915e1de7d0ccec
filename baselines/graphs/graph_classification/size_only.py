"""Control: prediction from the numbers of nodes and edges alone, by a linear support vector machine.

Scores become probabilities by Platt's scaling (Platt 1999) on the validation graphs, as the common tuning rule
compares validation log-likelihoods.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.graphs.arrays import GraphSet
from harness.protocols.graphs.graph_classification import GraphClassifier
from harness.protocols.graphs.training.training_settings import search_size

PENALTIES = (1.0, 0.01, 10.0, 0.1, 100.0, 0.001, 0.3, 3.0)


@dataclass(frozen=True)
class SizeOnlySettings(Settings):
    """Settings of the support vector machine.

    Attributes:
        penalty: C, the weight of the hinge losses.

    Raises:
        ValueError: the penalty is not positive.
    """

    penalty: float = 1.0

    def __post_init__(self) -> None:
        if not self.penalty > 0:
            raise ValueError(f"penalty = {self.penalty!r}: expected a positive number")


@dataclass(frozen=True)
class PlattScaling:
    """Class probabilities from one-against-rest margins: sigmoid(slope * margin + intercept), normalised.

    Shapes: slope and intercept (C,).
    """

    slope: np.ndarray
    intercept: np.ndarray

    @classmethod
    def fit(cls, margins: np.ndarray, targets: np.ndarray) -> "PlattScaling":
        """Fit to margins (n, C) and classes (n,), with Platt's smoothed targets: a class may be missing."""
        from scipy.optimize import minimize

        fitted = []
        for label, margin in enumerate(margins.T):
            positive = targets == label
            high, low = (positive.sum() + 1) / (positive.sum() + 2), 1 / ((~positive).sum() + 2)
            smoothed = np.where(positive, high, low)

            def loss(weights: np.ndarray, m: np.ndarray = margin, t: np.ndarray = smoothed) -> float:
                logits = weights[0] * m + weights[1]
                return float(np.mean(np.logaddexp(0.0, logits) - t * logits))

            fitted.append(minimize(loss, np.array([1.0, 0.0]), method="BFGS").x)
        slope, intercept = np.array(fitted).T
        return cls(slope, intercept)

    def log_probabilities(self, margins: np.ndarray) -> np.ndarray:
        """Return normalised log-probabilities, (n, C)."""
        log_sigmoid = -np.logaddexp(0.0, -(margins * self.slope + self.intercept))
        return log_sigmoid - np.logaddexp.reduce(log_sigmoid, axis=1, keepdims=True)


@dataclass(frozen=True)
class SizeModel:
    """Standardisation, machine and scaling. `classes` are those in its training graphs."""

    centre: np.ndarray
    scale: np.ndarray
    machine: Any
    num_classes: int
    scaling: PlattScaling

    @property
    def num_parameters(self) -> int:
        """Number of weights and biases of the machine and of the scaling."""
        machine = 0 if self.machine is None else self.machine.coef_.size + self.machine.intercept_.size
        return machine + self.scaling.slope.size + self.scaling.intercept.size

    def predict(self, graphs: GraphSet) -> np.ndarray:
        """Return log-probabilities, (n, C)."""
        standardised = (sizes(graphs) - self.centre) / self.scale
        return self.scaling.log_probabilities(_margins(self.machine, standardised, self.num_classes))


class SizeOnly(GraphClassifier):
    """Node and edge counts, a linear support vector machine, Platt's scaling."""

    settings: SizeOnlySettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[SizeOnlySettings]:
        return [SizeOnlySettings(penalty) for penalty in PENALTIES[: search_size(profile)]]

    def fit(self, train: GraphSet, valid: GraphSet, context: Context) -> SizeModel:
        from sklearn.svm import SVC

        if train.targets is None or valid.targets is None or not len(train) or not len(valid):
            raise ValueError(
                f"{len(train)} train and {len(valid)} valid graphs: expected some of each, with targets"
            )
        features = sizes(train)
        centre, scale = features.mean(axis=0), features.std(axis=0)
        scale[scale == 0] = 1.0
        machine = None
        if len(np.unique(train.targets)) > 1:
            machine = SVC(kernel="linear", C=self.settings.penalty, decision_function_shape="ovr")
            machine.fit((features - centre) / scale, train.targets)
        margins = _margins(machine, (sizes(valid) - centre) / scale, train.num_classes)
        scaling = PlattScaling.fit(margins, np.asarray(valid.targets))
        return SizeModel(centre, scale, machine, train.num_classes, scaling)


def sizes(graphs: GraphSet) -> np.ndarray:
    """Return the numbers of nodes and of undirected edges of each graph, (n, 2) float64."""
    collection = graphs.collection
    return np.stack([collection.num_nodes[graphs.index], collection.num_edges[graphs.index]], axis=1).astype(float)


def _margins(machine: Any, features: np.ndarray, num_classes: int) -> np.ndarray:
    """Return one-against-rest margins (n, C); 0 for a class without training graphs."""
    margins = np.zeros((len(features), num_classes))
    if machine is None:
        return margins
    decided = machine.decision_function(features)
    if decided.ndim == 1:
        decided = np.stack([-decided, decided], axis=1)
    margins[:, machine.classes_] = decided
    return margins
