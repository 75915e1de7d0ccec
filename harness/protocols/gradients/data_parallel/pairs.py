"""Sparse messages as bytes: int32 indices, then float32 values (little endian), 8 bytes an element."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from harness.protocols.gradients.data_parallel.contract import Gradient


def packed(index: npt.NDArray[np.int32], value: Gradient) -> Tensor:
    """Return the payload, uint8 of shape (8p,), of p elements.

    Raises:
        ValueError: the shapes differ, or the types are not int32 and float32.
    """
    if index.shape != value.shape or index.dtype != np.int32 or value.dtype != np.float32:
        raise ValueError(
            f"index is {index.dtype} of shape {index.shape}, value {value.dtype} of shape {value.shape}; "
            "expected int32 and float32 of one shape (p,)"
        )
    words = np.concatenate([index.astype("<i4", copy=False), value.astype("<f4", copy=False).view("<i4")])
    return torch.from_numpy(words.view(np.uint8))


def unpacked(payload: Tensor, size: int) -> tuple[npt.NDArray[np.int32], Gradient]:
    """Return index and value of a message about a gradient of `size` elements.

    Raises:
        ValueError: the message is no whole number of pairs, or an index is outside 0 .. size-1.
    """
    if payload.dtype != torch.uint8 or payload.ndim != 1 or payload.numel() % 8:
        raise ValueError(
            f"payload is {payload.dtype} of shape {tuple(payload.shape)}; expected uint8 of shape (8p,)"
        )
    index, value = payload.numpy().view("<i4").reshape(2, -1)
    if index.size and not (index.min() >= 0 and index.max() < size):
        wrong = index[(index < 0) | (index >= size)][0]
        raise ValueError(f"index {wrong} of a message is outside 0 .. {size - 1}")
    return index.astype(np.int32, copy=False), value.view("<f4").astype(np.float32, copy=False)


def mean_of_pairs(payloads: Sequence[Tensor], size: int) -> Gradient:
    """Return the mean gradient, float32 (size,): messages are added in order of ranks, then divided by W.

    Raises:
        ValueError: as `unpacked`.
    """
    total = torch.zeros(size)
    for payload in payloads:
        index, value = unpacked(payload, size)
        total.index_add_(0, torch.from_numpy(index), torch.from_numpy(value))
    mean: Gradient = total.div_(len(payloads)).numpy()
    return mean
