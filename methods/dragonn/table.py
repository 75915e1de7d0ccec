"""Hash table: hits are written to slots, and the elements that stay form the message.

A table of millions of slots would be written at random, a cache line a hit. Instead a counting sort brings the
hits into segments of 2^15 slots, in order of index within a segment, and each segment is filled and drained in
the fastest cache. Threads own segments, so no two of them write to one place and memory does not grow with
their number; a maximum decides which element stays in a slot, so the result is that of one thread to the bit. A
table of one segment needs no sort.

Probing looks at slots all over the table, in order of index: one thread chooses the slots, by a bitmap of those
taken, and the rest is the same.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

from methods.dragonn.entries import EMPTY, unpacked
from methods.dragonn.lanes import LANES, STREAMS, Array, lowest, occupied
from methods.dragonn.murmur import slot_of
from methods.dragonn.sources import fingerprint

SEGMENT_BITS = 15  # 256 KiB of entries: half of a usual second-level cache


@njit(nogil=True, error_model="numpy")
def drain(table: Array, policy: int, index: Array, value: Array) -> Any:
    """Write the elements of occupied slots in order, return their number. The table has a multiple of 64 slots."""
    kept = np.uint64(0)
    for block in range(0, len(table), LANES):
        word = occupied(table, block)
        while word != np.uint64(0):
            entry = table[np.uint64(block) + lowest(word)]
            word &= word - np.uint64(1)
            index[kept], value[kept] = unpacked(entry, policy)
            kept += np.uint64(1)
    return np.int64(kept)


@njit(nogil=True, error_model="numpy")
def spread(table: Array, policy: int, index: Array, value: Array) -> None:
    """Write every slot of the table, whether it is occupied or not: index -1 and value 0 if not."""
    for slot in range(len(index)):
        index[slot], value[slot] = EMPTY, 0
        if table[slot] >= 0:
            index[slot], value[slot] = unpacked(table[slot], policy)


@njit(nogil=True, error_model="numpy")
def hash_all(entries: Array, seed: int, slots: int, mulhi: bool, policy: int, chosen: Array) -> None:
    """Compute the slot of every entry."""
    for hit in range(len(entries)):
        index, _ = unpacked(entries[hit], policy)
        chosen[hit] = slot_of(np.int64(index), seed, slots, mulhi)


@njit(nogil=True, error_model="numpy")
def probe_all(entries: Array, seed: int, slots: int, mulhi: bool, tries: int, chosen: Array, taken: Array) -> int:
    """Assign every entry, in order, its first free slot; move those with a slot to the front, return their count.

    `taken` has a bit a slot, 1/64 of the table.
    """
    placed = 0
    for hit in range(len(entries)):
        index, _ = unpacked(entries[hit], tries)
        for attempt in range(tries):
            slot = slot_of(np.int64(index), seed + attempt, slots, mulhi)
            word, bit = slot >> np.uint64(6), np.uint64(1) << (slot & np.uint64(63))
            if not taken[word] & bit:
                taken[word] |= bit
                entries[placed], chosen[placed] = entries[hit], slot
                placed += 1
                break
    return placed


@njit(nogil=True, error_model="numpy")
def count_all(chosen: Array, counts: Array) -> None:
    """Count the entries of each segment."""
    for hit in range(len(chosen)):
        counts[np.uint32(chosen[hit]) >> np.uint32(SEGMENT_BITS)] += 1


@njit(nogil=True, error_model="numpy")
def scatter_all(entries: Array, chosen: Array, place: Array, by_segment: Array, chosen_by_segment: Array) -> None:
    """Move entries and slots to the places that their segments have reserved for this part."""
    for hit in range(len(entries)):
        segment = np.uint32(chosen[hit]) >> np.uint32(SEGMENT_BITS)
        to = np.uint64(place[segment])
        by_segment[to], chosen_by_segment[to] = entries[hit], chosen[hit]
        place[segment] += 1


@njit(nogil=True, error_model="numpy")
def reserve(place: Array) -> Array:
    """Replace counts (lists, segments) by first places; return the starts of segments and the end of the last."""
    lists, segments = place.shape
    begins = np.zeros(segments + 1, np.int64)
    for segment in range(segments):
        at = begins[segment]
        for k in range(lists):
            count = place[k, segment]
            place[k, segment] = at
            at += count
        begins[segment + 1] = at
    return begins


@njit(nogil=True, error_model="numpy")
def offer(table: Array, entries: Array, chosen: Array) -> None:
    """Put entries into the slots of a segment; of two in a slot the greater stays."""
    for hit in range(len(entries)):
        slot = np.uint32(chosen[hit]) & np.uint32((1 << SEGMENT_BITS) - 1)
        table[slot] = max(table[slot], entries[hit])


@njit(nogil=True, error_model="numpy")
def drain_segments(
    first: int,
    last: int,
    begins: Array,
    by_segment: Array,
    chosen_by_segment: Array,
    policy: int,
    index: Array,
    value: Array,
) -> int:
    """Fill and drain segments first .. last-1; elements are written from the place of the first one's hits on."""
    table = np.empty(1 << SEGMENT_BITS, np.int64)
    at = begins[first]
    for segment in range(first, last):
        own = slice(begins[segment], begins[segment + 1])
        table[:] = EMPTY
        offer(table, by_segment[own], chosen_by_segment[own])
        at += drain(table, policy, index[at:], value[at:])
    return at - begins[first]


