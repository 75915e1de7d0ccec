"""Labelled images as arrays: loaders produce them, tasks own them, views are cut from them. Numpy only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from harness.contract.split import Split, splits_from_arrays
from harness.payload import Payload

GREY_DIMENSIONS, COLOUR_DIMENSIONS = 3, 4


@dataclass(frozen=True)
class ImageSet:
    """Some images in data-set order, with their targets where the receiver may know them.

    Attributes:
        images: (n, h, w) or, with colour channels, (n, h, w, c) uint8; read-only where it is mapped from a file.
        targets: (n,) int64 class numbers, or None for images to predict.
    """

    images: np.ndarray
    num_classes: int
    targets: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of one image."""
        _, height, width, *channels = self.images.shape
        return (channels[0] if channels else 1, height, width)

    def channels_first(self) -> np.ndarray:
        """Return the images as networks take them: (n, c, h, w) float32 in 0..1, a copy."""
        channelled = self.images[..., None] if self.images.ndim == GREY_DIMENSIONS else self.images
        ordered = np.ascontiguousarray(channelled.transpose(0, 3, 1, 2), dtype=np.float32)
        ordered /= np.float32(255)
        return ordered

    def flattened(self) -> np.ndarray:
        """Return each image as a row: (n, c·h·w) float32 in 0..1, in the order of :meth:`channels_first`."""
        return self.channels_first().reshape(len(self), int(np.prod(self.shape)))


@dataclass(frozen=True)
class ImageDataset:
    """An image classification data set with all its targets; it never leaves the parent process.

    Attributes:
        images: (n, h, w) or (n, h, w, c) uint8.
        targets: (n,) int64 in 0..num_classes-1.
        splits: one per fold; indices into `images`, sorted, so that every part keeps the data set's order.
        fingerprint: content hash of images, targets and splits.
        provenance: origin of the data in a sentence, without paths of the machine.

    Raises:
        ValueError: the arrays do not belong together, or a part of a split is empty or out of range.
    """

    name: str
    images: np.ndarray
    targets: np.ndarray
    num_classes: int
    splits: Sequence[Split]
    fingerprint: str
    provenance: str

    def __post_init__(self) -> None:
        check_images(self.images)
        check_targets(self.targets, len(self.images), self.num_classes)
        if not self.splits:
            raise ValueError(f"{self.name}: at least one split is needed")
        for split in self.splits:
            for part in ("train", "valid", "test"):
                index = getattr(split, part)
                if len(index) == 0 or index.min() < 0 or index.max() >= len(self.images):
                    raise ValueError(
                        f"{self.name}: the {part} part must hold items of 0..{len(self.images) - 1}, got {index!r}"
                    )

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the data set of ``images``, ``targets`` and splits; fact ``num_classes``."""
        classes, splits = int(payload.facts["num_classes"]), splits_from_arrays(payload.arrays)
        return cls(name, payload["images"], payload["targets"], classes, splits, fingerprint, provenance)

    @property
    def counts(self) -> dict[str, int]:
        """Number of images and of classes."""
        return {"items": len(self.images), "classes": self.num_classes}

    def part(self, index: np.ndarray) -> ImageSet:
        """Return the images at `index`, without their targets."""
        return ImageSet(self.images[index], self.num_classes)

    def with_targets(self, targets: np.ndarray) -> "ImageDataset":
        """Return the same data set with other targets."""
        return replace(self, targets=targets)


def check_images(images: np.ndarray) -> None:
    """Raise ValueError unless `images` is (n, h, w) or (n, h, w, c) uint8 and no side is empty."""
    if images.dtype != np.uint8 or images.ndim not in (GREY_DIMENSIONS, COLOUR_DIMENSIONS) or 0 in images.shape[1:]:
        raise ValueError(
            f"images must be uint8 of shape (n, h, w) or (n, h, w, c), got {images.dtype} of shape {images.shape}"
        )


def check_targets(targets: np.ndarray, num_items: int, num_classes: int) -> None:
    """Raise ValueError unless `targets` are (num_items,) whole numbers in 0..num_classes-1."""
    if targets.shape != (num_items,) or targets.dtype.kind not in "iu":
        raise ValueError(f"targets must be {num_items} whole numbers, got {targets.dtype} of shape {targets.shape}")
    if num_items and not 0 <= int(targets.min()) <= int(targets.max()) < num_classes:
        raise ValueError(f"targets must lie in 0..{num_classes - 1}, got {targets.min()}..{targets.max()}")
