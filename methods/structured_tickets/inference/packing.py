"""Weights in the order in which the product reads them.

A block's rows are cut into strips of at most six, as equal as possible; a strip stores its weights column by
column (all its rows for one column are adjacent). Columns are sorted by tap (dy, dx): the taps that fall inside the
image at an output position are then one run of columns per kernel row, and products with padding zeros are never
computed.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.layout import lanes_of
from methods.structured_tickets.inference.row_blocks import RowBlock

STRIP = 6
MOST_ROWS = 128  # most rows of a block: its weights for one run of columns, and its sums, stay in L2

Integers = NDArray[np.int64]


class PackedBlocks(NamedTuple):
    """Packed blocks of a layer; pointers are like those of CSR: block b owns entries ``pointer[b]:pointer[b + 1]``.

    Attributes:
        weights: float32, all strips after one another.
        rows, row_pointer: the output rows of each block, in the order of its strips.
        offsets, column_pointer: for each column, the offset of its tap's value from the corner of the window.
        taps: (blocks, kh * kw + 1): the block's columns of tap t are ``taps[b, t]:taps[b, t + 1]``.
        strip_pointer: the strips of each block.
        strip_start, strip_height: first weight and number of rows of each strip.
        most_rows: the rows of the tallest block.
    """

    weights: NDArray[np.float32]
    rows: Integers
    row_pointer: Integers
    offsets: Integers
    column_pointer: Integers
    taps: Integers
    strip_pointer: Integers
    strip_start: Integers
    strip_height: Integers
    most_rows: int


def pack(weight: NDArray[np.float32], blocks: list[RowBlock], geometry: ConvGeometry) -> PackedBlocks:
    """Return the weights (R, n) of blocks with disjoint rows, packed for an image of this geometry."""
    short = [
        RowBlock(rows, columns)
        for block_rows, columns in blocks
        for rows in np.array_split(block_rows, -(-len(block_rows) // MOST_ROWS))
    ]
    sorted_columns = [_by_tap(block.columns, geometry.taps) for block in short]
    strips = [np.array_split(block.rows, -(-len(block.rows) // STRIP)) for block in short]
    panels = [
        weight[np.ix_(strip, columns)].T.ravel()
        for columns, block_strips in zip(sorted_columns, strips, strict=True)
        for strip in block_strips
    ]
    taps = [np.searchsorted(columns % geometry.taps, np.arange(geometry.taps + 1)) for columns in sorted_columns]
    return PackedBlocks(
        weights=_joined(panels, np.float32),
        rows=_joined([block.rows for block in short]),
        row_pointer=_pointer([len(block.rows) for block in short]),
        offsets=_joined([_offsets(columns, geometry) for columns in sorted_columns]),
        column_pointer=_pointer([len(columns) for columns in sorted_columns]),
        taps=np.array(taps, dtype=np.int64).reshape(len(short), geometry.taps + 1),
        strip_pointer=_pointer([len(block_strips) for block_strips in strips]),
        strip_start=_pointer([panel.size for panel in panels])[:-1],
        strip_height=np.array([len(strip) for block_strips in strips for strip in block_strips], dtype=np.int64),
        most_rows=max((len(block.rows) for block in short), default=0),
    )


def _by_tap(columns: Integers, taps: int) -> Integers:
    return columns[np.lexsort((columns // taps, columns % taps))]


def _offsets(columns: Integers, geometry: ConvGeometry) -> Integers:
    channel, tap = np.divmod(columns, geometry.taps)
    dy, dx = np.divmod(tap, geometry.kernel[1])
    row = channel * geometry.height + dy * geometry.dilation[0]
    return (row * geometry.width + dx * geometry.dilation[1]) * lanes_of(geometry.batch)


def _pointer(lengths: list[int]) -> Integers:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _joined(parts: list[NDArray], dtype: type = np.int64) -> NDArray:
    return np.concatenate([np.empty(0, dtype), *parts]).astype(dtype, copy=False)
