"""Input and outcome of an attack: images in [0, 1] with labels, and the attacked images."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Attacked:
    """Images after an attack; the first axis counts images.

    Attributes:
        images: float32 in [0, 1], of the same shape as the input.
        changes: attacked minus clean images, flattened, (n, d).
        margin: largest score of another class minus the label's score after the attack, (n,).
        success: whether the network is wrong, (n,).
        stuck: whether the steps did not move the image, so that only the random start changed it, (n,): a network
            without an input gradient, a start that is a maximum already, or a radius of zero.
    """

    images: Tensor
    changes: Tensor
    margin: Tensor
    success: Tensor
    stuck: Tensor

    def choose(self, other: "Attacked", where: Tensor) -> "Attacked":
        """Return `other` for images where the mask (n,) is true, else this."""
        mine = (self.images, self.changes, self.margin, self.success, self.stuck)
        theirs = (other.images, other.changes, other.margin, other.success, other.stuck)
        return Attacked(*(_blend(a, b, where) for a, b in zip(mine, theirs, strict=True)))

    @classmethod
    def concatenated(cls, parts: "list[Attacked]") -> "Attacked":
        """Return consecutive batches as one."""
        columns = zip(*((p.images, p.changes, p.margin, p.success, p.stuck) for p in parts), strict=True)
        return cls(*(torch.cat(column) for column in columns))

    @classmethod
    def none(cls, images: Tensor) -> "Attacked":
        """Return the attack on an empty batch."""
        no, number = torch.zeros(0, dtype=torch.bool), torch.zeros(0)
        dimension = int(np.prod(images.shape[1:]))
        return cls(images.clone(), images.reshape(0, dimension), number, no, no)


def checked_images(images: Tensor | np.ndarray, labels: Tensor | np.ndarray) -> tuple[Tensor, Tensor]:
    """Return images as float32 and labels as int64 tensors on the images' device.

    Raises:
        ValueError: no pixel axis, values outside [0, 1] or not finite, or another number of labels.
    """
    x = torch.as_tensor(images).detach().to(torch.float32)
    y = torch.as_tensor(labels)
    if x.ndim < 2:
        raise ValueError(f"images have shape {tuple(x.shape)}; expected (n, ...) with a pixel axis or more")
    if y.ndim != 1 or len(y) != len(x):
        raise ValueError(f"labels have shape {tuple(y.shape)}; expected ({len(x)},)")
    if y.is_floating_point() or y.dtype == torch.bool:
        raise ValueError(f"labels are {y.dtype}; expected integers")
    if not x.isfinite().all():
        raise ValueError("images hold NaN or infinite values; expected pixels in [0, 1]")
    if x.numel() and not 0 <= float(x.min()) <= float(x.max()) <= 1:
        raise ValueError(f"images run from {float(x.min()):g} to {float(x.max()):g}; expected pixels in [0, 1]")
    return x, y.to(x.device, torch.int64)


def _blend(mine: Tensor, theirs: Tensor, where: Tensor) -> Tensor:
    return torch.where(where.reshape(-1, *[1] * (mine.ndim - 1)), theirs, mine)
