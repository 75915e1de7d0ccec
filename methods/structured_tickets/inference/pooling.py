"""Pooling in every layout; of a batch-innermost image without leaving it."""

from collections.abc import Callable
from functools import partial, reduce

import torch
from torch import Tensor
from torch.nn import functional as F

from methods.structured_tickets.inference.layout import Layout


def max_pooling(layout: Layout, kernel: tuple[int, int], stride: tuple[int, int]) -> Callable[[Tensor], Tensor]:
    """Return max pooling without padding, images to images of `layout`."""
    if layout != "chwn":
        return partial(F.max_pool2d, kernel_size=kernel, stride=stride)
    return partial(_max_of_windows, kernel=kernel, stride=stride)


def global_average_pooling(layout: Layout) -> Callable[[Tensor], Tensor]:
    """Return the mean over positions, which leaves one position."""
    return partial(torch.mean, dim=(1, 2) if layout == "chwn" else (2, 3), keepdim=True)


def pooled_size(size: int, kernel: int, stride: int) -> int:
    """Return the number of windows that fit into `size`."""
    return (size - kernel) // stride + 1


def _max_of_windows(images: Tensor, kernel: tuple[int, int], stride: tuple[int, int]) -> Tensor:
    """Return the maximum over the shifted images that a window's positions see; images are (C, H, W, lanes)."""
    height, width = map(pooled_size, images.shape[1:3], kernel, stride)
    shifted = [
        images[
            :, dy : dy + (height - 1) * stride[0] + 1 : stride[0], dx : dx + (width - 1) * stride[1] + 1 : stride[1]
        ]
        for dy in range(kernel[0])
        for dx in range(kernel[1])
    ]
    return reduce(torch.maximum, shifted).contiguous()
