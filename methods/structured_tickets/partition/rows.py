"""Row partitions: checks, and the choice of partitioner."""

from collections.abc import Callable
from importlib import import_module

import numpy as np
from numpy.typing import ArrayLike

from harness.seeds import derive_seed
from methods.structured_tickets.validation import (
    BoolArray,
    IntArray,
    as_mask,
    check_choice,
    check_count,
    check_number,
)

# (mask without empty rows, k >= 2, balance, seeds) -> the labels of one partition a seed
Partitioner = Callable[[BoolArray, int, float, list[int]], list[IntArray]]

# Partitioners are imported on first use: one compiles, two are optional packages.
METHODS = {
    "gram": "methods.structured_tickets.partition.gram:gram_partition",
    "random": "methods.structured_tickets.partition.random:random_partition",
    "pymetis": "methods.structured_tickets.partition.metis:metis_partition",
    "kahypar": "methods.structured_tickets.partition.kahypar:kahypar_partition",
}


def partition_rows(
    mask: ArrayLike,
    k: int,
    *,
    balance: float = 1.1,
    seed: int = 0,
    restarts: int = 1,
    method: str = "gram",
) -> IntArray:
    """Split the rows of a mask into `k` groups whose rows have many nonzero columns in common.

    Args:
        mask: binary, shape (R, n).
        k: number of groups, at most the number of non-empty rows.
        balance: no group has more than `capacity(rows, k, balance)` rows. "gram" and "random" always have sizes
            that differ by at most one; rows that a package assigns beyond the capacity are moved to other groups.
        seed: the same seed gives the same labels, for any number of threads.
        restarts: partitions tried from different starts; the one with the most shared nonzeros within groups wins.
        method: "gram" (pair swaps on the Gram matrix), "random", "pymetis" (METIS on the graph of Jaccard
            similarities) or "kahypar" (KaHyPar on the hypergraph of columns, connectivity minus one).

    Returns:
        Labels 0..k-1, int64, shape (R,); an empty row has no group: -1.

    Raises:
        ValueError: a bad mask, k, balance, restarts or method.
        ImportError: the package of the method is not installed; the message names it.
    """
    mask = as_mask(mask)
    k, restarts = check_count(k, "k"), check_count(restarts, "restarts")
    balance = check_number(balance, "balance", least=1.0)
    check_choice(method, "method", METHODS)
    filled = np.flatnonzero(mask.any(axis=1))
    if k > len(filled):
        raise ValueError(f"k must be at most the number of non-empty rows, {len(filled)}, got {k}")
    if len(filled) == len(mask):
        return _best(mask, k, balance, seed, restarts, method)
    labels = np.full(len(mask), -1, dtype=np.int64)
    labels[filled] = _best(mask[filled], k, balance, seed, restarts, method)
    return labels


def _best(mask: BoolArray, k: int, balance: float, seed: int, restarts: int, method: str) -> IntArray:
    if k == 1:
        return np.zeros(len(mask), dtype=np.int64)
    seeds = [seed, *(derive_seed("restart", seed, start) for start in range(1, restarts))]
    candidates = partitioner(method)(mask, k, balance, seeds)
    return max(candidates, key=lambda labels: shared_within(mask, labels, k)) if restarts > 1 else candidates[0]


def partitioner(method: str) -> Partitioner:
    """Return the function behind a method's name."""
    module, _, name = METHODS[method].partition(":")
    function: Partitioner = getattr(import_module(module), name)
    return function


def shared_within(mask: BoolArray, labels: IntArray, k: int) -> int:
    """Nonzero columns shared by the pairs of rows of a group, summed over pairs and groups.

    A column with c nonzeros in a group is shared by c (c - 1) / 2 of its pairs.
    """
    counts = np.stack([mask[labels == group].sum(axis=0, dtype=np.int64) for group in range(k)])
    return int((counts * (counts - 1)).sum()) // 2
