"""The convolution as a matrix product with the unfolded input X (c_in * kh * kw, positions).

X is computed before the timed call of a single layer, to the advantage of these peers: block inference gathers its
rows within its call.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

Data = dict[str, Any]
SLOW = 1e8  # multiply-adds of a sparse product that take some fifty milliseconds


def gemm(case: Any, data: Data, threads: int) -> Callable[[], Tensor]:
    """Dense weight times X."""
    weight, columns = weight_matrix(data), unfolded_input(data)
    return torch.inference_mode()(lambda: weight @ columns)


def weight_matrix(data: Data) -> Tensor:
    """Return a layer's weight as (c_out, c_in * kh * kw)."""
    return torch.from_numpy(data["weight"]).reshape(len(data["weight"]), -1)


def unfolded_input(data: Data) -> Tensor:
    """Return a layer's X, positions in the order (y, x, image)."""
    images = torch.from_numpy(data["images"]).permute(1, 2, 3, 0).contiguous()
    return unfold(images, data["weight"].shape[2:], data["padding"])


def unfold(images: Tensor, kernel: tuple[int, int], padding: int) -> Tensor:
    """Return X with positions in the order (y, x, image), of images (C, H, W, N)."""
    padded = F.pad(images, (0, 0, padding, padding, padding, padding))
    windows = padded.unfold(1, kernel[0], 1).unfold(2, kernel[1], 1)  # (C, h_out, w_out, N, kh, kw)
    return windows.permute(0, 4, 5, 1, 2, 3).reshape(images.shape[0] * kernel[0] * kernel[1], -1)


def share_of(columns: Tensor, nonzeros: int) -> tuple[Tensor, float]:
    """Return the first columns of X, few enough for a short sparse product, and their share."""
    work = nonzeros * columns.shape[1]
    kept = columns.shape[1] if work <= SLOW else max(64, int(columns.shape[1] * SLOW / work) // 64 * 64)
    return columns[:, :kept].contiguous(), kept / columns.shape[1]
