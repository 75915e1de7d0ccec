"""Images and their noisy labels as tensors, batched by image so that a network sees each image once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from harness.protocols.noisy_labels.arrays import NoisyImages


@dataclass(frozen=True)
class LabelBatch:
    """Some images and all their labels.

    Attributes:
        pixels: (b, c, h, w) float32.
        owner: (p,) int64, position of each label's image in the batch.
        label, annotator: (p,) int64.
        features: (p, f) float32.
        pair: (p,) int64, number of each label in its part, for what is kept for each label.
    """

    pixels: Tensor
    owner: Tensor
    label: Tensor
    annotator: Tensor
    features: Tensor
    pair: Tensor


@dataclass(frozen=True)
class LabelTensors:
    """A part on the device: n images, p labels in the order of their images."""

    pixels: Tensor
    item: Tensor
    label: Tensor
    annotator: Tensor
    features: Tensor
    offsets: np.ndarray

    @classmethod
    def of(cls, part: NoisyImages, device: str) -> Self:
        """Return the tensors of a part."""
        given = part.annotations
        item, label, annotator = (
            torch.from_numpy(np.array(values, np.int64)).to(device)
            for values in (given.item, given.label, given.annotator)
        )
        features = torch.from_numpy(np.array(given.features, np.float32)).to(device)
        pixels = torch.from_numpy(part.images.channels_first()).to(device)
        offsets = np.concatenate([[0], np.cumsum(given.counts)])
        return cls(pixels, item, label, annotator, features, offsets)

    def __len__(self) -> int:
        return len(self.pixels)

    def batch(self, images: np.ndarray) -> LabelBatch:
        """Return the images at `images`, (b,), with all their labels."""
        starts, counts = self.offsets[images], self.offsets[images + 1] - self.offsets[images]
        owner = np.repeat(np.arange(len(images)), counts)
        pair = np.arange(len(owner)) + np.repeat(starts - np.cumsum(counts) + counts, counts)
        chosen = torch.from_numpy(pair)
        return LabelBatch(
            self.pixels[torch.from_numpy(images)], torch.from_numpy(owner), self.label[chosen],
            self.annotator[chosen], self.features[chosen], chosen,
        )  # fmt: skip

    def epoch(self, size: int, random: np.random.Generator) -> Iterator[LabelBatch]:
        """Yield all images in random order, `size` at a time, each with all its labels."""
        order = random.permutation(len(self))
        for start in range(0, len(order), size):
            yield self.batch(order[start : start + size])
