"""Sorting by what a cell shows."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.order import order_of
from harness.tables.columns import ABSENT
from harness.tables.words import count, p_value, seconds, size, time_text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("93.3", 93.3),
        ("+0.0", 0.0),
        ("−1.7", -1.7),
        ("×0.31", 0.31),
        ("1.3e-04", 1.3e-4),
        ("[76.8, 109.9]", 76.8),
        ("5.20 [5.05, 5.36]", 5.2),
        ("76.42 ± 4.21", 76.42),
        ("−6.4…4.2", -6.4),
        ("23,202", 23202.0),
        ("881 ms", 0.881),
        ("2 min 05 s", 125.0),
        ("1 h 20 min", 4800.0),
        ("234 µs", 234e-6),
        ("1.5 GiB", 1.5 * 2**30),
        ("82 %", 82.0),
        ("10, 2 failed", 10.0),
        ("−1.1 points to gcn-sum", -1.1),
        ("3 of 10 folds", 3.0),
    ],
)
def test_the_number_of_a_cell(text: str, number: float):
    assert order_of(text) == pytest.approx(number, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("text", [ABSENT, "failed", "could not measure", "", "sep-g", "<script>"])
def test_a_cell_without_a_number_has_no_place(text: str):
    assert order_of(text) is None


def test_ranks_with_one_beginning_are_placed_by_their_end():
    texts = ["2", "1–14", "1–3", "1", "2–3"]
    assert sorted(texts, key=order_of) == ["1", "1–3", "1–14", "2", "2–3"]  # type: ignore[arg-type]


def test_a_bound_comes_before_its_value():
    below, at = order_of("<0.001"), order_of("0.001")
    assert below is not None
    assert at is not None
    assert below < at


values = st.floats(min_value=1e-5, max_value=1e5)


@given(values, values)
def test_shown_durations_sort_as_the_durations(a: float, b: float):
    shorter, longer = sorted((a, b))
    for write in (seconds, time_text):
        first, second = order_of(write(shorter)), order_of(write(longer))
        assert first is not None
        assert second is not None
        assert first <= second or math.isclose(first, second, rel_tol=1e-2)


@given(st.floats(min_value=1, max_value=1e13), st.floats(min_value=1, max_value=1e13))
def test_shown_sizes_and_counts_sort_as_they_are(a: float, b: float):
    for write in (size, count):
        texts = [order_of(write(value)) for value in sorted((a, b))]
        assert texts[0] is not None
        assert texts[1] is not None
        assert texts[0] <= texts[1] or math.isclose(texts[0], texts[1], rel_tol=1e-2)


@given(st.floats(min_value=0, max_value=1))
def test_a_shown_p_value_is_read_back(p: float):
    read = order_of(p_value(p))
    assert read is not None
    assert read == pytest.approx(p, abs=0.0051)
