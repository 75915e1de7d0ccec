"""The control: rows dealt out at random, group sizes that differ by at most one."""

import numpy as np

from harness.seeds import stream
from methods.structured_tickets.validation import BoolArray, IntArray


def random_partition(mask: BoolArray, k: int, balance: float, seeds: list[int]) -> list[IntArray]:
    """Labels of random balanced partitions; of the mask only the number of rows matters."""
    del balance
    return [dealt_labels(len(mask), k, stream("structured-tickets", "labels", seed)) for seed in seeds]


def dealt_labels(rows: int, k: int, rng: np.random.Generator) -> IntArray:
    """The labels 0, 1, .., k-1, 0, 1, .. in random order."""
    return rng.permutation(np.arange(rows, dtype=np.int64) % k)
