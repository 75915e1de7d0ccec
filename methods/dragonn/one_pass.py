"""Single pass over the gradient: it lists every element that reaches the threshold as an entry of the table.

An entry holds index and value, so nothing is read from the gradient again, and the lists are short: 8
bytes a hit. Each thread reads a part of the gradient as four streams in turn, with a list for
each; lists in order of threads and streams hold the hits in order of index, for any partition.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

from methods.dragonn.entries import packed
from methods.dragonn.lanes import INFINITY, LANES, MAGNITUDE, STREAMS, Array, four_blocks, hits, lowest
from methods.dragonn.sources import fingerprint


@njit(nogil=True, error_model="numpy")
def part_of(size: int, part: int, parts: int) -> tuple[int, int]:
    """Return the bounds of one of `parts` parts; all parts but the last have whole blocks of 64."""
    length = -(-size // (parts * LANES)) * LANES
    return min(part * length, size), min((part + 1) * length, size)


@njit(nogil=True, error_model="numpy", inline="always")
def append(bits: Array, block: int, word: np.uint64, policy: int, entries: Array, count: int) -> tuple[Any, int]:
    """List a block's hits after `count` others within the capacity; return the new and the non-finite count."""
    infinite = 0
    at = np.uint64(count)
    while word != np.uint64(0):
        i = np.uint64(block) + lowest(word)
        word &= word - np.uint64(1)
        pattern = bits[i]
        infinite += (pattern & MAGNITUDE) >= INFINITY
        if at < np.uint64(len(entries)):
            entries[at] = packed(np.int64(i), pattern, policy)
        at += np.uint64(1)
    return np.int64(at), infinite


@njit(nogil=True, error_model="numpy")
def list_part(
    bits: Array, start: int, stop: int, threshold: np.int32, policy: int, lists: Array, counts: Array
) -> int:
    """List and count the hits of each stream of a part, the rest with the last's; return the non-finite count."""
    infinite = 0
    length = (stop - start) // (STREAMS * LANES) * LANES
    for begin in range(start, start + length, LANES):
        words = four_blocks(bits, begin, length, threshold)
        if words[0] | words[1] | words[2] | words[3]:
            for stream in range(STREAMS):
                block = begin + stream * length
                counts[stream], wrong = append(bits, block, words[stream], policy, lists[stream], counts[stream])
                infinite += wrong
    for block in range(start + STREAMS * length, stop, LANES):
        word = hits(bits, block, threshold)
        counts[STREAMS - 1], wrong = append(bits, block, word, policy, lists[STREAMS - 1], counts[STREAMS - 1])
        infinite += wrong
    return infinite


def _compiled(parallel: bool, sources: int) -> Callable[..., Any]:
    @njit(nogil=True, error_model="numpy", cache=True, parallel=parallel)
    def list_hits(bits: Array, threshold: np.int32, policy: int, lists: Array) -> tuple[Array, int, int]:
        """List all hits; return the lists' lengths, which may exceed their capacity, and the non-finite count."""
        parts = len(lists) // STREAMS
        counts, infinite = np.zeros(len(lists), np.int64), np.zeros(parts, np.int64)
        for part in prange(parts):
            start, stop = part_of(len(bits), part, parts)
            own = slice(part * STREAMS, (part + 1) * STREAMS)
            infinite[part] = list_part(bits, start, stop, threshold, policy, lists[own], counts[own])
        return counts, infinite.sum(), sources

    return list_hits


list_hits = {parallel: _compiled(parallel, fingerprint(parallel)) for parallel in (False, True)}
