"""Column selection and filling of blocks, compiled: on whole masks and the rows of a group, without copies."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from methods.structured_tickets.validation import IntArray

Bytes = NDArray[np.uint8]
SIGNATURE = "int64[::1](uint8[:, ::1], int64[::1], float64)"


@njit("int64[::1](uint8[:, ::1], int64[::1])", cache=True, nogil=True)
def column_counts(mask: Bytes, rows: IntArray) -> IntArray:
    """Nonzeros of each column within the rows of a group, shape (n,)."""
    counts = np.zeros(mask.shape[1], dtype=np.int64)
    partial = np.zeros(mask.shape[1], dtype=np.uint8)  # bytes: 32 columns to a vector
    for begin in range(0, len(rows), 255):
        partial[:] = 0
        for row in rows[begin : begin + 255]:
            for column in range(mask.shape[1]):
                partial[column] += mask[row, column]
        for column in range(mask.shape[1]):
            counts[column] += partial[column]
    return counts


@njit("int64[::1](int64[::1], int64)", cache=True, nogil=True)
def descending(counts: IntArray, most: int) -> IntArray:
    """Columns by count, descending, ties by index: a counting sort of counts in 0..most."""
    starts = np.zeros(most + 2, dtype=np.int64)
    for count in counts:
        starts[most - count + 1] += 1
    for place in range(1, most + 2):
        starts[place] += starts[place - 1]
    order = np.empty(len(counts), dtype=np.int64)
    for column, count in enumerate(counts):
        order[starts[most - count]] = column
        starts[most - count] += 1
    return order


@njit(SIGNATURE, cache=True, nogil=True)
def ratio_columns(mask: Bytes, rows: IntArray, t: float) -> IntArray:
    """Shortest prefix of the ordered columns that is longer than t times the fullest row's leftovers; ascending.

    The prefix grows by one column at a time and the leftovers of the rows shrink with it, so the walk ends after
    |prefix| steps of |rows| work instead of sorting through all columns.
    """
    order = descending(column_counts(mask, rows), len(rows))
    left = np.zeros(len(rows), dtype=np.int64)
    for position, row in enumerate(rows):
        for value in mask[row]:
            left[position] += value
    fullest = left.max() if len(rows) else 0
    if fullest == 0:
        return np.empty(0, dtype=np.int64)
    length = 0
    while length <= t * fullest:
        column = order[length]
        length += 1
        fullest = 0
        for position, row in enumerate(rows):
            left[position] -= mask[row, column]
            fullest = max(fullest, left[position])
    chosen = np.zeros(mask.shape[1], dtype=np.bool_)
    chosen[order[:length]] = True
    return np.flatnonzero(chosen)


@njit(SIGNATURE, cache=True, nogil=True)
def threshold_columns(mask: Bytes, rows: IntArray, least: float) -> IntArray:
    """Columns with at least `least` nonzeros within the rows of a group, ascending."""
    return np.flatnonzero(column_counts(mask, rows) >= least)


@njit("void(boolean[:, ::1], int64[::1], int64[::1])", cache=True, nogil=True)
def fill_block(mask: NDArray[np.bool_], rows: IntArray, columns: IntArray) -> None:
    """Set the entries of a block to one."""
    for row in rows:
        for column in columns:
            mask[row, column] = True
