"""Passes over all magnitudes that threshold estimators need, at the speed of memory.

Sums are taken over fixed blocks of 2^16 elements and fixed lanes within them, so a result is the same on every
machine and for any number of threads.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, prange

Array = npt.NDArray[Any]

BLOCK, LANES = 1 << 16, 64


@njit(nogil=True, cache=True, parallel=True)
def moments(x: Array) -> tuple[float, float, float]:
    """Return the mean, the standard deviation (of the population) and the maximum of the magnitudes of x, n ≥ 1."""
    blocks = -(-len(x) // BLOCK)
    sums, squares, tops = np.zeros(blocks), np.zeros(blocks), np.zeros(blocks, np.float32)
    for block in prange(blocks):
        part = x[block * BLOCK : (block + 1) * BLOCK]
        first, second, top = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES, np.float32)
        whole = len(part) // LANES * LANES
        for start in range(0, whole, LANES):
            for lane in range(LANES):
                magnitude = abs(part[start + lane])
                first[lane] += np.float64(magnitude)
                second[lane] += np.float64(magnitude) * np.float64(magnitude)
                top[lane] = max(top[lane], magnitude)
        for k in range(whole, len(part)):
            magnitude = abs(part[k])
            first[0] += np.float64(magnitude)
            second[0] += np.float64(magnitude) * np.float64(magnitude)
            top[0] = max(top[0], magnitude)
        sums[block], squares[block], tops[block] = first.sum(), second.sum(), top.max()
    mean = sums.sum() / len(x)
    return mean, np.sqrt(max(squares.sum() / len(x) - mean * mean, 0.0)), np.float64(tops.max())


@njit(nogil=True, cache=True, parallel=True)
def mean_magnitude(x: Array) -> float:
    """Return the mean of the magnitudes of x, n ≥ 1."""
    blocks = -(-len(x) // BLOCK)
    sums = np.zeros(blocks)
    for block in prange(blocks):
        part = x[block * BLOCK : (block + 1) * BLOCK]
        lanes = np.zeros(LANES)
        whole = len(part) // LANES * LANES
        for start in range(0, whole, LANES):
            for lane in range(LANES):
                lanes[lane] += np.float64(abs(part[start + lane]))
        for k in range(whole, len(part)):
            lanes[0] += np.float64(abs(part[k]))
        sums[block] = lanes.sum()
    return sums.sum() / len(x)


@njit(nogil=True, cache=True, parallel=True)
def count_above(x: Array, threshold: np.float32) -> int:
    """Return the number of magnitudes greater than the threshold."""
    blocks = -(-len(x) // BLOCK)
    counts = np.zeros(blocks, np.int64)
    for block in prange(blocks):
        part = x[block * BLOCK : (block + 1) * BLOCK]
        count = np.int32(0)
        for k in range(len(part)):
            count += np.int32(abs(part[k]) > threshold)
        counts[block] = count
    return counts.sum()