@njit(nogil=True, error_model="numpy")
def spread_segments(
    first: int,
    last: int,
    begins: Array,
    by_segment: Array,
    chosen_by_segment: Array,
    policy: int,
    index: Array,
    value: Array,
) -> None:
    """Fill segments first .. last-1 and write all their slots to the places of those slots."""
    table = np.empty(1 << SEGMENT_BITS, np.int64)
    for segment in range(first, last):
        own = slice(begins[segment], begins[segment + 1])
        table[:] = EMPTY
        offer(table, by_segment[own], chosen_by_segment[own])
        slots = slice(segment << SEGMENT_BITS, (segment + 1) << SEGMENT_BITS)
        spread(table, policy, index[slots], value[slots])


def _compiled(parallel: bool, sources: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    @njit(nogil=True, error_model="numpy", cache=True, parallel=parallel)
    def choose(lists: Array, lengths: Array, seed: int, slots: int, mulhi: bool, policy: int, chosen: Array) -> int:
        """Choose the slot of every listed entry; probing drops those that find none and shortens the lists."""
        if policy > 0:
            taken = np.zeros((slots >> 6) + 1, np.uint64)
            for k in range(len(lists)):
                entries = lists[k, : lengths[k]]
                lengths[k] = probe_all(entries, seed, slots, mulhi, policy, chosen[k], taken)
        else:
            for k in prange(len(lists)):
                hash_all(lists[k, : lengths[k]], seed, slots, mulhi, policy, chosen[k])
        return sources

    @njit(nogil=True, error_model="numpy", cache=True, parallel=parallel)
    def by_segments(
        lists: Array,
        lengths: Array,
        chosen: Array,
        slots: int,
        policy: int,
        fixed: bool,
        by_segment: Array,
        chosen_by_segment: Array,
        index: Array,
        value: Array,
    ) -> tuple[int, int]:
        """Write the message of a table of many segments; return its number of places."""
        parts, segments = len(lists) // STREAMS, ((slots - 1) >> SEGMENT_BITS) + 1
        place = np.zeros((len(lists), segments), np.int64)
        for k in prange(len(lists)):
            count_all(chosen[k, : lengths[k]], place[k])
        begins = reserve(place)
        for k in prange(len(lists)):
            scatter_all(lists[k, : lengths[k]], chosen[k], place[k], by_segment, chosen_by_segment)
        kept = np.zeros(parts, np.int64)
        for part in prange(parts):
            first, last = part * segments // parts, (part + 1) * segments // parts
            if fixed:
                spread_segments(
                    first, last, begins, by_segment, chosen_by_segment, policy, index[:slots], value[:slots]
                )
            else:
                kept[part] = drain_segments(
                    first, last, begins, by_segment, chosen_by_segment, policy, index, value
                )
        if fixed:
            return slots, sources
        total = kept[0]
        for part in range(1, parts):
            begin = begins[part * segments // parts]
            for k in range(kept[part]):
                index[total + k], value[total + k] = index[begin + k], value[begin + k]
            total += kept[part]
        return total, sources

    return choose, by_segments


def _compiled_for_one_segment(sources: int) -> Callable[..., Any]:
    @njit(nogil=True, error_model="numpy", cache=True)
    def by_one_segment(
        lists: Array,
        lengths: Array,
        chosen: Array,
        slots: int,
        policy: int,
        fixed: bool,
        index: Array,
        value: Array,
    ) -> tuple[int, int]:
        """Write the message of a table of one segment; return its number of places."""
        table = np.full(-(-slots // LANES) * LANES, EMPTY, np.int64)
        for k in range(len(lists)):
            offer(table, lists[k, : lengths[k]], chosen[k])
        if fixed:
            spread(table, policy, index[:slots], value[:slots])
            return slots, sources
        return drain(table, policy, index, value), sources

    return by_one_segment


choose, by_segments = {}, {}
for _parallel in (False, True):
    choose[_parallel], by_segments[_parallel] = _compiled(_parallel, fingerprint(_parallel))
by_one_segment = _compiled_for_one_segment(fingerprint())
