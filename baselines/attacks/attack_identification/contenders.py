"""Baselines of attack identification as contenders; all but the detector predict the class only.

Each contender with a setting searches four to six values of it, as the convex method does; the protocol chooses on
validation.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from baselines.attacks.attack_identification.denoising import DenoisedNetwork, PrincipalComponents, TotalVariation
from baselines.attacks.attack_identification.nearest_subspace import ClassSubspaces
from baselines.attacks.attack_identification.norm_ratio_detector import NormRatioRegression
from baselines.attacks.attack_identification.sparse_representation import SparseRepresentation
from baselines.attacks.attack_identification.undefended import UndefendedNetwork
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.attacks.attack_identification import AttackIdentifier
from harness.protocols.attacks.signals import Identification, Known, LabelledSignals

DIRECTIONS = (10, 25, 50, 15, 5, 3)


@dataclass(frozen=True)
class DirectionSettings(Settings):
    """Number of principal directions that span a class; fewer where its images have lower rank."""

    directions: int


@dataclass(frozen=True)
class PenaltySettings(Settings):
    """Penalty on the l1 norm, relative to the least that gives zero."""

    alpha: float


@dataclass(frozen=True)
class ComponentSettings(Settings):
    """Number of kept principal components of the clean training images, as a share of the pixels."""

    share: float


@dataclass(frozen=True)
class WeightSettings(Settings):
    """Weight of the total variation, and Chambolle steps."""

    weight: float
    iterations: int = 50


@dataclass
class Classified:
    """Classifier of signals as a model; `network` only where a network alone predicts the classes."""

    classify: Callable[[np.ndarray], np.ndarray]
    detect: Callable[[np.ndarray], np.ndarray] | None = None
    denoise: Callable[[np.ndarray], np.ndarray] | None = None
    network: Any = None

    def identify(self, signals: np.ndarray) -> Identification:
        """Return classes, and attack families or clean signals where the baseline predicts them."""
        return Identification(
            self.classify(signals),
            None if self.detect is None else self.detect(signals),
            None if self.denoise is None else self.denoise(signals),
        )


class Undefended(AttackIdentifier):
    """Contender: the undefended network alone."""

    streams = ()

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (Settings(),)

    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> Classified:
        network = known.network.build()
        return Classified(UndefendedNetwork(network).classify, network=network)


class NearestSubspace(AttackIdentifier):
    """Contender: the class whose subspace of principal directions is nearest to a signal."""

    streams = ()

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return tuple(DirectionSettings(directions) for directions in DIRECTIONS)

    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> Classified:
        return Classified(self.subspaces(known).classify)

    def subspaces(self, known: Known) -> ClassSubspaces:
        """Return the subspaces of the dictionary's images, which the block-sparse methods use too."""
        given = known.dictionary
        return ClassSubspaces.fit(given.images, given.labels, known.num_classes, self.settings.directions)


class NormRatioDetector(NearestSubspace):
    """Contender: the attack family by norm ratios of the residual, the class by the nearest subspace.

    The regression learns from the attacked validation signals: residuals of the dictionary's own images would be
    smaller than those of new ones.
    """

    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> Classified:
        subspaces = self.subspaces(known)
        detector = NormRatioRegression(subspaces.residuals).fit(
            valid.signals[valid.attacked], valid.attacks[valid.attacked]
        )
        return Classified(subspaces.classify, detector.identify)


class SRC(AttackIdentifier):
    """Contender: sparse-representation classification by l1 coding over the dictionary's images."""

    streams = ()

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return tuple(PenaltySettings(alpha) for alpha in (0.05, 0.02, 0.1, 0.2))

    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> Classified:
        given = known.dictionary
        coder = SparseRepresentation.fit(given.images, given.labels, known.num_classes, self.settings.alpha)
        return Classified(coder.classify)


class PCADenoising(AttackIdentifier):
    """Contender: the undefended network on signals projected onto principal components of the training images."""

    streams = ()

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return tuple(ComponentSettings(share) for share in (0.1, 0.05, 0.03, 0.2, 0.3, 0.02))

    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> Classified:
        images = known.images[:MOST_IMAGES] / np.float32(255)
        components = max(1, min(round(self.settings.share * images.shape[1]), len(images)))
        return _before_network(PrincipalComponents.fit(images, components), known)


class TVDenoising(AttackIdentifier):
    """Contender: the undefended network on signals of less total variation."""

    streams = ()

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return tuple(WeightSettings(weight) for weight in (0.3, 0.1, 0.2, 0.5, 0.8, 0.05))

    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> Classified:
        height, width, *channels = known.image_shape
        if channels:
            raise ValueError(f"images have shape {known.image_shape}; expected grey ones, (height, width)")
        return _before_network(
            TotalVariation((height, width), self.settings.weight, self.settings.iterations), known
        )


MOST_IMAGES = 5000
"""Number of first training images for the components: more change them little and cost minutes."""


def _before_network(denoiser: Any, known: Known) -> Classified:
    return Classified(DenoisedNetwork(denoiser, known.network.build()).classify, denoise=denoiser.denoise)
