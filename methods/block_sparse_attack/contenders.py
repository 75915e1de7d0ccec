"""SBSC, SBSAD and BSC as contenders of attack identification, one class a solver.

`sbsc*` code a signal in images and attacks together: class by SBSC, attack family by SBSAD. `bsc` has the images
only and identifies no attacks. Searched settings are the specification's grids; the protocol chooses on validation.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.attacks.adversary.training import predicted_labels
from harness.protocols.attacks.attack_identification import AttackIdentifier
from harness.protocols.attacks.signals import Identification, Known, LabelledSignals
from methods.block_sparse_attack.classification.classifier import BlockSparseClassifier
from methods.block_sparse_attack.classification.joint_dictionary import JointDictionary
from methods.block_sparse_attack.classification.signal_only import SignalOnlyClassifier
from methods.block_sparse_attack.classification.solvers import ALPHAS, Ball, Convex, Greedy, Solver

RADII = {
    "smoke": (0.4,),
    "standard": (0.2,),
    "paper": (0.2, 0.1, 0.4),
}  # each radius needs a search for its penalty


@dataclass(frozen=True)
class GreedySettings(Settings):
    """Settings of the published active-set homotopy, which chooses its penalties itself.

    Attributes:
        iterations: limit of outer iterations.
        mixing: share of the norm term in the penalty.
        tol: relative gap of the restricted problems.
    """

    iterations: int = 4
    mixing: float = 0.99
    tol: float = 1e-6


@dataclass(frozen=True)
class OrthonormalSettings(Settings):
    """Settings of our variant of the homotopy; `share` is the penalty relative to the published one."""

    share: float
    iterations: int = 4
    mixing: float = 0.99
    tol: float = 1e-6


@dataclass(frozen=True)
class ConvexSettings(Settings):
    """Penalties relative to the least that give zero, and the certified relative gap."""

    alpha: float
    tol: float = 1e-3


@dataclass(frozen=True)
class RadiusSettings(Settings):
    """Radius of the ball around a signal, relative to the mean length of the dictionary's images.

    The published radius of BSC, 5 for digits of 28 x 28 pixels, is 0.54 of their length. The residual norm has
    relative accuracy `tol`; the intermediate penalised problems are solved to the relative gap `gap`.
    """

    share: float
    tol: float = 1e-2
    gap: float = 1e-4


@dataclass
class BlockSparseModel:
    """Joint dictionary with a solver, as a model.

    Attributes:
        undefended: network that classifies the denoised signals (SBSC + network), or None.
        facts: flag with the number of signals whose codes are all zero, if any.
    """

    classifier: BlockSparseClassifier
    undefended: Any = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def num_parameters(self) -> int:
        """Entries of the dictionary."""
        return int(self.classifier.joint.dictionary.atoms.size)

    def identify(self, signals: np.ndarray) -> Identification:
        """Return class, attack family, clean signal, attack energy and gap of signals (n, d)."""
        found = self.classifier.classify(signals)
        undecided = int(found.undecided.sum())
        if undecided:
            self.facts["flags"] = [f"{undecided} of {len(signals)} signals had codes of zero: class 0 by default"]
        labels = found.labels
        if self.undefended is not None:
            labels = predicted_labels(self.undefended, found.denoised)
        return Identification(labels, found.attacks, found.denoised, found.attack_energy, found.gaps)


class BlockSparse(AttackIdentifier):
    """Base of the contenders on the joint dictionary."""

    streams = ()
    uses_attacks: ClassVar[bool] = True

    @abstractmethod
    def solver(self, known: Known) -> Solver:
        """Return the solver of this configuration."""

    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> BlockSparseModel:
        """Return a model with the dictionary; nothing is learned."""
        return BlockSparseModel(BlockSparseClassifier(joint_dictionary(known), self.solver(known)))


class SBSC(BlockSparse):
    """SBSC by the greedy homotopy, the solver of the published experiments."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (GreedySettings(),)

    def solver(self, known: Known) -> Solver:
        return Greedy(self.settings.iterations, self.settings.mixing, self.settings.tol)


class SBSCNetwork(SBSC):
    """Contender SBSC + network: the undefended network on the denoised signal."""

    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> BlockSparseModel:
        model = super().fit(known, valid, context)
        model.undefended = known.network.build()
        return model


class SBSCOrthonormal(BlockSparse):
    """Our variant of SBSC: the homotopy selects blocks by orthonormal bases, its penalty on validation."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        shares = (1.0, 0.1) if profile == "smoke" else (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001)
        return tuple(OrthonormalSettings(share) for share in shares)

    def solver(self, known: Known) -> Solver:
        s = self.settings
        return Greedy(s.iterations, s.mixing, s.tol, s.share, orthonormal=True)


class SBSCConvex(BlockSparse):
    """SBSC by the penalised convex program over all blocks, solved to a certified gap."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        """Return the specification's grid; the smallest value, a slow one, in the paper profile only."""
        if profile == "paper":
            return tuple(ConvexSettings(alpha, tol=1e-6) for alpha in ALPHAS)
        return tuple(ConvexSettings(alpha) for alpha in ALPHAS[: 2 if profile == "smoke" else 5])

    def solver(self, known: Known) -> Solver:
        return Convex(self.settings.alpha, tol=self.settings.tol)


class SBSCBall(BlockSparse):
    """SBSC by the convex program with a ball around the signal."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        if profile == "paper":
            return tuple(RadiusSettings(share) for share in RADII[profile])
        return tuple(RadiusSettings(share, tol=3e-2, gap=1e-3) for share in RADII[profile])

    def solver(self, known: Known) -> Solver:
        return Ball(self.settings.share * mean_length(known), self.settings.tol, self.settings.gap)


@dataclass
class SignalOnlyModel:
    """BSC with its dictionary of clean images."""

    classifier: SignalOnlyClassifier
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def num_parameters(self) -> int:
        """Entries of the dictionary."""
        return int(self.classifier.signals.atoms.size)

    def identify(self, signals: np.ndarray) -> Identification:
        """Return the class and the part of the chosen class of signals (n, d)."""
        found = self.classifier.classify(signals)
        undecided = int(found.undecided.sum())
        if undecided:
            self.facts["flags"] = [f"{undecided} of {len(signals)} balls held zero: class 0 by default"]
        groups = self.classifier.signals.groups
        denoised = np.array(
            [
                self.classifier.signals.block(label) @ codes[groups.slice(label)]
                for label, codes in zip(found.labels, found.codes, strict=True)
            ]
        ).reshape(np.shape(signals))
        return Identification(found.labels, denoised=denoised)


class BSC(AttackIdentifier):
    """BSC: block-sparse classification by the images alone."""

    streams = ()

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        shares = (0.54, 0.3, 0.2, 0.4)[: {"smoke": 1, "standard": 2, "paper": 4}[profile]]
        return tuple(RadiusSettings(share) for share in shares)

    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> SignalOnlyModel:
        """Return a model with the dictionary; nothing is learned."""
        radius = self.settings.share * mean_length(known)
        return SignalOnlyModel(
            SignalOnlyClassifier(joint_dictionary(known).signals, radius, self.settings.tol, self.settings.gap)
        )


def joint_dictionary(known: Known) -> JointDictionary:
    """Return the joint dictionary of the defender's knowledge."""
    given = known.dictionary
    return JointDictionary.of(given.images, given.labels, given.changes, known.num_classes, known.families)


def mean_length(known: Known) -> float:
    """Return the mean l2 norm of the dictionary's images."""
    return float(np.linalg.norm(known.dictionary.images, axis=1).mean())
