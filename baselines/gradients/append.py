"""One-pass append: every thread writes the elements that reach the threshold in sequence.

No collision, no loss, no prefix sum: the strongest peer of a hash table. Sixty-four elements are compared
at once, by the bits of their magnitudes, which are ordered as floats are; the outcome is one word, and each of
its set bits is an append. An infinity or NaN has larger bits than any threshold, so it is found among the hits.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import get_num_threads, njit, prange, types
from numba.extending import intrinsic

from baselines.gradients.pairs import Gradient, Pairs, checked

Array = npt.NDArray[Any]

LANES = 64
STREAMS = 4  # streams that a thread reads in turn: more bandwidth than one, as prefetchers end at a page
MAGNITUDE = np.int32(0x7FFFFFFF)
INFINITY = np.int32(0x7F800000)
LEAST_PART = 1 << 18  # least elements of a thread


@intrinsic
def _reached(_: Any, bits: Any, start: Any, least: Any) -> Any:
    """Bit l: the magnitude of bits[start + l] is at least `least`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = ir.IntType(32)
        vector = ir.VectorType(word, LANES)
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        lanes = builder.load(builder.bitcast(builder.gep(data, [arguments[1]]), vector.as_pointer()))
        lanes.align = 4
        undefined = ir.Constant(vector, ir.Undefined)
        first = builder.insert_element(undefined, arguments[2], ir.Constant(word, 0))
        bound = builder.shuffle_vector(first, undefined, ir.Constant(vector, [0] * LANES))
        magnitudes = builder.and_(lanes, ir.Constant(vector, [int(MAGNITUDE)] * LANES))
        return builder.bitcast(builder.icmp_signed(">=", magnitudes, bound), ir.IntType(64))

    return types.uint64(bits, types.int64, types.int32), generate


@intrinsic
def _lowest(_: Any, word: Any) -> Any:
    """The position of the lowest set bit of a word that is not zero."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@njit(nogil=True, error_model="numpy", inline="always")
def _append(bits: Array, block: int, word: np.uint64, index: Array, value: Array, count: int) -> tuple[Any, int]:
    """Append a block's hits after `count` others within the capacity; return the new and the non-finite count."""
    at, infinite = np.uint64(count), 0
    while word != np.uint64(0):
        i = np.uint64(block) + _lowest(word)
        word &= word - np.uint64(1)
        if at < np.uint64(len(index)):
            index[at], value[at] = i, bits[i]
        at += np.uint64(1)
        infinite += (bits[i] & MAGNITUDE) >= INFINITY
    return np.int64(at), infinite


@njit(nogil=True, error_model="numpy")
def _append_part(
    bits: Array, start: int, stop: int, least: np.int32, index: Array, value: Array, counts: Array
) -> int:
    """Append the hits of each of a part's streams to its row and count them; return the non-finite count."""
    infinite = 0
    length = (stop - start) // (STREAMS * LANES) * LANES
    for begin in range(start, start + length, LANES):
        words = (
            _reached(bits, begin, least),
            _reached(bits, begin + length, least),
            _reached(bits, begin + 2 * length, least),
            _reached(bits, begin + 3 * length, least),
        )
        if words[0] | words[1] | words[2] | words[3]:
            for k in range(STREAMS):
                block = begin + k * length
                counts[k], wrong = _append(bits, block, words[k], index[k], value[k], counts[k])
                infinite += wrong
    last = STREAMS - 1
    for block in range(start + STREAMS * length, stop, LANES):
        begin = min(block, len(bits) - LANES)  # the last block may overlap the one before it
        word = _reached(bits, begin, least) >> np.uint64(block - begin)
        counts[last], wrong = _append(bits, block, word, index[last], value[last], counts[last])
        infinite += wrong
    return infinite


