"""Names beside points cover no point, no other name, no line, and stay in the frame."""

from hypothesis import given
from hypothesis import strategies as st

from harness.plots.labels import Box, place_labels

FRAME = Box(0.0, 0.0, 300.0, 200.0)
places = st.tuples(st.floats(min_value=0, max_value=300), st.floats(min_value=0, max_value=200))


def shared(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.top < b.bottom and b.top < a.bottom


@given(st.lists(places, min_size=1, max_size=25))
def test_names_cover_no_point_and_no_other_name(points: list[tuple[float, float]]):
    placed = [label for label in place_labels([(point, 45.0) for point in points], FRAME) if label]
    for number, label in enumerate(placed):
        box = label.box
        assert box.left >= FRAME.left
        assert box.right <= FRAME.right
        assert box.top >= FRAME.top
        assert box.bottom <= FRAME.bottom
        assert not any(box.left < x < box.right and box.top < y < box.bottom for x, y in points)
        assert not any(shared(box, other.box) for other in placed[:number])


@given(st.lists(places, min_size=1, max_size=25))
def test_where_all_names_are_wanted_all_are_placed(points: list[tuple[float, float]]):
    assert all(place_labels([(point, 45.0) for point in points], FRAME, all_of_them=True))


def test_a_name_is_beside_its_point_and_avoids_a_line():
    (beside,) = place_labels([((100.0, 100.0), 30.0)], FRAME)
    assert beside is not None
    assert (beside.ha, beside.at[1], beside.far) == ("left", 100.0, False)
    (off,) = place_labels([((100.0, 100.0), 30.0)], FRAME, [(100.0, 100.0), (300.0, 100.0)])
    assert off is not None
    assert off.ha == "right"


def test_a_name_without_a_free_place_is_left_out_or_put_where_it_covers_least():
    wide = [((150.0, 100.0), 400.0)]
    assert place_labels(wide, FRAME) == [None]
    (label,) = place_labels(wide, FRAME, all_of_them=True)
    assert label is not None
    assert label.box.right - label.box.left == 400.0
