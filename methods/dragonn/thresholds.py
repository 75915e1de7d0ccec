"""Thresholds that about k = ρn elements reach.

    rule     threshold                                                cost
    sample   of ⌊n/100⌋ draws with replacement, rank ⌈ρ·draws⌉         a gather of 1 % of n; the paper's rule
    exact    the k-th largest magnitude                                a partial sort of n
    ema      the last step's, times (s/k)^(1/8) within 0.7 .. 1.4      nothing
    exp      mean |x| · ln(1/ρ): magnitudes as if exponential          one more pass

A sampled threshold selects k elements give or take 1/√rank: a third of them for a million elements at ρ =
0.001. A threshold of 0, of a sample of zeros, would select everything; it is raised to the smallest normal
number.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from methods.dragonn.gradient import LARGEST, SMALLEST_NORMAL
from methods.dragonn.lanes import LANES, MAGNITUDE, Array
from methods.dragonn.murmur import WORD, slot_of
from methods.dragonn.sources import fingerprint

LEAST_SAMPLE, MOST_SAMPLE = 0.001, 1.0  # the reference clips the share of elements that are drawn to these
SAMPLING = 0x85EBCA77  # keeps the draws apart from the slots of the same step
LEAST_CHANGE, MOST_CHANGE = 0.7, 1.4
# Where a change of 1 % of the threshold changes the count by g %, the rule converges if g · EXPONENT < 2. For a
# normal gradient at ρ = 0.001, g is 12; a square root would swing for ever.
EXPONENT = 1 / 8


def sampled(bits: npt.NDArray[np.int32], ratio: float, seed: int, sample_ratio: float = 0.01) -> float:
    """Return the threshold of a sample; bits as of `gradient.bit_patterns`, n ≥ 1.

    Draws are a hash of their number and the seed: the same on every machine, for any number of threads.
    """
    share = min(max(sample_ratio, LEAST_SAMPLE), MOST_SAMPLE)
    draws, _ = _draw(bits, max(1, int(bits.size * share)), (seed + SAMPLING) % WORD)
    return _usable(_largest(draws, math.ceil(draws.size * ratio)))


def exact(bits: npt.NDArray[np.int32], count: int) -> float:
    """Return the magnitude of rank `count`, in 1 .. n; every element of that magnitude reaches it."""
    return _usable(_largest(bits & MAGNITUDE, count))


def following(threshold: float, selected: int, count: int) -> float:
    """Return the threshold after one that `selected` elements reached where `count` were wanted."""
    return _usable(threshold * min(max((selected / count) ** EXPONENT, LEAST_CHANGE), MOST_CHANGE))


def exponential(x: npt.NDArray[np.float32], ratio: float) -> float:
    """Return the threshold under which all but a share `ratio` of exponentially distributed magnitudes would be."""
    total, _ = _sum_of_magnitudes(x.reshape(-1))
    return _usable(total / x.size * math.log(1 / ratio))


def _largest(magnitudes: npt.NDArray[np.int32], rank: int) -> float:
    place = magnitudes.size - rank
    return float(np.partition(magnitudes, place)[place].view(np.float32))


def _usable(threshold: float) -> float:
    """The nearest positive finite threshold; of NaN the largest, so that the pass meets what is not finite."""
    return max(SMALLEST_NORMAL, threshold) if threshold <= LARGEST else LARGEST


def _compiled(sources: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    @njit(nogil=True, error_model="numpy", cache=True)
    def draw(bits: Array, count: int, seed: int) -> tuple[Array, int]:
        magnitudes = np.empty(count, np.int32)
        for k in range(count):
            magnitudes[k] = bits[slot_of(k, seed, len(bits), True)] & MAGNITUDE
        return magnitudes, sources

    @njit(nogil=True, error_model="numpy", cache=True)
    def sum_of_magnitudes(x: Array) -> tuple[float, int]:
        lanes = np.zeros(LANES)  # sums of every 64th element: one order of addition on every machine
        whole = len(x) // LANES * LANES
        for block in range(0, whole, LANES):
            for lane in range(LANES):
                lanes[lane] += np.float64(abs(x[block + lane]))
        total = lanes.sum()
        for k in range(whole, len(x)):
            total += np.float64(abs(x[k]))
        return total, sources

    return draw, sum_of_magnitudes


_draw, _sum_of_magnitudes = _compiled(fingerprint())
