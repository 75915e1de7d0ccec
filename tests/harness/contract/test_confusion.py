"""Counts of predicted classes by true class, and the recalls that follow from them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.confusion import confusion_counts, recalls


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_confusion_counts_are_counts(items: list[tuple[int, int]]) -> None:
    predicted, targets = (np.array([item[k] for item in items], dtype=np.int64) for k in (0, 1))
    counts = confusion_counts(predicted, targets, 4)
    for i in range(4):
        for j in range(4):
            assert counts[i, j] == sum(item == (j, i) for item in items)
    share = recalls(counts)
    for i in range(4):
        of_class = [p == t for p, t in items if t == i]
        assert math.isnan(share[i]) if not of_class else share[i] == pytest.approx(np.mean(of_class))


@pytest.mark.parametrize(
    ("predicted", "targets", "message"),
    [
        ([0, 1], [0], "as many predictions as targets"),
        ([0, 3], [0, 1], r"predicted must lie in 0\.\.2, got 0\.\.3"),
        ([0, 1], [-1, 1], r"targets must lie in 0\.\.2, got -1\.\.1"),
    ],
)
def test_wrong_classes_are_not_counted(predicted: list[int], targets: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        confusion_counts(np.array(predicted), np.array(targets), 3)
