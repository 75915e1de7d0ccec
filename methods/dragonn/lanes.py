"""Comparisons of 64 elements at a time, as the bits of one 64-bit word.

A comparison of a vector of 64 lanes, bit-cast to an integer, is what LLVM turns into a handful of compare-and-pack
instructions on any vector unit. A block without a hit costs one test for zero, and a block with hits costs one step
per hit, not per element: there is no branch whose outcome depends on an element.

Magnitudes of floats are compared as integers: with the sign cleared, bit patterns of float32 are ordered as the
numbers are, and infinities and NaNs lie above all of them.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

Array = npt.NDArray[Any]

LANES = 64
STREAMS = 4
MAGNITUDE = np.int32(0x7FFFFFFF)  # clears the sign of a float32
INFINITY = np.int32(0x7F800000)  # the bits of +inf; every larger magnitude is a NaN


def _lanes(context: Any, builder: Any, kind: Any, array: Any, start: Any, bits: int) -> Any:
    """Return the LLVM value array[start : start+64]; the elements have `bits` bits and their natural alignment."""
    vector = ir.VectorType(ir.IntType(bits), LANES)
    data = context.make_array(kind)(context, builder, array).data
    lanes = builder.load(builder.bitcast(builder.gep(data, [start]), vector.as_pointer()))
    lanes.align = bits // 8
    return lanes


@intrinsic
def full_block(_: Any, bits: Any, start: Any, threshold: Any) -> Any:
    """Return a word whose bit l is set if the magnitude of bits[start + l] is at least `threshold` (all int32)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = _lanes(context, builder, signature.args[0], arguments[0], arguments[1], 32)
        magnitudes = builder.and_(lanes, ir.Constant(lanes.type, [int(MAGNITUDE)] * LANES))
        nothing = ir.Constant(lanes.type, ir.Undefined)
        first = builder.insert_element(nothing, arguments[2], ir.Constant(ir.IntType(32), 0))
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        passes = builder.icmp_signed(">=", magnitudes, builder.shuffle_vector(first, nothing, everywhere))
        return builder.bitcast(passes, ir.IntType(64))

    return types.uint64(bits, types.int64, types.int32), generate


@intrinsic
def occupied(_: Any, table: Any, start: Any) -> Any:
    """Return a word whose bit l is set if table[start + l], an int64, is not negative."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lanes = _lanes(context, builder, signature.args[0], arguments[0], arguments[1], 64)
        passes = builder.icmp_signed(">=", lanes, ir.Constant(lanes.type, [0] * LANES))
        return builder.bitcast(passes, ir.IntType(64))

    return types.uint64(table, types.int64), generate


@intrinsic
def lowest(_: Any, word: Any) -> Any:
    """Return the position of the lowest set bit of a non-zero word."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@njit(nogil=True, error_model="numpy", inline="always")
def hits(bits: Array, block: int, threshold: np.int32) -> np.uint64:
    """Bit l: element block + l exists and has at least the threshold's magnitude; of 64 elements or more."""
    begin = min(block, len(bits) - LANES)  # the last block may overlap the one before it
    return full_block(bits, begin, threshold) >> np.uint64(block - begin)


@njit(nogil=True, error_model="numpy", inline="always")
def four_blocks(
    bits: Array, begin: int, length: int, threshold: np.int32
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the words of the full blocks at begin, begin + length, begin + 2 length and begin + 3 length.

    A pass over four streams in turn reads memory at nearly twice the bandwidth of one stream: a core's
    prefetchers follow several streams at once, each up to the end of a page.
    """
    return (
        full_block(bits, begin, threshold),
        full_block(bits, begin + length, threshold),
        full_block(bits, begin + 2 * length, threshold),
        full_block(bits, begin + 3 * length, threshold),
    )
