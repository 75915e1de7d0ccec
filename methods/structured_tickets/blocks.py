"""Dense blocks: the rows of a group times its selected columns."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from methods.structured_tickets.columns import check_rule
from methods.structured_tickets.validation import BoolArray, IntArray, as_labels, as_mask, check_count, check_number

Block = tuple[IntArray, IntArray]


def blocks_from_labels(
    mask: ArrayLike,
    labels: ArrayLike,
    rule: str = "ratio",
    param: float = 1.5,
    min_rows: int = 17,
    min_cols: int = 1,
) -> list[Block]:
    """Blocks of the groups of a row partition, in the order of their labels.

    A group with fewer than `min_rows` non-empty rows, or fewer than `min_cols` selected columns, gives none.

    Args:
        mask: binary, shape (R, n).
        labels: group of each row, integers, shape (R,); -1 for none. Empty rows are left out of any group.
        rule, param: as in `select_columns`.
        min_rows: least rows of a block, at least 1.
        min_cols: least columns of a block, at least 1.

    Returns:
        (rows, columns) of each block, both int64 and ascending.

    Raises:
        ValueError: a bad mask, labels, rule, param, min_rows or min_cols.
    """
    from methods.structured_tickets.column_selection import ratio_columns, threshold_columns

    mask = as_mask(mask)
    labels = as_labels(labels, len(mask))
    param = check_rule(rule, param)
    min_rows, min_cols = check_count(min_rows, "min_rows"), check_count(min_cols, "min_cols")
    select = ratio_columns if rule == "ratio" else threshold_columns
    groups = (rows for rows in members(np.where(mask.any(axis=1), labels, -1)) if len(rows) >= min_rows)
    candidates = ((rows, select(mask.view(np.uint8), rows, param)) for rows in groups)
    return [(rows, columns) for rows, columns in candidates if len(columns) >= min_cols]


def members(labels: IntArray) -> list[IntArray]:
    """Rows of each group, ascending, in the order of the labels; rows labelled -1 are in none."""
    order = np.argsort(labels, kind="stable")
    ordered = labels[order]
    first = int(np.searchsorted(ordered, 0))
    starts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    bounds = [first, *starts[starts > first].tolist(), len(order)]
    return [order[begin:end] for begin, end in pairwise(bounds) if begin < end]


def split_rows(block: Block, multiple: int) -> list[Block]:
    """Split a block of more than `multiple` rows: the rows that fill multiples of it, and any that are left."""
    rows, columns = block
    whole = len(rows) // multiple * multiple
    if len(rows) <= multiple or whole == len(rows):
        return [block]
    return [(rows[:whole], columns), (rows[whole:], columns)]


def union_mask(blocks: Sequence[Block], shape: tuple[int, int]) -> BoolArray:
    """The mask that is one inside blocks, which may overlap, and zero elsewhere."""
    from methods.structured_tickets.column_selection import fill_block

    union = np.zeros(shape, dtype=np.bool_)
    for rows, columns in blocks:
        fill_block(union, rows, columns)
    return union


def block_profit(mask: ArrayLike, blocks: Sequence[Block], theta: float = 0.5) -> float:
    """Return the sum over blocks of (nonzeros inside - theta * area): coverage minus cost.

    For given rows the best columns are exactly those with more than theta * |rows| nonzeros.

    Args:
        mask: binary, shape (R, n).
        blocks: (rows, columns) pairs of indices into the mask; an entry of two blocks counts twice.
        theta: cost of a dense entry relative to the value of a covered nonzero.

    Raises:
        ValueError: a bad mask or theta, or a block that reaches outside the mask.
    """
    mask = as_mask(mask)
    theta = check_number(theta, "theta")
    profit = 0.0
    for rows, columns in blocks:
        for name, indices, size in (("rows", rows, mask.shape[0]), ("columns", columns, mask.shape[1])):
            if len(indices) and (np.min(indices) < 0 or np.max(indices) >= size):
                found = f"{np.min(indices)}..{np.max(indices)}"
                raise ValueError(f"blocks must have {name} within 0..{size - 1}, got {found}")
        profit += int(np.count_nonzero(mask[np.ix_(rows, columns)])) - theta * len(rows) * len(columns)
    return profit
