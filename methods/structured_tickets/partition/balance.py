"""Capacity of groups under a balance, and repair of partitions that exceed it."""

import math

import numpy as np
from numpy.typing import NDArray

from methods.structured_tickets.validation import IntArray


def capacity(rows: int, k: int, balance: float) -> int:
    """Most rows that a group may have: `balance` times the mean, but never less than an equal split needs."""
    # The guard rounds 1.1 * 100 / 10 = 11.000000000000002 and 1.15 * 20 = 22.999999999999996 to 11 and 23.
    return max(math.ceil(rows / k), math.floor(balance * rows / k + 1e-9))


def rebalanced(labels: IntArray, affinity: NDArray[np.int32], k: int, most: int) -> IntArray:
    """Move rows out of groups larger than `most`, one at a time, each time where it costs least.

    Args:
        labels: groups 0..k-1, shape (R,).
        affinity: columns that two rows share, symmetric, zero diagonal, shape (R, R).
        k: number of groups.
        most: rows that a group may have; k * most >= R.

    Returns:
        Labels with no group above `most`; the input itself if it has none.
    """
    sizes = np.bincount(labels, minlength=k)
    if sizes.max(initial=0) <= most:
        return labels
    labels = labels.copy()
    to_group = affinity @ (labels[:, None] == np.arange(k))  # (R, k)
    while (group := int(sizes.argmax())) >= 0 and sizes[group] > most:
        members, open_groups = np.flatnonzero(labels == group), np.flatnonzero(sizes < most)
        gain = to_group[np.ix_(members, open_groups)] - to_group[members, group, None]
        best, target = divmod(int(gain.argmax()), len(open_groups))
        row, receiver = members[best], open_groups[target]
        to_group[:, group] -= affinity[:, row]
        to_group[:, receiver] += affinity[:, row]
        labels[row] = receiver
        sizes[group] -= 1
        sizes[receiver] += 1
    return labels
