"""NPC as contenders of the protocol `prediction-calibration`: the published setting and its variants."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch

from harness.contract.context import Context
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.classifiers import KnownClassifiers, Outputs, TrainedClassifier
from harness.protocols.noisy_labels.prediction_calibration import PredictionCalibrator
from harness.protocols.noisy_labels.transitions import transition_from_posteriors
from methods.npc.composition import calibrated_in_batches
from methods.npc.model import CalibrationNetwork, calibration_network
from methods.npc.prior import knn_prior
from methods.npc.settings import NPCSettings
from methods.npc.train import train

RHOS = (5.0, 1.0, 20.0)


class CalibratedClassifier:
    """A classifier's predictions composed with a trained network.

    Attributes:
        transition: estimate of p(noisy label | clean class) from the training images, (classes, classes).
    """

    def __init__(self, network: CalibrationNetwork, facts: dict[str, Any]) -> None:
        self.network, self.facts = network, facts
        self.transition: np.ndarray | None = None
        self.num_parameters = sum(p.numel() for p in network.parameters())

    def predict(self, images: ImageSet, outputs: Outputs) -> np.ndarray:
        """Return p(y | x), (n, classes) float64, of images and the classifier's outputs for them."""
        pixels = torch.from_numpy(images.channels_first())
        return calibrated_in_batches(self.network, pixels, torch.from_numpy(outputs.probabilities)).numpy()


class NPC(PredictionCalibrator):
    """NPC in its published setting: prior of ten nearest neighbours, ρ = 5, ten epochs."""

    streams = ("support", "init", "batches", "latent", "dropout")
    variant: ClassVar[NPCSettings] = NPCSettings()

    @classmethod
    def configurations(cls, profile: str) -> Sequence[NPCSettings]:
        return (cls.variant,)

    def fit(self, classifier: TrainedClassifier, known: KnownClassifiers, context: Context) -> CalibratedClassifier:
        """Train on images and predictions; the noisy labels serve the estimate of the transition matrix alone.

        Raises:
            ValueError: a classifier without embeddings, with fewer than two classes, or with values that are not
                finite.
        """
        settings: NPCSettings = self.settings
        train_set = known.train
        offset = settings.offset(train_set.num_classes)
        outputs = classifier.outputs(train_set.images)
        prior = knn_prior(outputs, settings, context.stream("support"), context.threads)
        network = calibration_network(classifier, offset, settings.features, context.seed("init"))
        network = network.to(context.device)
        pixels = torch.from_numpy(train_set.images.channels_first()).to(context.device)
        losses = train(network, pixels, outputs, prior, settings, context)
        facts = {
            "support": prior.support,
            "prior_changes": float(np.mean(prior.classes != outputs.classes)),
            "reconstruction": losses.reconstruction,
            "divergence": losses.divergence,
            "flags": list(prior.flags),
        }
        model = CalibratedClassifier(network, facts)
        posteriors = model.predict(train_set.images, outputs)
        model.transition = transition_from_posteriors(posteriors, train_set.annotations)
        return model


class NPCProba(NPC):
    """Variant whose prior has the weighted shares of the neighbours' classes."""

    variant = NPCSettings(prior="proba")


class NPCPaperDelta(NPC):
    """Variant with the paper's δ = 1, the program has 1 + 1 / classes."""

    variant = NPCSettings(delta="paper")


class NPCRho(NPC):
    """Variant whose ρ has the lowest loss of the noisy validation labels."""

    @classmethod
    def configurations(cls, profile: str) -> Sequence[NPCSettings]:
        rhos = RHOS[:2] if profile == "smoke" else RHOS
        return tuple(replace(cls.variant, rho=rho) for rho in rhos)
