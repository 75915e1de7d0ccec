"""Fixed splits of image sets with an official test part."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.split import splits_from_arrays
from harness.data.entry import DatasetEntry
from harness.errors import DataCorrupted
from harness.families import dataset_entry
from harness.protocols.images.readers.splits import OfficialPart, official_parts, stratified_subset


def entry(**options: Any) -> DatasetEntry:
    return replace(dataset_entry("mnist"), name="numbered", options={"classes": 3, "valid": 4, **options})


def numbered(count: int, start: int = 0, classes: int = 3) -> OfficialPart:
    """Images whose first pixel tells their number."""
    images = np.zeros((count, 2, 2), dtype=np.uint8)
    images[:, 0, 0] = np.arange(start, start + count)
    return OfficialPart(images, (np.arange(count) % classes).astype(np.uint8))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.data())
def test_every_class_has_its_share_up_to_one_item(classes: list[int], data: st.DataObject) -> None:
    targets = np.array(classes)
    count = data.draw(st.integers(1, len(targets)))
    chosen = stratified_subset(targets, count, "test")
    assert len(np.unique(chosen)) == count
    assert (np.diff(chosen) > 0).all()
    shares = np.bincount(targets, minlength=5) * count / len(targets)
    assert (np.abs(np.bincount(targets[chosen], minlength=5) - shares) < 1 + 1e-9).all()
    assert np.array_equal(chosen, stratified_subset(targets, count, "test"))


def test_another_seed_draws_other_items() -> None:
    targets = np.zeros(100, dtype=np.int64)
    assert not np.array_equal(stratified_subset(targets, 50, "a"), stratified_subset(targets, 50, "b"))


@pytest.mark.parametrize("count", [0, -1, 4])
def test_a_subset_of_more_or_of_nothing_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 3 items, got {count}"):
        stratified_subset(np.array([0, 1, 1]), count)


@pytest.mark.parametrize(
    ("options", "train"),
    [({}, list(range(16))), ({"train": 5}, list(range(5))), ({"train": 5, "draw": "first"}, list(range(5)))],
)
def test_parts_keep_the_official_order(options: dict[str, Any], train: list[int]) -> None:
    payload = official_parts(entry(**options), numbered(20), numbered(6, start=100), "a test")
    (split,) = splits_from_arrays(payload.arrays)
    numbers = payload["images"][:, 0, 0]
    assert numbers[split.train].tolist() == train
    assert numbers[split.valid].tolist() == [16, 17, 18, 19]
    assert numbers[split.test].tolist() == [100, 101, 102, 103, 104, 105]
    assert np.array_equal(payload["targets"][split.train], np.array(train) % 3)
    assert np.array_equal(payload["targets"][split.valid], np.arange(16, 20) % 3)
    assert np.array_equal(payload["targets"][split.test], np.arange(6) % 3)
    assert payload["targets"].dtype == np.int64
    assert len(numbers) == len(train) + 4 + 6, "images that no part uses are left out"


def test_a_stratified_part_is_drawn_from_what_does_not_validate() -> None:
    payload = official_parts(entry(train=6, draw="stratified"), numbered(20), numbered(6, start=100), "a test")
    (split,) = splits_from_arrays(payload.arrays)
    numbers = payload["images"][split.train, 0, 0]
    assert (np.diff(numbers.astype(int)) > 0).all()
    assert numbers.max() < 16
    assert np.bincount(payload["targets"][split.train]).tolist() == [2, 2, 2]
    assert payload.facts["folds"].endswith("6 others, stratified, train")


@pytest.mark.parametrize(
    ("train", "test", "options", "message"),
    [
        (numbered(20), numbered(6, classes=4), {}, r"targets must lie in 0\.\.2, got 0\.\.3"),
        (numbered(4), numbered(6), {}, "4 training images do not hold 0 and 4 more"),
        (numbered(20), numbered(6), {"train": 17}, "20 training images do not hold 17 and 4 more"),
        (numbered(20), numbered(6), {"train": 0}, "do not hold 0 and 4"),
        (numbered(20), OfficialPart(np.zeros((2, 3, 2), np.uint8), np.zeros(2, int)), {}, "images differ"),
        (OfficialPart(np.zeros((20, 2, 2)), np.zeros(20, int)), numbered(6), {}, "must be uint8"),
        (OfficialPart(numbered(20).images, np.zeros(19, int)), numbered(6), {}, "must be 20 whole numbers"),
    ],
)
def test_parts_that_cannot_be_are_refused(
    train: OfficialPart, test: OfficialPart, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataCorrupted, match=f"numbered: .*{message}"):
        official_parts(entry(**options), train, test, "a test")
