"""Folds and splits: disjoint, covering, rotated, stratified, saved and read back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.split import split_arrays, splits_from_arrays
from harness.data.folds import rotated, stratified_folds, stratified_split

TARGETS = st.lists(st.integers(0, 3), min_size=10, max_size=60).map(np.array)


def test_rotation_by_hand() -> None:
    """Six items, three lists, item 5 in none: it is trained on in every fold."""
    first, second, third = rotated([np.array([1, 0]), np.array([2, 3]), np.array([4])], 6)
    assert [part.tolist() for part in (first.train, first.valid, first.test)] == [[2, 3, 5], [4], [0, 1]]
    assert [part.tolist() for part in (second.train, second.valid, second.test)] == [[4, 5], [0, 1], [2, 3]]
    assert [part.tolist() for part in (third.train, third.valid, third.test)] == [[0, 1, 5], [2, 3], [4]]


@pytest.mark.parametrize(
    ("lists", "fault"),
    [
        ([[0], [1]], "at least 3"),
        ([[0], [1], [1]], "overlap"),
        ([[0, 0], [1], [2]], "repeat"),
        ([[0], [], [2]], "empty"),
        ([[0], [1], [9]], r"0\.\.3"),
        ([[0], [1], [-1]], "-1"),
    ],
)
def test_lists_that_are_no_folds_are_refused(lists: list[list[int]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        rotated([np.array(items, dtype=np.int64) for items in lists], 4)


@given(TARGETS, st.integers(3, 10), st.integers(0, 5))
def test_stratified_folds(targets: np.ndarray, folds: int, seed: int) -> None:
    splits = stratified_folds(targets, folds, "set", seed)
    everything = np.arange(len(targets))
    assert np.array_equal(np.sort(np.concatenate([s.test for s in splits])), everything)
    for fold, split in enumerate(splits):
        assert np.array_equal(np.sort(np.concatenate([split.train, split.valid, split.test])), everything)
        assert np.array_equal(split.valid, splits[fold - 1].test)
        per_class = np.bincount(targets[split.test], minlength=4)
        share = np.bincount(targets, minlength=4) / folds
        assert (np.abs(per_class - share) < 1).all()
    again = stratified_folds(targets, folds, "set", seed)
    assert all(np.array_equal(a.test, b.test) for a, b in zip(splits, again, strict=True))


def test_folds_depend_on_the_seed() -> None:
    targets = np.tile([0, 1], 30)
    first, second = (stratified_folds(targets, 10, "set", seed) for seed in (0, 1))
    assert not np.array_equal(first[0].test, second[0].test)


def test_more_folds_than_items() -> None:
    with pytest.raises(ValueError, match="got 4 items for 5 folds"):
        stratified_folds(np.array([0, 1, 0, 1]), 5, 0)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(0, 5))
def test_stratified_split(train: int, valid: int, seed: int) -> None:
    targets = np.repeat([0, 1, 2], [7, 9, 8])
    split = stratified_split(targets, train, valid, seed)
    assert np.bincount(targets[split.train]).tolist() == [train] * 3
    assert np.bincount(targets[split.valid]).tolist() == [valid] * 3
    joined = np.sort(np.concatenate([split.train, split.valid, split.test]))
    assert np.array_equal(joined, np.arange(24))


def test_stratified_split_needs_items_to_test() -> None:
    with pytest.raises(ValueError, match="more than 4 items, the smallest has 3"):
        stratified_split(np.array([0, 0, 0, 1, 1, 1, 1, 1]), 2, 2, 0)


@given(TARGETS)
def test_saved_splits_are_read_back(targets: np.ndarray) -> None:
    splits = stratified_folds(targets, 4, 0)
    for before, after in zip(splits, splits_from_arrays(split_arrays(splits)), strict=True):
        for part in ("train", "valid", "test"):
            assert np.array_equal(getattr(before, part), getattr(after, part))
