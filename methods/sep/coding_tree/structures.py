"""Binary heap and union-find over plain arrays, compiled."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]

# Only the entry point in `fast` is cached on disk: numba checks the file of the cached function alone, so a
# cached caller would go on using an old version of what it calls from another file.
compiled = njit(nogil=True, error_model="numpy")


@compiled
def singletons(size: int) -> Array:
    """Union-find in which every node stands for itself, int32 (size,)."""
    into = np.empty(size, np.int32)
    for node in range(size):
        into[node] = node
    return into


@compiled
def filled(size: int, value: int) -> Array:
    """An int32 array (size,) of one value."""
    array = np.empty(size, np.int32)
    for k in range(size):
        array[k] = value
    return array


@compiled
def resolve(into: Array, node: int) -> int:
    """The node that `node` has become (its own number while it lives), halving the path."""
    while into[node] != node:
        into[node] = into[into[node]]
        node = into[node]
    return node


@compiled
def sift_down(key: Array, tie: Array, k: int, size: int) -> None:
    """Restore the heap order (key, tie) below position k."""
    value, mark = key[k], tie[k]
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        right = child + 1
        if right < size and (key[right] < key[child] or (key[right] == key[child] and tie[right] < tie[child])):
            child = right
        if key[child] > value or (key[child] == value and tie[child] > mark):
            break
        key[k], tie[k] = key[child], tie[child]
        k = child
    key[k], tie[k] = value, mark


@compiled
def pop(key: Array, tie: Array, size: int) -> int:
    """Drop the top; returns the new size."""
    size -= 1
    key[0], tie[0] = key[size], tie[size]
    if size > 0:
        sift_down(key, tie, 0, size)
    return size


@compiled
def heapify(key: Array, tie: Array, size: int) -> None:
    """Order the first `size` entries as a heap by (key, tie)."""
    for k in range(size // 2 - 1, -1, -1):
        sift_down(key, tie, k, size)
