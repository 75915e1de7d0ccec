"""Image sets and data sets: shapes, the way to networks, and what is refused."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.contract.split import Split
from harness.protocols.images.arrays import ImageDataset, ImageSet

IMAGES = st.one_of(
    arrays.arrays(np.uint8, arrays.array_shapes(min_dims=3, max_dims=3, max_side=4)),
    arrays.arrays(np.uint8, arrays.array_shapes(min_dims=4, max_dims=4, max_side=4)),
)


def small() -> ImageDataset:
    images = np.arange(6 * 2 * 3, dtype=np.uint8).reshape(6, 2, 3)
    split = Split(np.array([0, 1]), np.array([2, 3]), np.array([4, 5]))
    return ImageDataset("small", images, np.array([0, 1, 0, 1, 0, 1]), 2, (split,), "f", "made by hand")


@given(IMAGES)
def test_channels_come_first_and_pixels_lie_in_the_unit_interval(images: np.ndarray) -> None:
    given_set = ImageSet(images, 2)
    pixels = given_set.channels_first()
    assert pixels.dtype == np.float32
    assert pixels.shape == (len(images), *given_set.shape)
    for place in np.ndindex(pixels.shape):
        n, c, y, x = place
        level = images[n, y, x] if images.ndim == 3 else images[n, y, x, c]
        assert pixels[place] == np.float32(level) / np.float32(255)
    assert np.array_equal(given_set.flattened(), pixels.reshape(len(images), -1))


def test_no_images_are_no_rows() -> None:
    nothing = ImageSet(np.empty((0, 4, 5, 3), dtype=np.uint8), 2)
    assert nothing.channels_first().shape == (0, 3, 4, 5)
    assert nothing.flattened().shape == (0, 60)


def test_images_of_a_part_have_no_targets() -> None:
    data = small()
    part = data.part(data.splits[0].test)
    assert part.targets is None
    assert np.array_equal(part.images, data.images[4:])


def test_other_targets_leave_the_rest() -> None:
    data = small()
    changed = data.with_targets(np.zeros(6, dtype=np.int64))
    assert changed.images is data.images
    assert changed.targets.tolist() == [0] * 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: replace(d, images=d.images.astype(np.float32)), r"uint8 of shape .* got float32"),
        (lambda d: replace(d, images=d.images[0]), r"uint8 of shape .* got uint8 of shape \(2, 3\)"),
        (lambda d: replace(d, images=d.images[:, :0]), r"got uint8 of shape \(6, 0, 3\)"),
        (lambda d: replace(d, targets=d.targets[:5]), r"6 whole numbers, got int64 of shape \(5,\)"),
        (lambda d: replace(d, targets=d.targets + 0.5), r"6 whole numbers, got float64"),
        (lambda d: replace(d, targets=d.targets + 1), r"0\.\.1, got 1\.\.2"),
        (lambda d: replace(d, targets=d.targets - 1), r"0\.\.1, got -1\.\.0"),
        (lambda d: replace(d, splits=()), "at least one split"),
        (lambda d: replace(d, splits=(replace(d.splits[0], test=np.array([6])),)), r"the test part must hold"),
        (lambda d: replace(d, splits=(replace(d.splits[0], valid=np.array([-1])),)), r"the valid part must hold"),
        (
            lambda d: replace(d, splits=(replace(d.splits[0], train=np.array([], dtype=np.int64)),)),
            r"the train part must hold items of 0\.\.5",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused(
    change: Callable[[ImageDataset], ImageDataset], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        change(small())
