"""Axes: every value inside, round ticks, labels short of ambiguity."""

import math
from itertools import pairwise

import pytest
from harness.report.figures.axes import Axis, linear_ticks, log_ticks, plain, spanning
from harness.report.figures.labels import place_labels
from hypothesis import assume, given
from hypothesis import strategies as st

finite = st.floats(min_value=-1e6, max_value=1e6)
positive = st.floats(min_value=1e-9, max_value=1e9)


@given(st.lists(finite, min_size=1, max_size=20))
def test_a_linear_axis_holds_its_values_in_order(values: list[float]):
    axis = spanning(values, 10.0, 110.0)
    pixels = [axis(value) for value in sorted(values)]
    assert all(axis.holds(value) for value in values)
    assert pixels == sorted(pixels)
    assert all(10.0 <= pixel <= 110.0 for pixel in pixels)


@given(st.lists(positive, min_size=1, max_size=20))
def test_a_logarithmic_axis_holds_its_values_in_order(values: list[float]):
    axis = spanning(values, 0.0, 100.0, logarithmic=True)
    pixels = [axis(value) for value in sorted(values)]
    assert all(axis.holds(value) for value in values)
    assert pixels == sorted(pixels)


@given(finite, st.floats(min_value=1e-3, max_value=1e6))
def test_linear_ticks_are_few_even_and_inside(low: float, span: float):
    assume(span > abs(low) * 1e-6)
    ticks = linear_ticks(low, low + span, 5)
    assert 2 <= len(ticks) <= 7
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    steps = {round((b - a) / span, 6) for a, b in pairwise(ticks)}
    assert len(steps) == 1


@given(positive, st.floats(min_value=1.01, max_value=1e9))
def test_log_ticks_are_ascending_inside_and_few(low: float, factor: float):
    ticks = log_ticks(low, low * factor, 5)
    assert 2 <= len(ticks) <= 9
    assert ticks == sorted(set(ticks))
    assert all(low * (1 - 1e-6) <= tick <= low * factor * (1 + 1e-6) for tick in ticks)


def test_a_logarithmic_axis_ignores_what_it_cannot_show_and_needs_one_value():
    assert spanning([1.0, 100.0, 0.0, -3.0, math.nan], 0, 1, logarithmic=True).low > 0
    with pytest.raises(ValueError, match="at least one finite value"):
        spanning([math.nan, -1.0], 0, 1, logarithmic=True)


def test_an_axis_stays_within_its_bounds_and_clamps_beyond():
    axis = spanning([20.0, 140.0], 0.0, 100.0, within=(0.0, 100.0))
    assert axis.high == 100.0
    assert axis(140.0) == 100.0
    assert not axis.holds(140.0)


def test_a_vertical_axis_runs_upwards():
    assert Axis(0.0, 10.0, 300.0, 20.0)(10.0) == 20.0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.25, "0.25"), (40, "40"), (2000, "2,000"), (1e5, "10⁵"), (2e-4, "2×10⁻⁴"), (-3.5, "−3.5")],
)
def test_ticks_are_written_short(value: float, text: str):
    assert plain(value) == text


points = st.tuples(st.floats(min_value=0, max_value=300), st.floats(min_value=0, max_value=200))


@given(st.lists(points, min_size=1, max_size=25))
def test_labels_cover_no_point_and_no_other_label(given_points: list[tuple[float, float]]):
    labels = [(f"label-{n}", point) for n, point in enumerate(given_points)]
    placed = place_labels(labels, (0, 0, 300, 200))
    boxes = []
    for text, place in placed.items():
        width = 7.0 * len(text)
        left = place.x - {"start": 0.0, "middle": width / 2, "end": width}[place.side]
        boxes.append((left, place.y - 10, left + width, place.y + 3))
    for number, box in enumerate(boxes):
        assert box[0] >= 0
        assert box[2] <= 300
        assert not any(box[0] < x < box[2] and box[1] < y < box[3] for x, y in given_points)
        assert not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
            for other in boxes[:number]
        )


def test_a_label_avoids_a_line():
    beside = place_labels([("name", (100.0, 100.0))], (0, 0, 300, 200))["name"]
    assert (beside.side, beside.y) == ("start", 104.0)
    off = place_labels([("name", (100.0, 100.0))], (0, 0, 300, 200), [(100.0, 100.0), (300.0, 100.0)])["name"]
    assert off.side == "end"
