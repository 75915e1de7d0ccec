"""Blocks in normal form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.structured_tickets.inference.geometry import ConvGeometry
from methods.structured_tickets.inference.packing import pack
from methods.structured_tickets.inference.row_blocks import block_mask, row_blocks


def as_lists(groups):
    return [(group.rows.tolist(), group.columns.tolist()) for group in groups]


def test_blocks_with_the_same_columns_are_merged():
    mask = block_mask([([0, 3], [1, 2]), ([1], [0]), ([2, 5], [2, 1])], (6, 4))
    assert as_lists(row_blocks(mask)) == [([0, 2, 3, 5], [1, 2]), ([1], [0])]


def test_overlapping_blocks_part_their_rows():
    mask = block_mask([([0, 1], [0, 1]), ([1, 2], [1, 3])], (4, 4))
    assert as_lists(row_blocks(mask)) == [([0], [0, 1]), ([1], [0, 1, 3]), ([2], [1, 3])]


@settings(max_examples=50, deadline=None)
@given(rows=st.integers(0, 12), columns=st.integers(1, 20), density=st.floats(0, 1), seed=st.integers(0, 99))
def test_groups_rebuild_any_mask(rows, columns, density, seed):
    mask = np.random.default_rng(seed).random((rows, columns)) < density
    groups = row_blocks(mask)
    assert np.array_equal(block_mask(groups, mask.shape), mask)
    used = [row for group in groups for row in group.rows]
    assert sorted(used) == np.flatnonzero(mask.any(1)).tolist()
    assert len({group.columns.tobytes() for group in groups}) == len(groups)


@pytest.mark.parametrize("rows", [1, 6, 7, 13, 128, 129, 300])
def test_strips_are_as_equal_as_possible(rows):
    geometry = ConvGeometry.of((rows, 2, 3, 3), (1, 2, 4, 4))
    weight = np.random.default_rng(0).random((rows, 18)).astype(np.float32)
    packed = pack(weight, row_blocks(np.ones((rows, 18), dtype=bool)), geometry)
    assert packed.strip_height.sum() == rows
    assert packed.strip_height.max() <= 6
    for block in range(len(packed.row_pointer) - 1):
        heights = packed.strip_height[packed.strip_pointer[block] : packed.strip_pointer[block + 1]]
        assert np.ptp(heights) <= 1
    assert packed.most_rows == np.diff(packed.row_pointer).max() <= 128
    assert sorted(packed.weights) == sorted(weight.ravel())


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([([0, 4], [0])], r"rows of block 0 must be in 0\.\.3, got 0\.\.4"),
        ([([0], [0]), ([0], [-1])], r"columns of block 1 must be in 0\.\.4, got -1\.\.-1"),
        ([([1, 1, 2], [0])], "rows of block 0 must be distinct, got 1 repeated"),
        ([([0.5], [0])], "rows of block 0 must be one-dimensional integers, got float64"),
        ([([[0]], [0])], r"rows of block 0 must be one-dimensional integers, got int64 of shape \(1, 1\)"),
    ],
)
def test_bad_indices(blocks, message):
    with pytest.raises(ValueError, match=message):
        block_mask(blocks, (4, 5))


def test_bad_mask():
    with pytest.raises(ValueError, match="mask must be a bool array of 2 dimensions, got int64"):
        row_blocks(np.zeros((2, 2), dtype=np.int64))
    with pytest.raises(ValueError, match=r"2 dimensions, got bool of shape \(2,\)"):
        row_blocks(np.zeros(2, dtype=bool))
