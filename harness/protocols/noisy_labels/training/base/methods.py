"""The methods by name, and the training of one classifier."""

import math
from collections.abc import Callable, Mapping

import torch

from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.classifiers import TrainedClassifier
from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.protocols.noisy_labels.training.base.critical_weights import robust_early_learning
from harness.protocols.noisy_labels.training.base.material import Material, NoiseLevel, noisy_accuracy
from harness.protocols.noisy_labels.training.base.single_network import (
    TrainedNetwork,
    cross_entropy,
    early_stopping,
    label_smoothing,
    symmetric,
)
from harness.protocols.noisy_labels.training.base.transitions import dual_t, forward, total_variation_regularised
from harness.protocols.noisy_labels.training.base.two_networks import co_teaching, jocor
from harness.protocols.noisy_labels.training.embedding_networks import weights_of
from harness.seeds import derive_seed

METHODS: Mapping[str, Callable[[Material], TrainedNetwork]] = {
    "ce": cross_entropy,
    "es": early_stopping,
    "co_teaching": co_teaching,
    "jocor": jocor,
    "sce": symmetric,
    "ls": label_smoothing,
    "forward": forward,
    "dualt": dual_t,
    "tvr": total_variation_regularised,
    "rel": robust_early_learning,
}
"""The methods of `metrics.BASES`; those that need the rate of the noise get the true one, as published."""


def train_classifier(
    name: str,
    train: NoisyImages,
    valid: NoisyImages,
    options: ClassificationOptions,
    noise: NoiseLevel | None,
    seed: int,
) -> TrainedClassifier:
    """Return the classifier that a method trains on noisy labels; torch's global generator is left as it was.

    Its facts are the accuracies on the noisy training and validation labels, the epochs behind its weights, and
    values of its method.

    Args:
        seed: of initial weights, batches and all other draws.

    Raises:
        ValueError: an unknown name, fewer than two classes, several labels of an image, or no rate of the noise
            where the method needs it.
        ArithmeticError: the training diverged.
    """
    if name not in METHODS:
        raise ValueError(f"base must be one of {', '.join(METHODS)}, got {name!r}")
    material = Material(train, valid, options, noise, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed("dropout", seed))
        trained = METHODS[name](material)
    weights = weights_of(trained.network.eval())
    if not all(math.isfinite(array.sum()) for array in weights):
        raise ArithmeticError(f"the training of {name} diverged: weights are not finite")
    facts = {
        "noisy_train_accuracy": noisy_accuracy(trained.network, material.training),
        "noisy_valid_accuracy": noisy_accuracy(trained.network, material.validation),
        "epochs": trained.epochs,
        **trained.facts,
    }
    return TrainedClassifier(name, material.architecture, weights, trained.transition, facts)
