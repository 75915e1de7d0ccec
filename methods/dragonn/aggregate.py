"""Decoding and the mean over workers: one scatter-add of all elements, O(n + W·s) instead of W dense tensors.

An element sent by several workers is added, not overwritten, and the sum is divided by the number of workers,
as a dense all-reduce with a mean would.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numba import njit

from methods.dragonn.lanes import Array
from methods.dragonn.wire import Message


@njit(nogil=True, cache=True)
def scatter_add(index: Array, value: Array, out: Array) -> int:
    """Add every element in order; stop at an index outside -1 .. n-1 and return its place, or -1."""
    for place in range(len(index)):
        i = index[place]
        if i < -1 or i >= len(out):
            return place
        if i >= 0:
            out[i] += value[place]
    return -1


def aggregate(messages: Sequence[Message], out: npt.NDArray[np.float32] | None = None) -> npt.NDArray[np.float32]:
    """Return the mean gradient of the workers that sent these messages; of one message, the decoded gradient.

    Elements are added in order of workers, so every worker computes the same bits.

    Args:
        messages: messages of W ≥ 1 workers for gradients of one size n, in either wire format.
        out: float32, shape (n,), overwritten; allocated if None.

    Returns:
        float32, shape (n,): (1/W) Σ_w Σ_(i,v) of message w  v·e_i.

    Raises:
        ValueError: no message, different sizes, an index outside the gradient, or `out` of another shape or type.
    """
    if not messages:
        raise ValueError("messages is empty; expected one from each worker")
    size = messages[0].size
    for worker, message in enumerate(messages):
        if message.size != size:
            raise ValueError(
                f"message {worker} has a gradient of {message.size} elements; expected {size}, as in message 0"
            )
    if out is None:
        out = np.zeros(size, np.float32)
    elif out.shape != (size,) or out.dtype != np.float32:
        raise ValueError(f"out has dtype {out.dtype} and shape {out.shape}; expected float32 of shape ({size},)")
    else:
        out[:] = 0
    for worker, message in enumerate(messages):
        wrong = scatter_add(message.index, message.value, out)
        if wrong >= 0:
            raise ValueError(
                f"index {message.index[wrong]} at place {wrong} of message {worker} is outside -1 .. {size - 1}"
            )
    if len(messages) > 1:
        out /= np.float32(len(messages))
    return out


def decode(message: Message, out: npt.NDArray[np.float32] | None = None) -> npt.NDArray[np.float32]:
    """Return the gradient, float32 (n,), with zeros for unsent elements; raise as `aggregate`."""
    return aggregate([message], out)
