"""The Gram matrix of a binary mask: columns that two rows share, counted on packed bits.

G_ij = popcount(a_i & a_j) counts 64 columns in one instruction; a matrix product in float32 counts as many as a
vector has lanes. Counts are integers: the result does not depend on the machine or on the number of threads.
"""

from typing import Any

import numpy as np
from llvmlite.ir import IRBuilder
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from methods.structured_tickets.validation import BoolArray

WORD = 64


@intrinsic
def popcount(typing_context: Any, word: Any) -> Any:
    """Number of ones of an unsigned 64-bit integer."""

    def generate(context: Any, builder: IRBuilder, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


def packed_rows(mask: BoolArray) -> NDArray[np.uint64]:
    """The rows of a mask as 64-bit words, padded with zeros; shape (R, ceil(n / 64))."""
    rows, columns = mask.shape
    packed = np.zeros((rows, -(-columns // WORD) * (WORD // 8)), dtype=np.uint8)
    packed[:, : -(-columns // 8)] = np.packbits(mask, axis=1)
    return packed.view(np.uint64)


def shared_columns(mask: BoolArray) -> NDArray[np.int32]:
    """G = M M^T with a zero diagonal, int32, shape (R, R)."""
    return _pairwise(packed_rows(mask))


@njit("int32[:, ::1](uint64[:, ::1])", cache=True, nogil=True)
def _pairwise(words: NDArray[np.uint64]) -> NDArray[np.int32]:
    rows, width = words.shape
    gram = np.zeros((rows, rows), dtype=np.int32)
    for i in range(rows):
        for j in range(i):
            shared = np.uint64(0)
            for w in range(width):
                shared += popcount(words[i, w] & words[j, w])
            gram[i, j] = gram[j, i] = np.int32(shared)
    return gram
