"""Prior of NPC: concentrations from the nearest confident neighbours in the classifier's embedding."""

from dataclasses import dataclass

import numpy as np

from harness.protocols.noisy_labels.classifiers import Outputs
from harness.protocols.noisy_labels.nearest_neighbours import support_classifier
from methods.npc.settings import NPCSettings


@dataclass(frozen=True)
class Prior:
    """Prior of n training images.

    Attributes:
        concentration: α, (n, classes) float32.
        classes: ȳ, the class of the neighbours of each image, (n,).
        support: number of points of the support set.
        flags: short texts for the record.
    """

    concentration: np.ndarray
    classes: np.ndarray
    support: int
    flags: tuple[str, ...]


def knn_prior(outputs: Outputs, settings: NPCSettings, random: np.random.Generator, threads: int = 1) -> Prior:
    """Return the prior of the training images from the classifier's outputs for them.

    Args:
        random: order of the batches that the support set is chosen from.

    Raises:
        ValueError: outputs without embeddings, fewer than two classes, or values that are not finite.
    """
    neighbours = support_classifier(outputs, random, settings.neighbours, settings.support_batch, threads)
    shares = neighbours.probabilities(outputs.embeddings)
    classes = shares.argmax(axis=1)
    evidence = np.eye(neighbours.num_classes)[classes] if settings.prior == "onehot" else shares
    concentration = prior_concentration(
        evidence, settings.rho, settings.offset(neighbours.num_classes), settings.top
    )
    flags = [f"{neighbours.used} support points instead of {settings.neighbours} neighbours"]
    few = neighbours.used < settings.neighbours
    return Prior(concentration.astype(np.float32), classes, len(neighbours.points), tuple(flags if few else ()))


def prior_concentration(evidence: np.ndarray, rho: float, offset: float, top: int = 0) -> np.ndarray:
    """Return α = ρ q + δ, (n, classes).

    Args:
        evidence: q, (n, classes), one-hot or shares that sum to 1.
        offset: δ.
        top: number of the largest shares of each row that stay, the others count as 0; 0 for all.

    Raises:
        ValueError: ρ is not positive, or evidence that is negative or not finite.
    """
    if not rho > 0:
        raise ValueError(f"rho must be positive, got {rho!r}")
    if not np.isfinite(evidence).all() or evidence.min(initial=0) < 0:
        raise ValueError("evidence must be finite and 0 or more, got NaN, infinite or negative values")
    if 0 < top < evidence.shape[1]:
        kept = np.argsort(-evidence, axis=1, kind="stable")[:, :top]
        largest = np.zeros_like(evidence)
        np.put_along_axis(largest, kept, np.take_along_axis(evidence, kept, axis=1), axis=1)
        evidence = largest
    return rho * evidence + offset
