"""Blocks in normal form: rows grouped by equal columns."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Blocks = Iterable[tuple[Any, Any]]


class RowBlock(NamedTuple):
    """Rows that keep the same columns: ``weight[rows][:, columns]`` is dense.

    Attributes:
        rows: int64, ascending.
        columns: int64, ascending.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


def block_mask(blocks: Blocks, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the union of blocks as a mask, bool (R, n).

    Args:
        blocks: pairs of row indices and column indices; blocks may overlap.
        shape: (R, n).

    Raises:
        ValueError: indices that are not one-dimensional integers, out of range or repeated within a block.
    """
    mask = np.zeros(shape, dtype=np.bool_)
    for number, (rows, columns) in enumerate(blocks):
        checked = [
            _indices(f"{name} of block {number}", indices, size)
            for name, indices, size in zip(("rows", "columns"), (rows, columns), shape, strict=True)
        ]
        mask[np.ix_(*checked)] = True
    return mask


def row_blocks(mask: NDArray[np.bool_]) -> list[RowBlock]:
    """Return the rows of a mask grouped by equal support, in order of first appearance; empty rows in no group.

    Because it looks at the union only, an entry in several blocks is computed once, blocks with the same columns
    are merged, and every row lies in at most one group.

    Raises:
        ValueError: the mask is not a two-dimensional bool array.
    """
    if mask.ndim != 2 or mask.dtype != np.bool_:
        raise ValueError(f"mask must be a bool array of 2 dimensions, got {mask.dtype} of shape {mask.shape}")
    groups: dict[bytes, list[int]] = {}
    for row, support in enumerate(np.packbits(mask, axis=1)):
        groups.setdefault(support.tobytes(), []).append(row)
    return [
        RowBlock(np.array(rows, dtype=np.int64), columns)
        for rows in groups.values()
        if (columns := np.flatnonzero(mask[rows[0]])).size
    ]


def full_block(shape: tuple[int, int]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return one block of all entries: a dense layer."""
    return [(np.arange(shape[0]), np.arange(shape[1]))]


def _indices(name: str, indices: Sequence[int], size: int) -> NDArray[np.int64]:
    array = np.asarray(indices)
    if array.ndim != 1 or (array.size and not np.issubdtype(array.dtype, np.integer)):
        raise ValueError(f"{name} must be one-dimensional integers, got {array.dtype} of shape {array.shape}")
    if array.size and (array.min() < 0 or array.max() >= size):
        raise ValueError(f"{name} must be in 0..{size - 1}, got {array.min()}..{array.max()}")
    if np.unique(array).size != array.size:
        raise ValueError(f"{name} must be distinct, got {array.size - np.unique(array).size} repeated")
    return array.astype(np.int64)
