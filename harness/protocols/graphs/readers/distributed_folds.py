"""The fold lists that the pooling literature shares, as distributed beside the raw files of TU sets (DGCNN)."""

from pathlib import Path

import numpy as np

from harness.contract.split import Split
from harness.data.folds import rotated
from harness.errors import DataCorrupted

NUM_FOLDS = 10


def distributed_folds(folder: Path, num_items: int) -> tuple[Split, ...]:
    """Read ``test_idx-1.txt`` … ``test_idx-10.txt`` (one item number a line, from 0) and rotate them.

    Raises:
        DataCorrupted: a list is missing or not numbers, or the lists are no folds of `num_items` items.
    """
    lists = []
    for fold in range(1, NUM_FOLDS + 1):
        path = folder / f"test_idx-{fold}.txt"
        try:
            lists.append(np.array(path.read_text().split(), dtype=np.int64))
        except (OSError, ValueError) as error:
            raise DataCorrupted(f"fold list {path.name} must be one item number a line, got: {error}") from error
    try:
        return rotated(lists, num_items)
    except ValueError as error:
        raise DataCorrupted(f"the fold lists beside the data set cannot be used: {error}") from error
