"""Small noisy sets for tests: images of bands, labelled by a few simulated annotators or with class noise."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.split import Split
from harness.protocols.images.arrays import ImageDataset
from harness.protocols.noisy_labels.arrays import Annotations, NoisyDataset
from harness.protocols.noisy_labels.noise.derive import noisy_images
from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.trial import Trial

CLASSES = 4
CROWD: Mapping[str, Any] = {"kind": "annotators", "count": 6, "bad": 0.5, "labels_an_image": 2}
OPTIONS = ClassificationOptions(hidden=(16,), epochs=4, batch=32)


def bands(images: int = 160, side: int = 8, seed: int = 0) -> ImageDataset:
    """Noisy images of four classes, each with a bright band of its own; the last quarter tests."""
    random = np.random.default_rng(seed)
    targets = random.permutation(np.arange(images) % CLASSES)
    pixels = random.normal(90, 20, (images, side, side))
    for label in range(CLASSES):
        pixels[targets == label, label * 2 : label * 2 + 2] += 100
    ends = (np.array([0.5, 0.75]) * images).astype(int)
    split = Split(*np.split(np.arange(images), ends))
    return ImageDataset("bands", pixels.clip(0, 255).astype(np.uint8), targets, CLASSES, [split], "", "")


def recipe(noise: Mapping[str, Any] = CROWD, **changes: Any) -> dict[str, Any]:
    """Return the recipe of two draws on 100 images of the training side."""
    return {"train": 100, "draws": 2, "noise": dict(noise), "seed": 0, **changes}


def noisy_bands(noise: Mapping[str, Any] = CROWD, **changes: Any) -> NoisyDataset:
    """Return a small noisy set."""
    return NoisyDataset.from_payload(noisy_images(bands(), recipe(noise, **changes)), "noisy-bands", "f", "p")


def labels_of(rows: list[list[tuple[int, int]]], annotators: int = 3, classes: int = 3) -> Annotations:
    """Return annotations from a list of (annotator, label) for each image; the feature numbers the labels."""
    item = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    pairs = np.array([pair for row in rows for pair in row], np.int64).reshape(-1, 2)
    features = np.arange(len(pairs), dtype=np.float32)[:, None]
    return Annotations(item, pairs[:, 1], pairs[:, 0], features, len(rows), annotators, classes)


def context(contender: type[Contender], fold: int = 0, options: ClassificationOptions = OPTIONS) -> Context:
    """Return the context of a smoke trial."""
    trial = Trial("noisy-bands", "one", fold=fold, seed=0, profile="smoke")
    return Context(trial, options=options, streams=contender.streams)
