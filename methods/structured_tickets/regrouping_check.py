"""Check of a regrouping against the definitions, by matrix products instead of the kernels' sweeps and walks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.kernels.contract import Mismatch
from methods.structured_tickets.partition import capacity
from methods.structured_tickets.regroup import RegroupResult
from methods.structured_tickets.regrouping_data import Layers
from methods.structured_tickets.validation import BoolArray, IntArray

K, T, BALANCE = 8, 1.5, 1.1


def check_definitions(data: Layers, output: Sequence[RegroupResult], *, swaps: bool) -> None:
    """Check every layer: groups, columns, mask, statistics and, for a swap partition, that no swap gains.

    Raises:
        Mismatch: the layer, what was got and what was expected.
    """
    if len(output) != len(data.masks):
        raise Mismatch(f"got {len(output)} results, expected one a layer: {len(data.masks)}")
    for index, (mask, result) in enumerate(zip(data.masks, output, strict=True)):
        try:
            _check_groups(mask, result)
            for rows, columns in result.blocks:
                _check_columns(mask[rows], columns)
            _check_statistics(mask, result)
            if swaps:
                _check_no_swap_gains(mask, result)
        except Mismatch as mismatch:
            raise Mismatch(f"layer {index}, {mask.shape[0]} x {mask.shape[1]}: {mismatch}") from None


def check_same(output: Sequence[RegroupResult], expected: Sequence[RegroupResult]) -> None:
    """Check that the blocks, masks and statistics are those of the reference.

    Raises:
        Mismatch: the first difference.
    """
    for index, (got, wanted) in enumerate(zip(output, expected, strict=True)):
        for block, (a, b) in enumerate(zip(got.blocks, wanted.blocks, strict=True)):
            if not (np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1])):
                raise Mismatch(f"layer {index}: block {block} is not the reference's")
        if got.stats != wanted.stats or not np.array_equal(got.mask, wanted.mask):
            raise Mismatch(f"layer {index}: got {got.stats}, expected {wanted.stats}")


def _check_groups(mask: BoolArray, result: RegroupResult) -> None:
    rows = np.concatenate([np.empty(0, dtype=np.int64), *(rows for rows, _ in result.blocks)])
    if len(np.unique(rows)) != len(rows):
        raise Mismatch("a row is in two blocks")
    most = capacity(int(mask.any(axis=1).sum()), K, BALANCE)
    largest = max((len(rows) for rows, _ in result.blocks), default=0)
    if largest > most:
        raise Mismatch(f"a block has {largest} rows, expected at most {most}")


def _check_columns(sub: BoolArray, columns: IntArray) -> None:
    """Check that the columns are the shortest prefix longer than T times the fullest row's leftovers."""
    counts = sub.sum(axis=0)
    order = np.lexsort((np.arange(len(counts)), -counts))
    if not np.array_equal(np.sort(order[: len(columns)]), columns):
        raise Mismatch("the columns are not those with most nonzeros")
    for length, enough in ((len(columns), True), (len(columns) - 1, False)):
        fullest = int(sub[:, order[length:]].sum(axis=1).max())
        if (length > T * fullest) is not enough:
            raise Mismatch(f"{length} columns leave {fullest} nonzeros in a row, but {len(columns)} were chosen")


def _check_statistics(mask: BoolArray, result: RegroupResult) -> None:
    stats = result.stats
    inside = sum(int(mask[np.ix_(rows, columns)].sum()) for rows, columns in result.blocks)
    area = sum(len(rows) * len(columns) for rows, columns in result.blocks)
    ones = int(result.mask.sum())
    got = (stats.nnz, stats.area, stats.inside, stats.kept_density)
    wanted = (int(mask.sum()), area, inside, ones / mask.size)
    if got != wanted:
        raise Mismatch(f"nnz, area, inside, kept density are {got}, expected {wanted}")
    if result.blocks and (ones != area or not all(result.mask[np.ix_(*block)].all() for block in result.blocks)):
        raise Mismatch(f"the mask has {ones} ones, expected {area}, all inside blocks")


def _check_no_swap_gains(mask: BoolArray, result: RegroupResult) -> None:
    if len(result.blocks) < K:
        return  # a group without a block leaves no trace of its rows
    rows = np.concatenate([rows for rows, _ in result.blocks])
    group = np.repeat(np.arange(K), [len(rows) for rows, _ in result.blocks])
    dense = mask[rows].astype(np.float64)
    gram = dense @ dense.T
    np.fill_diagonal(gram, 0)
    affinity = gram @ np.eye(K)[group]  # (R, K)
    gain = best_swap_gain(gram, affinity, group)
    if gain > 0:
        raise Mismatch(f"a swap of two rows gains {gain:g} shared columns")


def best_swap_gain(gram: NDArray[np.float64], affinity: NDArray[np.float64], group: IntArray) -> float:
    """Largest gain of a swap of two rows of different groups, over all pairs at once."""
    towards = affinity[:, group] - affinity[np.arange(len(group)), group][:, None]  # (i, j): i moves to j's group
    gains = towards + towards.T - 2 * gram
    return float(gains[group[:, None] != group].max(initial=0))
