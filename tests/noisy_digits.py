"""Digits with noisy labels, and a classifier that has fitted them, for tests."""

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits

from harness.contract.context import Context
from harness.contract.split import Split
from harness.payload import Payload
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.noisy_labels.arrays import NoisyDataset
from harness.protocols.noisy_labels.classifiers import KnownClassifiers, TrainedClassifier, classifier_arrays
from harness.protocols.noisy_labels.noise.derive import noisy_images
from harness.protocols.noisy_labels.noisy_classification import noisy_parts, noisy_view
from harness.protocols.noisy_labels.prediction_calibration import PredictionCalibrator
from harness.protocols.noisy_labels.training.embedding_networks import embedding_network, weights_of
from harness.trial import Trial

CLASSES = 10
ARCHITECTURE = {"name": "perceptron", "shape": (1, 8, 8), "classes": CLASSES, "hidden": (64, 64, 64)}
EPOCHS, FEW_EPOCHS = 100, 4
LEARNING_RATE, BATCH = 3e-3, 64


@lru_cache(maxsize=1)
def digits() -> ImageDataset:
    """The digits of scikit-learn; the last 100 test."""
    images, targets = load_digits(return_X_y=True)
    pixels = (images.reshape(-1, 8, 8) * 15).astype(np.uint8)
    split = Split(np.arange(1600), np.arange(1600, 1697), np.arange(1697, 1797))
    return ImageDataset("digits", pixels, targets.astype(np.int64), CLASSES, [split], "digits", "scikit-learn")


@lru_cache(maxsize=4)
def noisy_digits(seed: int = 0, rate: float = 0.5) -> NoisyDataset:
    """1,200 digits with symmetric noise, and classifiers ``ce`` and ``es`` trained on them."""
    noise = {"kind": "symmetric", "rate": rate}
    payload = noisy_images(digits(), {"train": 1200, "leftover": "test", "draws": 1, "seed": seed, "noise": noise})
    data = NoisyDataset.from_payload(payload, "noisy-digits", "fingerprint", "scikit-learn")
    rows, labels = data.images[data.splits[0].train], data.draws[0].label[data.splits[0].train]
    classifiers = [
        TrainedClassifier(name, ARCHITECTURE, trained(rows, labels, epochs, seed), None, {})
        for name, epochs in (("ce", EPOCHS), ("es", FEW_EPOCHS))
    ]
    networks = classifier_arrays(classifiers)
    return NoisyDataset(
        data.name,
        data.images,
        data.targets,
        CLASSES,
        data.splits,
        data.draws,
        data.transitions,
        [networks],
        "f",
        "",
    )


def trained(images: np.ndarray, labels: np.ndarray, epochs: int, seed: int) -> list[np.ndarray]:
    """Weights of a perceptron after some epochs of Adam on cross-entropy."""
    network = embedding_network(**ARCHITECTURE, seed=seed)
    pixels, targets = torch.from_numpy(ImageSet(images, CLASSES).channels_first()), torch.from_numpy(labels.copy())
    optimiser, random = (
        torch.optim.Adam(network.parameters(), LEARNING_RATE, fused=True),
        np.random.default_rng(seed),
    )
    for _ in range(epochs):
        for batch in torch.from_numpy(random.permutation(len(labels))).split(BATCH):
            optimiser.zero_grad()
            F.cross_entropy(network(pixels[batch]), targets[batch]).backward()
            optimiser.step()
    return weights_of(network)


@lru_cache(maxsize=4)
def known(seed: int = 0) -> KnownClassifiers:
    """What a calibrator sees of :func:`noisy_digits`."""
    data = noisy_digits(seed)
    inputs = Payload(facts={"num_classes": CLASSES, "num_annotators": 1})
    train, valid = noisy_parts(inputs, noisy_view(data, data.splits[0]))
    arrays = data.networks[0]
    names = list(arrays.facts["classifiers"])
    classifiers = {
        name: TrainedClassifier(
            name,
            ARCHITECTURE,
            [arrays[f"{name}_{n}"] for n in range(arrays.facts["classifiers"][name]["weights"])],
            None,
            {},
        )
        for name in names
    }
    return KnownClassifiers(train, valid, classifiers)


def held_out(seed: int = 0) -> tuple[ImageSet, np.ndarray]:
    """Test images and their clean targets."""
    data = noisy_digits(seed)
    index = data.splits[0].test
    return ImageSet(data.images[index], CLASSES), data.targets[index]


def context(contender: type[PredictionCalibrator], seed: int = 0) -> Context:
    """The context of a smoke trial."""
    return Context(Trial("calibrate-digits", "one", 0, seed, "smoke"), streams=contender.streams)
