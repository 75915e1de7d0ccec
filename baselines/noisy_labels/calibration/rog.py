"""RoG (Lee et al., ICML 2019) as a post-processor: robust discriminants of two layers, combined.

The result is that of the ensemble; the program of Bae et al. 2022 computes it and returns the plain softmax.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from baselines.noisy_labels.calibration.robust_discriminant import SHARE, RobustDiscriminant, robust_discriminant
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.classifiers import KnownClassifiers, Outputs, TrainedClassifier
from harness.protocols.noisy_labels.nearest_neighbours import check_outputs
from harness.protocols.noisy_labels.prediction_calibration import PredictionCalibrator

LEAST = 1e-10  # added to a probability before its logarithm


@dataclass(frozen=True)
class RoGSettings(Settings):
    """Settings of RoG.

    Attributes:
        share: share of each noisy class that means and covariance are made of.
        trusted: share of the noisy validation images, those of the highest score, that the weights are fitted on.
        epochs, batch, learning_rate: of Adam, for the weights of the layers.

    Raises:
        ValueError: a share outside 0..1, or another number that is not positive.
    """

    share: float = SHARE
    trusted: float = 0.5
    epochs: int = 10
    batch: int = 128
    learning_rate: float = 0.02

    def __post_init__(self) -> None:
        for name in ("share", "trusted"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in 0..1, above 0, got {getattr(self, name)!r}")
        for name in ("epochs", "batch", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)!r}")


class LayerEnsemble:
    """Weighted mean of the posteriors of discriminants on embedding and logits."""

    def __init__(self, discriminants: Sequence[RobustDiscriminant], weights: np.ndarray) -> None:
        self.discriminants, self.weights = discriminants, weights
        self.facts: dict[str, object] = {"weight_of_embedding": float(weights[0])}

    def predict(self, images: ImageSet, outputs: Outputs) -> np.ndarray:
        """Return the weighted mean of the posteriors, (n, classes)."""
        return np.einsum("l,lnk->nk", self.weights, layer_posteriors(self.discriminants, outputs))


def layers(outputs: Outputs) -> tuple[np.ndarray, np.ndarray]:
    """Return the features of each layer in float64: embedding and logits."""
    return outputs.embeddings.astype(np.float64), outputs.logits.astype(np.float64)


def layer_posteriors(discriminants: Sequence[RobustDiscriminant], outputs: Outputs) -> np.ndarray:
    """Return the posterior of each layer, (2, n, classes)."""
    return np.stack([d.probabilities(x) for d, x in zip(discriminants, layers(outputs), strict=True)])


class RoG(PredictionCalibrator):
    """Robust discriminants on embedding and logits, combined on the trusted half of the noisy validation labels."""

    streams = ("subsets", "batches")

    @classmethod
    def configurations(cls, profile: str) -> Sequence[RoGSettings]:
        return (RoGSettings(),)

    def fit(self, classifier: TrainedClassifier, known: KnownClassifiers, context: Context) -> LayerEnsemble:
        """Fit the discriminants on the noisy training labels, the weights of the layers on validation labels."""
        settings: RoGSettings = self.settings
        outputs, held_out = classifier.outputs(known.train.images), classifier.outputs(known.valid.images)
        check_outputs(outputs)
        random, classes = context.stream("subsets"), known.train.num_classes
        discriminants = [
            robust_discriminant(features, known.train.labels, classes, random, settings.share)
            for features in layers(outputs)
        ]
        labels = known.valid.labels
        own = discriminants[-1].scores(layers(held_out)[-1])[np.arange(len(labels)), labels]
        trusted = np.argsort(-own, kind="stable")[: max(1, int(settings.trusted * len(labels)))]
        posteriors = layer_posteriors(discriminants, held_out)[:, trusted, labels[trusted]]
        return LayerEnsemble(discriminants, ensemble_weights(posteriors, settings, context.stream("batches")))


def ensemble_weights(posteriors: np.ndarray, settings: RoGSettings, random: np.random.Generator) -> np.ndarray:
    """Return weights of layers that lower the negative log-likelihood, (layers,), positive with sum 1.

    Args:
        posteriors: (layers, n), each layer's posterior of the label of n images.
    """
    given = torch.from_numpy(posteriors)
    free = torch.ones(len(given), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([free], lr=settings.learning_rate)
    for _ in range(settings.epochs):
        for batch in torch.from_numpy(random.permutation(given.shape[1])).split(settings.batch):
            loss = -(free.softmax(0) @ given[:, batch] + LEAST).log().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return free.detach().softmax(0).numpy()
