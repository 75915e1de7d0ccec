"""Annotations: what they reject, and that taking images keeps each label with its image, annotator and features."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.payload import Payload
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.arrays import Annotations, NoisyDataset, NoisyImages, NumberedSplit
from tests.harness.protocols.noisy_labels.small_crowds import labels_of, noisy_bands

THREE = labels_of([[(0, 2), (1, 1)], [(2, 0)], [(1, 1), (0, 1), (2, 2)]])
PAIRS = st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=4), max_size=6)


def plain(given: Annotations) -> list[list[tuple[int, int, float]]]:
    """Labels of each image in order, by a plain loop."""
    found: list[list[tuple[int, int, float]]] = [[] for _ in range(given.num_items)]
    for item, annotator, label, feature in zip(
        given.item, given.annotator, given.label, given.features[:, 0], strict=True
    ):
        found[item].append((int(annotator), int(label), float(feature)))
    return found


def test_counts_and_votes() -> None:
    assert THREE.counts.tolist() == [2, 1, 3]
    assert THREE.votes.tolist() == [[0, 1, 1], [1, 0, 0], [0, 2, 1]]
    assert len(THREE) == 6


@given(PAIRS, st.randoms(use_true_random=False))
def test_taking_images_takes_their_labels(rows: list[list[tuple[int, int]]], random: Any) -> None:
    whole = labels_of(rows)
    index = random.sample(range(len(rows)), random.randint(0, len(rows)))
    taken = whole.of_items(np.array(index, np.int64))
    assert plain(taken) == [plain(whole)[i] for i in index]
    assert taken.num_items == len(index)


@given(PAIRS, st.randoms(use_true_random=False))
def test_taking_in_another_order_and_back_changes_nothing(rows: list[list[tuple[int, int]]], random: Any) -> None:
    whole = labels_of(rows)
    order = np.array(random.sample(range(len(rows)), len(rows)), np.int64)
    back = whole.of_items(order).of_items(np.argsort(order))
    assert all(
        np.array_equal(a, b) for a, b in zip(back.arrays("").values(), whole.arrays("").values(), strict=True)
    )


@given(PAIRS)
def test_arrays_round_trip(rows: list[list[tuple[int, int]]]) -> None:
    whole = labels_of(rows)
    sizes = {"num_items": len(rows), "num_annotators": 3, "num_classes": 3}
    read = Annotations.from_arrays(whole.arrays("r7_"), "r7_", **sizes)
    assert plain(read) == plain(whole)
    assert read.num_items == whole.num_items


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": np.full(6, 3)}, r"label must lie in 0\.\.2, got 3\.\.3"),
        ({"label": np.full(6, -1)}, r"label must lie in 0\.\.2, got -1\.\.-1"),
        ({"label": np.zeros(6)}, r"label must be 6 whole numbers, got float64 of shape \(6,\)"),
        ({"annotator": np.full(6, 3)}, r"annotator must lie in 0\.\.2, got 3\.\.3"),
        ({"annotator": np.zeros(5, np.int64)}, r"annotator must be 6 whole numbers, got int64 of shape \(5,\)"),
        ({"item": np.array([0, 0, 1, 2, 2, 3])}, r"item must lie in 0\.\.2, got 0\.\.3"),
        ({"item": np.array([0, 1, 0, 2, 2, 2])}, "item must be sorted: labels stand in the order"),
        ({"item": np.array([0, 0, 0, 2, 2, 2])}, "every image needs a label or more, image 1 has none"),
        ({"features": np.full((6, 1), np.nan)}, r"features must be finite numbers of shape \(6, f\)"),
        (
            {"features": np.zeros((5, 1))},
            r"features must be finite numbers of shape \(6, f\), got float64 of shape \(5, 1\)",
        ),
        ({"features": np.zeros(6)}, r"got float64 of shape \(6,\)"),
        ({"features": np.full((6, 1), "a")}, r"features must be finite numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_named(changes: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(THREE, **changes)


@pytest.mark.parametrize(("index", "message"), [([0, 0], "repeats"), ([3], r"0\.\.2"), ([-1], r"0\.\.2")])
def test_images_that_are_not_there_are_refused(index: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        THREE.of_items(np.array(index))


def test_side_information_is_known_annotators_or_features() -> None:
    bare = replace(THREE, annotator=np.zeros(6, np.int64), features=np.zeros((6, 0)), num_annotators=1)
    assert not bare.has_side_information
    assert replace(bare, features=np.zeros((6, 1))).has_side_information
    assert replace(bare, num_annotators=2).has_side_information


def test_one_label_an_image() -> None:
    images = ImageSet(np.zeros((3, 2, 2), np.uint8), 3)
    assert NoisyImages(images, labels_of([[(0, 1)], [(0, 2)], [(0, 0)]])).labels.tolist() == [1, 2, 0]
    with pytest.raises(ValueError, match="expected one label an image, got 6 for 3 images"):
        _ = NoisyImages(images, THREE).labels


def test_images_and_labels_must_belong_together() -> None:
    with pytest.raises(ValueError, match="expected labels of 2 images and 4 classes, got labels of 3 and 3"):
        NoisyImages(ImageSet(np.zeros((2, 2, 2), np.uint8), 4), THREE)
    with pytest.raises(ValueError, match="images with noisy labels must not have targets"):
        NoisyImages(ImageSet(np.zeros((3, 2, 2), np.uint8), 3, np.zeros(3, np.int64)), THREE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"splits": ()}, "expected one split a draw, got 0 of 2"),
        ({"transitions": np.zeros((1, 4, 4))}, r"transitions must have shape \(2, 4, 4\), got \(1, 4, 4\)"),
        ({"targets": np.full(140, 4)}, r"targets must lie in 0\.\.3"),
        ({"images": np.zeros((140, 8, 8))}, "images must be uint8"),
    ],
)
def test_a_noisy_set_that_does_not_fit_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(noisy_bands(), **changes)


def test_draws_must_label_all_images() -> None:
    data = noisy_bands()
    with pytest.raises(ValueError, match="draw 1 must label 140 images of 4 classes, got 3 and 3"):
        replace(data, draws=(data.draws[0], THREE))


def test_a_noisy_set_survives_storage(tmp_path: Any) -> None:
    data = noisy_bands()
    split = data.splits[1]
    assert isinstance(split, NumberedSplit)
    assert split.number == 1
    facts = {"num_classes": 4, "num_annotators": 6}
    arrays = {"images": data.images, "targets": data.targets, "transitions": data.transitions}
    from harness.contract.split import split_arrays

    arrays |= split_arrays(data.splits)
    for number, draw in enumerate(data.draws):
        arrays |= draw.arrays(f"r{number}_")
    Payload(arrays, facts).save(tmp_path / "set")
    read = NoisyDataset.from_payload(Payload.load(tmp_path / "set"), "a", "b", "c")
    assert plain(read.draws[1]) == plain(data.draws[1])
    assert read.counts == {"items": 140, "classes": 4}
    assert np.array_equal(read.splits[1].test, split.test)
