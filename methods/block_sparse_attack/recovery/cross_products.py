"""Products of dictionary blocks that the active systems of many signals share, computed when first needed.

Both stores have a fixed budget of memory: when it is used up, they are emptied, so neither grows to the
p x p Gram matrix of a large dictionary.
"""

from threading import Lock

import numpy as np
from numba import njit

from .dictionary import Dictionary

GRAM_BYTES = 48 << 20
OUTER_BYTES = 112 << 20


class GramBlocks:
    """The blocks ``D_g^T D_h`` of groups that some signal has active together, in float32.

    Attributes:
        computed: the number of blocks computed so far.
    """

    def __init__(self, dictionary: Dictionary, budget: int = GRAM_BYTES) -> None:
        groups = dictionary.groups
        self._dictionary = dictionary
        self._width = max(groups.sizes)
        self._capacity = min(groups.count**2, budget // (4 * self._width**2))
        self._slots = np.full((groups.count, groups.count), -1, np.int32)
        self._blocks = np.empty((self._capacity, self._width, self._width), np.float32)
        self._used = 0
        self._lock = Lock()
        self.computed = 0

    def fits(self, active: int) -> bool:
        """Return whether the Gram matrix of a number of groups can be assembled from the store."""
        return active**2 <= self._capacity

    def assemble(self, active: np.ndarray) -> np.ndarray:
        """Return the lower triangle of ``A^T A`` of the active columns, float32 (n, n), Fortran order."""
        groups = self._dictionary.groups
        starts = np.concatenate([[0], np.cumsum(np.asarray(groups.sizes)[active])]).astype(np.int64)
        gram = np.empty((starts[-1], starts[-1]), np.float32)
        with self._lock:
            if self._missing(active) > self._capacity - self._used:
                self._slots[:] = -1
                self._used = 0
            self._fill(active)
            _gather(self._blocks, self._slots, active, starts, gram)
        return gram.T

    def _missing(self, active: np.ndarray) -> int:
        return int((self._slots[np.ix_(active, active)] < 0).sum())

    def _fill(self, active: np.ndarray) -> None:
        groups, rows = self._dictionary.groups, self._dictionary.rows32
        for g in active:
            absent = active[self._slots[g, active] < 0]
            if not len(absent):
                continue
            products = rows[groups.slice(g)] @ rows[groups.columns_of(absent)].T
            end = 0
            for h in absent:
                start, end = end, end + groups.sizes[h]
                block = products[:, start:end]
                for first, second, values in ((g, h, block), (h, g, block.T)):
                    if self._slots[first, second] < 0:
                        self._blocks[self._used, : values.shape[0], : values.shape[1]] = values
                        self._slots[first, second] = self._used
                        self._used += 1
                        self.computed += 1


class OuterProducts:
    """The products ``D_g D_g^T`` of groups that some signal has active, float32 (d, d) each."""

    def __init__(self, dictionary: Dictionary, budget: int = OUTER_BYTES) -> None:
        d = dictionary.dimension
        self._dictionary = dictionary
        self._capacity = min(dictionary.groups.count, budget // (4 * d * d))
        self._slots = np.full(dictionary.groups.count, -1, np.int64)
        self._products = np.empty((self._capacity, d, d), np.float32)
        self._used = 0
        self._lock = Lock()

    def assemble(self, active: np.ndarray, variances: np.ndarray) -> np.ndarray:
        """Return the lower triangle of ``I + sum_g v_g D_g D_g^T``, float32 (d, d), Fortran order.

        Args:
            active: the groups summed over.
            variances: v, one a group of `active`.
        """
        rows, groups = self._dictionary.rows32, self._dictionary.groups
        d = self._dictionary.dimension
        if len(active) > self._capacity:
            columns = groups.columns_of(active)
            scale = np.sqrt(np.repeat(variances, np.asarray(groups.sizes)[active])).astype(np.float32)
            scaled = rows[columns] * scale[:, None]
            total = scaled.T @ scaled
            total[np.diag_indices(d)] += np.float32(1)
            return total.T
        total = np.empty((d, d), np.float32)
        with self._lock:
            absent = active[self._slots[active] < 0]
            if len(absent) > self._capacity - self._used:
                self._slots[:] = -1
                self._used, absent = 0, active
            for g in absent:
                block = rows[groups.slice(g)]
                np.matmul(block.T, block, out=self._products[self._used])
                self._slots[g] = self._used
                self._used += 1
            slots = self._slots[active]
        _combine(self._products, slots, variances.astype(np.float32), total)
        return total.T


@njit(cache=True, nogil=True)
def _gather(
    blocks: np.ndarray, slots: np.ndarray, active: np.ndarray, starts: np.ndarray, gram: np.ndarray
) -> None:
    for a in range(active.size):
        for i in range(starts[a], starts[a + 1]):
            for b in range(a, active.size):
                block = blocks[slots[active[a], active[b]]]
                for j in range(starts[b], starts[b + 1]):
                    gram[i, j] = block[i - starts[a], j - starts[b]]


@njit(cache=True, nogil=True)
def _combine(products: np.ndarray, slots: np.ndarray, variances: np.ndarray, total: np.ndarray) -> None:
    d = total.shape[0]
    for i in range(d):
        row = total[i, i:]
        row[:] = 0
        row[0] = 1
        for k in range(slots.size):
            _accumulate(row, products[slots[k], i, i:], variances[k])


@njit(cache=True, nogil=True)
def _accumulate(row: np.ndarray, other: np.ndarray, factor: np.float32) -> None:
    for j in range(row.size):
        row[j] += factor * other[j]
