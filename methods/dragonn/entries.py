"""Entries of the table: 64 bits for an element, and the choice between two elements of a slot.

    policy       entry (high word | low word)          element that stays in a slot
    max_index    index | bits of the value             the larger index
    max_abs      magnitude bits | 2(2^31-1-i) + sign   the larger magnitude, of equals the smaller index
    probe<p>     index | bits of the value             the first in order of index; the others try p slots in all

Entries carry the value, so that no element is read a second time from its place in the gradient. They are never
negative and EMPTY is; the two *max* policies are a maximum of entries, in any order of arrival.
"""

import numpy as np
from numba import int32, int64, njit, uint32

from methods.dragonn.lanes import MAGNITUDE

EMPTY = -1
MAX_INDEX, MAX_ABS = 0, -1  # as policy numbers; a positive policy is the number of tries of a probe
LAST_INDEX = (1 << 31) - 1


def policy_number(policy: str) -> int:
    """Return MAX_INDEX, MAX_ABS, or p for ``probe<p>``.

    Raises:
        ValueError: the policy is unknown.
    """
    if policy in ("max_index", "max_abs"):
        return MAX_INDEX if policy == "max_index" else MAX_ABS
    tries = policy.removeprefix("probe")
    if policy.startswith("probe") and tries.isascii() and tries.isdigit() and int(tries) >= 1:
        return int(tries)
    raise ValueError(
        f"policy is {policy!r}; allowed are 'max_index', 'max_abs' and 'probe1', 'probe2', 'probe4', ..."
    )


@njit(nogil=True, error_model="numpy", inline="always")
def packed(index: int, pattern: np.int32, policy: int) -> np.int64:
    """Return the entry of an element with this bit pattern."""
    if policy == MAX_ABS:
        low = (int64(LAST_INDEX - index) << int64(1)) | int64(pattern < 0)
        return (int64(pattern & MAGNITUDE) << int64(32)) | low
    return (int64(index) << int64(32)) | int64(uint32(pattern))


@njit(nogil=True, error_model="numpy", inline="always")
def unpacked(entry: np.int64, policy: int) -> tuple[np.int32, np.int32]:
    """Return the index and the bit pattern of an entry."""
    high, low = int32(entry >> int64(32)), uint32(entry)
    if policy == MAX_ABS:
        return int32(LAST_INDEX - int64(low >> uint32(1))), int32(uint32(high) | (low << uint32(31)))
    return high, int32(low)
