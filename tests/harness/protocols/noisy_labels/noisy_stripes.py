"""Small images that a small network learns at once (a class is a bright row), with noisy labels and classifiers."""

from functools import cache
from typing import Any

import numpy as np
import torch

from harness.contract.split import Split
from harness.payload import Payload
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.noisy_labels.arrays import Annotations, NoisyDataset, NoisyImages
from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.protocols.noisy_labels.training.base.material import Material, NoiseLevel
from harness.protocols.noisy_labels.training.derive import noisy_images_with_classifiers

SIDE, CLASSES = 5, 3

OPTIONS = ClassificationOptions(hidden=(12,), epochs=8, batch=16, learning_rate=0.01)
NOISE = NoiseLevel(0.3)

RECIPE: dict[str, Any] = {
    "train": 100,
    "draws": 2,
    "noise": {"kind": "symmetric", "rate": 0.3},
    "networks": {"hidden": [6], "epochs": 2, "batch": 16},
    "seed": 0,
}


def striped(count: int = 160, seed: int = 0) -> ImageDataset:
    """Return images of bright rows; the last 40 test."""
    random = np.random.default_rng(seed)
    targets = random.integers(CLASSES, size=count)
    images = random.integers(0, 90, size=(count, SIDE, SIDE))
    images[np.arange(count), targets] += random.integers(60, 165, size=(count, SIDE))
    split = Split(np.arange(count - 60), np.arange(count - 60, count - 40), np.arange(count - 40, count))
    return ImageDataset("striped", images.astype(np.uint8), targets, CLASSES, [split], "striped", "generated")


def labelled(images: np.ndarray, labels: np.ndarray, classes: int = CLASSES) -> NoisyImages:
    """Return images with one noisy label each."""
    count = len(labels)
    nothing = np.zeros((count, 0), np.float32)
    given = Annotations(
        np.arange(count), labels, np.zeros(count, np.int64), nothing, num_items=count, num_annotators=1,
        num_classes=classes,
    )  # fmt: skip
    return NoisyImages(ImageSet(images, classes), given)


def material(
    options: ClassificationOptions = OPTIONS,
    noise: NoiseLevel | None = NOISE,
    seed: int = 0,
    share: float = 0.3,
) -> Material:
    """Return 100 training and 20 validation images of which a share has a random label."""
    data, random = striped(), np.random.default_rng(1)
    labels = np.where(random.random(160) < share, random.integers(CLASSES, size=160), data.targets)
    train, valid = (labelled(data.images[part], labels[part]) for part in (slice(100), slice(100, 120)))
    return Material(train, valid, options, noise, seed)


@cache
def derived_payload() -> Payload:
    """Return stripes with two draws of labels and all ten classifiers, trained for two epochs in this process."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return noisy_images_with_classifiers(striped(), RECIPE)
    finally:
        torch.set_num_threads(before)


@cache
def derived() -> NoisyDataset:
    """Return the data set of :func:`derived_payload`."""
    return NoisyDataset.from_payload(derived_payload(), "noisy-stripes", "stripes", "generated")
