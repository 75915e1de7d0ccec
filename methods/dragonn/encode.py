"""Encoder: a hash table of m slots keeps elements whose magnitude reaches a threshold.

Z. Wang, Z. Xu, X. Wu, A. Shrivastava and T. S. E. Ng, "DRAGONN: Distributed Randomized Approximate Gradients of
Neural Networks", ICML 2022: no sort and no prefix sum over n, one pass. The policy decides which of two
elements stays in a slot; see `entries`. In the reference, index 0 marks an empty slot, so element 0 is never sent;
here -1 marks it.
"""

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from methods.dragonn.entries import policy_number
from methods.dragonn.gradient import MOST, bit_patterns, non_finite, threshold_bits
from methods.dragonn.lanes import LANES, STREAMS
from methods.dragonn.murmur import HASH_SEED
from methods.dragonn.one_pass import list_hits
from methods.dragonn.table import SEGMENT_BITS, by_one_segment, by_segments, choose
from methods.dragonn.wire import Message

SLOT_MAPS = ("mulhi", "mod")
WIRES = ("pairs", "table")
LEAST_PART = 1 << 18  # least elements of a thread

Ints = npt.NDArray[Any]


class Encoder:
    """Encoder of gradients into tables of one size; a result is valid until the next call.

    Args:
        slots: m ≥ 1, usually four times the number of elements wanted.
        policy: ``max_index``, ``max_abs`` or ``probe<p>``.
        slot_map: ``mulhi`` (no division) or ``mod`` (the reference's).
        wire: ``pairs``, or ``table`` for the whole table, whose size does not depend on the data.
        threads: parts that numba's threads work on; numba.get_num_threads() if None. The result does not depend
        on it.

    Raises:
        ValueError: an argument is not one of these.
    """

    def __init__(
        self,
        slots: int,
        *,
        policy: str = "max_index",
        slot_map: str = "mulhi",
        wire: str = "pairs",
        threads: int | None = None,
    ) -> None:
        self.slots = _within("slots", slots, MOST - 1)
        self.policy = policy_number(policy)
        self.mulhi = _one_of("slot_map", slot_map, SLOT_MAPS) == "mulhi"
        self.fixed = _one_of("wire", wire, WIRES) == "table"
        self.threads = _within("threads", numba.get_num_threads() if threads is None else threads, MOST)
        self._padded = -(-slots // LANES) * LANES
        self._index, self._value = np.empty(self._padded, np.int32), np.empty(self._padded, np.int32)
        self._arrays: dict[str, Ints] = {}

    def __call__(
        self, x: npt.NDArray[np.float32], threshold: float, seed: int = 0, names: Sequence[str] = ()
    ) -> Message:
        """Return the elements with \\|x_i\\| ≥ threshold that the table keeps, in order of slots.

        Args:
            x: float32, n elements, contiguous.
            threshold: positive and finite.
            seed: seed of the step, see `murmur.step_seed`; the hash's seed is 43 + seed modulo 2^32.
            names: names of the parameters in x, for messages.

        Raises:
            TypeError: x is no float32 array, or not contiguous.
            ValueError: x has 2^31 elements or more, or the threshold is not positive and finite.
            FloatingPointError: x has an infinity or a NaN.
        """
        bits, least = bit_patterns(x), threshold_bits(threshold)
        if bits.size < LANES:
            bits = np.pad(bits, (0, LANES - bits.size))
        seed = (HASH_SEED + seed) % (1 << 32)
        parts = min(self.threads, 1 + x.size // LEAST_PART)
        lists, lengths = self._listed(bits, least, parts, names)
        selected = int(lengths.sum())
        kept = self._placed(lists, lengths, seed, selected)
        return Message(self._index[:kept], self._value[:kept].view(np.float32), x.size, selected)

    def _array(self, name: str, size: int, dtype: type) -> Ints:
        """Return the uninitialised array kept under this name; it is reallocated only to grow."""
        kept = self._arrays.get(name)
        if kept is None or kept.size < size:
            kept = self._arrays[name] = np.empty(size, dtype)
        return kept[:size]

    def _listed(self, bits: Ints, least: np.int32, parts: int, names: Sequence[str]) -> tuple[Ints, Ints]:
        """Return lists of the hits, each with room for more than its share, and their lengths."""
        count = STREAMS * parts
        room = self.slots // (2 * count) + 256
        while True:
            lists = self._array("lists", count * room, np.int64).reshape(count, room)
            lengths, infinite, _ = list_hits[parts > 1](bits, least, self.policy, lists)
            if infinite:
                raise non_finite(infinite, names)
            if lengths.max() <= room:
                return lists, lengths
            room = int(lengths.max())  # a list overflowed: repeat with more room

    def _placed(self, lists: Ints, lengths: Ints, seed: int, selected: int) -> int:
        """Fill the table and write its elements; return the number of places of the message."""
        parallel = len(lists) > STREAMS
        chosen = self._array("chosen", lists.size, np.int32).reshape(lists.shape)
        choose[parallel](lists, lengths, seed, self.slots, self.mulhi, self.policy, chosen)
        table = (lists, lengths, chosen, self.slots, self.policy, self.fixed)
        if self.slots <= 1 << SEGMENT_BITS:
            return by_one_segment(*table, self._index, self._value)[0]
        sorted_hits = (
            self._array("by_segment", selected, np.int64),
            self._array("chosen_by_segment", selected, np.int32),
        )
        return by_segments[parallel](*table, *sorted_hits, self._index, self._value)[0]


def encode(
    x: npt.NDArray[np.float32],
    threshold: float,
    slots: int,
    *,
    seed: int = 0,
    policy: str = "max_index",
    slot_map: str = "mulhi",
    wire: str = "pairs",
    threads: int | None = None,
    names: Sequence[str] = (),
) -> Message:
    """Return the message of a new `Encoder` for x; arguments and errors are those of `Encoder`."""
    return Encoder(slots, policy=policy, slot_map=slot_map, wire=wire, threads=threads)(x, threshold, seed, names)


def _one_of(name: str, got: str, allowed: tuple[str, ...]) -> str:
    if got not in allowed:
        raise ValueError(f"{name} is {got!r}; allowed are {', '.join(map(repr, allowed))}")
    return got


def _within(name: str, got: int, most: int) -> int:
    if not 1 <= got <= most:
        raise ValueError(f"{name} is {got}; allowed are 1 .. {most}")
    return got
