"""A small crowd that labels digits, for tests of side information."""

from typing import Any

import numpy as np

from harness.contract.context import Context
from harness.data.generated import generate
from harness.families import dataset_entry
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.noisy_labels.arrays import Annotations, NoisyImages
from harness.protocols.noisy_labels.noise.annotators import Annotators
from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.protocols.noisy_labels.training.label_batches import LabelBatch, LabelTensors
from harness.protocols.noisy_labels.training.privileged import STREAMS
from harness.trial import Trial

_digits: list[ImageDataset] = []


def digits() -> ImageDataset:
    """Return the digits, loaded once."""
    if not _digits:
        found = generate(dataset_entry("digits"))
        assert isinstance(found, ImageDataset)
        _digits.append(found)
    return _digits[0]


def crowd(first: int, count: int, seed: int = 0, **changes: Any) -> tuple[NoisyImages, np.ndarray]:
    """Return `count` digits from number `first` on with the labels of 6 annotators, and their clean classes."""
    data = digits()
    chosen = slice(first, first + count)
    annotators = Annotators(**{"count": 6, "labels_an_image": 2, **changes})
    targets = data.targets[chosen]
    labels = annotators.annotate(targets, data.num_classes, np.random.default_rng(seed))
    return NoisyImages(ImageSet(data.images[chosen], data.num_classes), labels), targets


def without_side_information(part: NoisyImages) -> NoisyImages:
    """Return the same labels by unknown authors."""
    given = part.annotations
    nobody, nothing = np.zeros(len(given), np.int64), np.zeros((len(given), 0), np.float32)
    return NoisyImages(
        part.images,
        Annotations(given.item, given.label, nobody, nothing, given.num_items, 1, given.num_classes),
    )


def tiny_context(epochs: int = 2, **options: Any) -> Context:
    """Return the context of a trial with a network of 64-16-12-10 units."""
    given = ClassificationOptions(**{"hidden": (16, 12), "epochs": epochs, "batch": 32, **options})
    return Context(Trial("crowd-digits", "tested", profile="smoke"), options=given, streams=STREAMS)


def whole_batch(part: NoisyImages) -> LabelBatch:
    """Return all images of a part as one batch."""
    tensors = LabelTensors.of(part, "cpu")
    return tensors.batch(np.arange(len(tensors)))


def ragged_part(counts: list[int], annotators: int, seed: int = 0) -> NoisyImages:
    """Return random images with the given numbers of labels."""
    random = np.random.default_rng(seed)
    item = np.repeat(np.arange(len(counts)), counts)
    size = len(item)
    labels = Annotations(
        item, random.integers(10, size=size), random.integers(annotators, size=size),
        random.random((size, 1)).astype(np.float32), len(counts), annotators, 10,
    )  # fmt: skip
    images = random.integers(256, size=(len(counts), 8, 8)).astype(np.uint8)
    return NoisyImages(ImageSet(images, 10), labels)
