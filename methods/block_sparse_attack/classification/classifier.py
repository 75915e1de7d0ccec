"""SBSC, SBSAD and SBSC + network: class, attack family and clean signal from one joint coding."""

from dataclasses import dataclass, field

import numpy as np
from torch import nn

from harness.protocols.attacks.adversary.training import predicted_labels

from .joint_dictionary import JointDictionary
from .solvers import Greedy, Solver


@dataclass(frozen=True)
class Classification:
    """Predictions for some signals; the first axis counts signals.

    Attributes:
        labels: SBSC's class, int64 (n,).
        attacks: SBSAD's family, an index into the joint dictionary's families, (n,); meaningless for a signal
            that was not attacked.
        denoised: ``D_s[i^] c_s[i^]``, (n, d); not clipped to the box.
        codes: (n, p).
        attack_energy: ``||D_a c_a|| / ||x'||``, (n,).
        gaps: certified relative gaps, (n,); NaN for heuristics.
        undecided: whether all codes are zero, so that class and family are the first ones by default, (n,).
    """

    labels: np.ndarray
    attacks: np.ndarray
    denoised: np.ndarray
    codes: np.ndarray
    attack_energy: np.ndarray
    gaps: np.ndarray
    undecided: np.ndarray


@dataclass(frozen=True)
class BlockSparseClassifier:
    """Structured block-sparse classifier and attack detector."""

    joint: JointDictionary
    solver: Solver = field(default_factory=Greedy)

    def classify(self, signals: np.ndarray) -> Classification:
        """Return the predictions for signals (n, d), which are not normalised; an empty batch has an empty result.

        Raises:
            ValueError: a signal that does not fit, is not finite, or is zero: zero has no class.
            InfeasibleError: a constrained solver cannot represent a signal.
        """
        x = self.joint.dictionary.checked_signals(signals)
        zero = np.flatnonzero(~x.any(axis=1))
        if len(zero):
            raise ValueError(f"signals: row {zero[0]} is zero; expected signals with a class")
        found = self.solver.decisions(self.joint, x)
        codes = np.array([f.decision.codes for f in found]).reshape(len(x), self.joint.dictionary.groups.columns)
        return Classification(
            labels=np.array([f.decision.label for f in found], np.int64),
            attacks=np.array([f.decision.attack for f in found], np.int64),
            denoised=np.array([f.decision.denoised for f in found]).reshape(x.shape),
            codes=codes,
            attack_energy=self.joint.attack_energy(x, codes),
            gaps=np.array([f.gap for f in found], np.float64),
            undecided=(codes == 0).all(axis=1),
        )


def network_labels(network: nn.Module, classification: Classification) -> np.ndarray:
    """Return the classes that the undefended network predicts for the denoised signals (SBSC + network), (n,)."""
    return predicted_labels(network, classification.denoised)
