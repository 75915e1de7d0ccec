"""The default partitioner: swaps of row pairs that raise the nonzeros shared within groups.

A swap leaves every group as large as it was, so the balance of the start is kept exactly. The objective is the sum,
over the pairs of rows of a group, of the columns that both use. The cut of the column hypergraph would be the
classical objective, but with dense masks every column touches every group and the cut is constant.
"""

import numpy as np

from harness.seeds import stream
from methods.structured_tickets.partition.random import dealt_labels
from methods.structured_tickets.validation import BoolArray, IntArray

SWEEPS = 30
MOST_ENTRIES = 2**29


def gram_partition(mask: BoolArray, k: int, balance: float, seeds: list[int]) -> list[IntArray]:
    """Labels of partitions that no swap of two rows improves (or the last of 30 sweeps).

    Group sizes differ by at most one, so any `balance` >= 1 holds. Time: O(R^2 n / 64) for the Gram matrix, which
    all seeds share, O(R^2) a sweep and O(R) a swap.

    Raises:
        ValueError: a mask of 2^29 entries or more.
    """
    from methods.structured_tickets.partition.shared_columns import shared_columns
    from methods.structured_tickets.partition.swaps import swap_sweeps

    del balance
    check_size(len(mask), mask.shape[1])
    gram = shared_columns(mask)
    return [swap_sweeps(gram, *start(len(mask), k, seed), k) for seed in seeds]


def check_size(rows: int, columns: int) -> None:
    """Reject masks whose gains could exceed 32 bits: a gain sums four affinities, none above R n.

    Raises:
        ValueError: R n >= 2^29.
    """
    if rows * columns >= MOST_ENTRIES:
        raise ValueError(f'mask must have fewer than 2^29 entries for method "gram", got {rows} x {columns}')


def start(rows: int, k: int, seed: int) -> tuple[IntArray, IntArray]:
    """Initial labels, shape (R,), and the order of the rows in each sweep, shape (30, R)."""
    rng = stream("structured-tickets", "swaps", seed)
    labels = dealt_labels(rows, k, rng)
    orders = rng.permuted(np.tile(np.arange(rows, dtype=np.int64), (SWEEPS, 1)), axis=1)
    return labels, orders
