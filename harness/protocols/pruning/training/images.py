"""Labelled images, and the mini-batches of an epoch."""

from collections.abc import Callable, Iterator
from dataclasses import InitVar, dataclass

import numpy as np
import torch
from torch import Tensor

from harness.seeds import derive_seed

Augmentation = Callable[[Tensor, np.random.Generator], Tensor]


@dataclass(frozen=True)
class LabelledImages:
    """Inputs with their classes.

    Attributes:
        images: float32, shape (N, C, H, W), or (N, features) for a network that takes vectors.
        targets: classes, int64, shape (N,).
        checked: whether both are parts of arrays that have passed the checks, which are then skipped.

    Raises:
        ValueError: no images, shapes that do not fit, targets that are not int64, or inputs that are not finite.
    """

    images: Tensor
    targets: Tensor
    checked: InitVar[bool] = False

    def __post_init__(self, checked: bool) -> None:
        if checked:
            return
        if self.images.ndim < 2 or len(self.images) == 0:
            raise ValueError(f"images must have shape (N, ...) with N >= 1, got {tuple(self.images.shape)}")
        if self.targets.shape != self.images.shape[:1] or self.targets.dtype != torch.int64:
            got = f"{self.targets.dtype} {tuple(self.targets.shape)}"
            raise ValueError(f"targets must be int64 of shape ({len(self.images)},), got {got}")
        if not bool(torch.isfinite(self.images).all()):
            raise ValueError("images must be finite, got nan or inf")

    def __len__(self) -> int:
        return len(self.images)

    def epoch(
        self, size: int, seed: int, epoch: int, augment: Augmentation | None = None
    ) -> Iterator["LabelledImages"]:
        """Yield the shuffled batches of an epoch.

        Their order depends on seed and epoch alone: training that begins at epoch r sees the batches that
        uninterrupted training sees from there on.

        Args:
            size: images in a batch. A last batch of a single image, of which batch norm cannot take statistics,
                joins the one before it.
            augment: changes a batch of images at random, e.g. :func:`crop_and_flip`.
        """
        order = np.random.default_rng(derive_seed("batches", seed, epoch)).permutation(len(self))
        noise = np.random.default_rng(derive_seed("augmentation", seed, epoch))
        for begin, end in batch_bounds(len(self), size):
            chosen = torch.from_numpy(order[begin:end]).to(self.images.device)
            images = self.images.index_select(0, chosen)
            targets = self.targets.index_select(0, chosen)
            yield LabelledImages(augment(images, noise) if augment else images, targets, checked=True)

    def batches(self, size: int) -> Iterator["LabelledImages"]:
        """Yield the batches in the order of the images, bounded as those of an epoch."""
        for begin, end in batch_bounds(len(self), size):
            yield LabelledImages(self.images[begin:end], self.targets[begin:end], checked=True)


def batch_bounds(items: int, size: int) -> list[tuple[int, int]]:
    """Return the bounds of batches; never a last batch of one item, unless it is the only item."""
    begins = list(range(0, items, size))
    if len(begins) > 1 and items - begins[-1] == 1:
        begins.pop()
    return list(zip(begins, [*begins[1:], items], strict=True))


def crop_and_flip(images: Tensor, rng: np.random.Generator, pad: int = 4) -> Tensor:
    """Return images (N, C, H, W) shifted by up to `pad` pixels, zeros moving in, half of them mirrored."""
    count, _, height, width = images.shape
    padded = torch.nn.functional.pad(images, (pad, pad, pad, pad))
    dy, dx = (torch.from_numpy(rng.integers(0, 2 * pad + 1, count)) for _ in range(2))
    rows = dy[:, None] + torch.arange(height)
    columns = dx[:, None] + torch.arange(width)
    mirrored = torch.from_numpy(rng.random(count) < 0.5)
    columns[mirrored] = columns[mirrored].flip(1)
    items = torch.arange(count)[:, None, None]
    cropped = padded.permute(0, 2, 3, 1)[items, rows[:, :, None], columns[:, None, :]]  # (N, H, W, C)
    return cropped.permute(0, 3, 1, 2).contiguous()
