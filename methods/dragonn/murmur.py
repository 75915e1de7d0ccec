"""MurmurHash3_x86_32 of a 4-byte little-endian index, and the slot of a table that a hash selects.

A. Appleby, MurmurHash3 (public domain algorithm); the block loop runs once for a 4-byte key.
"""

import numpy as np
from numba import njit, uint32, uint64

HASH_SEED = 43  # of the reference; the seed of a step is added to it
GOLDEN = 0x9E3779B1  # 2^32 / golden ratio: consecutive steps get seeds far apart
WORD = 1 << 32


@njit(nogil=True, error_model="numpy", inline="always")
def _rotated(word: np.uint32, by: int) -> np.uint32:
    return uint32((word << uint32(by)) | (word >> uint32(32 - by)))


@njit(nogil=True, error_model="numpy", inline="always")
def murmur3(index: int, seed: int) -> np.uint32:
    """Return the 32-bit hash of an index below 2^32 under a seed; both are taken modulo 2^32."""
    key = uint32(uint32(index) * uint32(0xCC9E2D51))
    key = uint32(_rotated(key, 15) * uint32(0x1B873593))
    h = uint32(_rotated(uint32(uint32(seed) ^ key), 13) * uint32(5) + uint32(0xE6546B64))
    h ^= uint32(4)  # the length of the key in bytes
    h = uint32((h ^ (h >> uint32(16))) * uint32(0x85EBCA6B))
    h = uint32((h ^ (h >> uint32(13))) * uint32(0xC2B2AE35))
    return uint32(h ^ (h >> uint32(16)))


@njit(nogil=True, error_model="numpy", inline="always")
def slot_of(index: int, seed: int, slots: int, mulhi: bool) -> np.uint64:
    """Return the slot in 0 .. slots-1: the high word of hash * slots (`mulhi`), or hash modulo slots (`mod`)."""
    h = murmur3(index, seed)
    if mulhi:
        return (uint64(h) * uint64(slots)) >> uint64(32)
    return uint64(h % uint32(slots))


def step_seed(step: int, bucket: int) -> int:
    """Return the seed of a bucket at a step, in 0 .. 2^32-1.

    A pure function of both, unlike a counter of calls: it survives a restart from a checkpoint and does not
    depend on the order in which buckets become ready. Slots, and therefore lost elements, differ at every step.
    """
    return (step * GOLDEN + bucket) % WORD
