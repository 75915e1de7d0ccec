"""Layouts of a batch of images in memory, and conversions between them.

nchw   (N, C, H, W), contiguous: torch's default
nhwc   (N, C, H, W) with torch's channels_last strides
chwn   (C, H, W, lanes), contiguous: batch-innermost. One position of all images is one run of memory, so that
       a window of the unfolded input is copied in runs and never transposed. `lanes` is N rounded up to a
       multiple of 16; the lanes beyond N hold zeros at the input and no meaning after a layer.
"""

from typing import Literal

import torch
from torch import Tensor

Layout = Literal["nchw", "nhwc", "chwn"]
LAYOUTS: tuple[Layout, ...] = ("nchw", "nhwc", "chwn")
LANES = 16


def lanes_of(batch: int) -> int:
    """Return the batch size rounded up to whole vectors of 16."""
    return -(-batch // LANES) * LANES


def to_batch_innermost(images: Tensor) -> Tensor:
    """Return images (N, C, H, W) of any strides as (C, H, W, lanes), contiguous.

    Raises:
        ValueError: not four-dimensional or not float32.
    """
    check_float32("images", images, 4)
    batch = images.shape[0]
    lanes = lanes_of(batch)
    if lanes == batch:
        return images.permute(1, 2, 3, 0).contiguous()
    result = images.new_zeros((*images.shape[1:], lanes))
    result[..., :batch] = images.permute(1, 2, 3, 0)
    return result


def from_batch_innermost(images: Tensor, batch: int, layout: Layout = "nchw") -> Tensor:
    """Return images (C, H, W, lanes) as (N, C, H, W), contiguous or channels_last; the inverse of the other way.

    Raises:
        ValueError: not four-dimensional, not float32, or fewer lanes than images.
    """
    check_float32("images", images, 4)
    if not 0 <= batch <= images.shape[3]:
        raise ValueError(f"batch must be in 0..{images.shape[3]}, the lanes of images, got {batch}")
    wanted = torch.channels_last if layout == "nhwc" else torch.contiguous_format
    return images[..., :batch].permute(3, 0, 1, 2).contiguous(memory_format=wanted)


def convert(images: Tensor, source: Layout, target: Layout, batch: int) -> Tensor:
    """Return `images` of layout `source` in layout `target`; themselves if it is the same."""
    if source == target:
        return images
    if target == "chwn":
        return to_batch_innermost(images)
    if source == "chwn":
        return from_batch_innermost(images, batch, target)
    wanted = torch.channels_last if target == "nhwc" else torch.contiguous_format
    return images.contiguous(memory_format=wanted)


def check_float32(name: str, tensor: Tensor, dimensions: int) -> None:
    """Check type and rank.

    Raises:
        ValueError: naming the argument, what was got and what is allowed.
    """
    if not isinstance(tensor, Tensor) or tensor.dtype != torch.float32 or tensor.ndim != dimensions:
        got = f"{tuple(tensor.shape)} {tensor.dtype}" if isinstance(tensor, Tensor) else repr(type(tensor).__name__)
        raise ValueError(f"{name} must be a float32 tensor of {dimensions} dimensions, got {got}")
    if tensor.device.type != "cpu":
        raise ValueError(f"{name} must be on the CPU, got device {tensor.device}")
