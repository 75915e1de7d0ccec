"""Plain implementation of the method: a loop with a float comparison, a table of indices and a gather."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from methods.dragonn.lanes import Array
from methods.dragonn.murmur import slot_of
from methods.dragonn.sources import fingerprint


def _compiled(sources: int) -> Callable[..., Any]:
    @njit(nogil=True, cache=True)
    def encode(
        x: Array, threshold: np.float32, seed: int, table: Array, index: Array, value: Array, tries: int
    ) -> tuple[int, int, int]:
        """Fill the table (int32, (m,)) by `mulhi` slots: the largest index stays, or the first of p tries."""
        table[:] = -1
        selected = 0
        for i in range(len(x)):
            if abs(x[i]) >= threshold:
                selected += 1
                if tries == 0:
                    table[slot_of(i, seed, len(table), True)] = i
                for attempt in range(tries):
                    slot = slot_of(i, seed + attempt, len(table), True)
                    if table[slot] < 0:
                        table[slot] = i
                        break
        kept = 0
        for i in table:
            if i >= 0:
                index[kept], value[kept] = i, x[i]
                kept += 1
        return kept, selected, sources

    return encode


encode = _compiled(fingerprint())
