"""Selection of a solver's settings on validation signals: attacked training images outside the dictionary."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .classifier import BlockSparseClassifier
from .joint_dictionary import JointDictionary, checked_labels
from .solvers import Solver


@dataclass(frozen=True)
class SelectedSolver:
    """Best candidate, and the accuracies of all candidates.

    Attributes:
        solver: the candidate of highest class accuracy, then attack accuracy, then the first.
        class_accuracy, attack_accuracy: accuracies of each candidate, in [0, 1], (candidates,).
    """

    solver: Solver
    class_accuracy: np.ndarray
    attack_accuracy: np.ndarray


def select_solver(
    joint: JointDictionary,
    candidates: Sequence[Solver],
    signals: np.ndarray,
    labels: np.ndarray,
    attacks: np.ndarray,
) -> SelectedSolver:
    """Return the best candidate on validation signals (n, d).

    Args:
        labels, attacks: true class and attack family of each signal, (n,); family -1 means not attacked and
            does not count in the attack accuracy.

    Raises:
        ValueError: no candidate or no signal, or labels or attacks that do not fit.
    """
    if not candidates or not len(signals):
        raise ValueError(
            f"got {len(candidates)} candidates and {len(signals)} signals; expected one or more of each"
        )
    labels = checked_labels(labels, len(signals), joint.layout.classes)
    attacks = checked_labels(np.asarray(attacks) + 1, len(signals), joint.layout.attacks + 1) - 1
    attacked = attacks >= 0
    right, recognised = np.zeros(len(candidates)), np.zeros(len(candidates))
    for n, solver in enumerate(candidates):
        found = BlockSparseClassifier(joint, solver).classify(signals)
        right[n] = (found.labels == labels).mean()
        recognised[n] = (found.attacks == attacks)[attacked].mean() if attacked.any() else 0.0
    best = max(range(len(candidates)), key=lambda n: (right[n], recognised[n], -n))
    return SelectedSolver(candidates[best], right, recognised)