@njit(nogil=True, error_model="numpy")
def _gather(index: Array, value: Array, counts: Array) -> int:
    """Move all rows' hits behind those of the first row, within its capacity; return the number of hits."""
    room = index.shape[1]
    written = min(counts[0], room)
    for k in range(1, len(index)):
        for hit in range(min(counts[k], room - written)):
            index[0, written + hit], value[0, written + hit] = index[k, hit], value[k, hit]
        written = min(written + counts[k], room)
    return counts.sum()


@njit(nogil=True, error_model="numpy", cache=True)
def append_serially(bits: Array, least: np.int32, index: Array, value: Array) -> tuple[int, int]:
    """Append all hits to the first row; return their number and that of non-finite ones."""
    counts = np.zeros(STREAMS, np.int64)
    infinite = _append_part(bits, 0, len(bits), least, index, value, counts)
    return _gather(index, value, counts), infinite


@njit(nogil=True, error_model="numpy", cache=True, parallel=True)
def append_in_parallel(bits: Array, least: np.int32, index: Array, value: Array) -> tuple[int, int]:
    """Append all hits to the first row with several threads, four rows each."""
    parts = len(index) // STREAMS
    length = -(-len(bits) // (parts * LANES)) * LANES
    counts, infinite = np.zeros(len(index), np.int64), np.zeros(parts, np.int64)
    for part in prange(parts):
        start, stop = min(part * length, len(bits)), min((part + 1) * length, len(bits))
        own = slice(part * STREAMS, (part + 1) * STREAMS)
        infinite[part] = _append_part(bits, start, stop, least, index[own], value[own], counts[own])
    return _gather(index, value, counts), infinite.sum()


class Appender:
    """Selection by a threshold into reused arrays; a result is valid until the next call.

    Args:
        capacity: elements kept at most, the first by index; 1.3 k + 64 is usual.
        threads: parts that numba's threads work on; numba.get_num_threads() if None. The result does not depend
        on it.

    Attributes:
        reached: number of elements that reached the last call's threshold, kept or not.

    Raises:
        ValueError: the capacity or the number of threads is less than 1.
    """

    def __init__(self, capacity: int, threads: int | None = None) -> None:
        threads = get_num_threads() if threads is None else threads
        for name, got in (("capacity", capacity), ("threads", threads)):
            if got < 1:
                raise ValueError(f"{name} is {got}; allowed are 1 or more")
        self.reached = 0
        self._index = np.empty((threads * STREAMS, capacity), np.int32)
        self._value = np.empty((threads * STREAMS, capacity), np.int32)

    def __call__(self, x: Gradient, threshold: float) -> Pairs:
        """Return the elements with \\|x_i\\| ≥ threshold, by index.

        Raises:
            TypeError, ValueError: as `pairs.checked`, or the threshold is not positive and finite.
            FloatingPointError: x has an infinity or a NaN.
        """
        bits = checked(x).view(np.int32)
        if not 0 < threshold < np.inf:
            raise ValueError(f"threshold is {threshold}; allowed are positive finite numbers")
        if bits.size < LANES:
            bits = np.pad(bits, (0, LANES - bits.size))
        bits.flags.writeable = False
        least = np.float32(threshold).view(np.int32)
        rows = STREAMS * min(len(self._index) // STREAMS, 1 + x.size // LEAST_PART)
        call = append_serially if rows == STREAMS else append_in_parallel
        reached, infinite = call(bits, least, self._index[:rows], self._value[:rows])
        if infinite:
            raise FloatingPointError(f"gradient has {infinite} non-finite elements; expected finite numbers only")
        self.reached = reached
        kept = min(reached, self._index.shape[1])
        return Pairs(self._index[0, :kept], self._value[0, :kept].view(np.float32))


@njit(nogil=True, cache=True)
def append_plain(x: Gradient, threshold: np.float32, index: Array, value: Array) -> int:
    """Append by a plain loop; `index` and `value` must have room for every hit."""
    kept = 0
    for i in range(len(x)):
        if abs(x[i]) >= threshold:
            index[kept], value[kept] = i, x[i]
            kept += 1
    return kept
