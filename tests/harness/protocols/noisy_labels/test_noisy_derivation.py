"""Derivation of noisy sets: the split, the draws, and recipes that are refused."""

from typing import Any

import numpy as np
import pytest

from harness.protocols.noisy_labels.arrays import NoisyDataset
from harness.protocols.noisy_labels.noise.derive import noisy_images, split_of
from tests.harness.protocols.noisy_labels.small_crowds import bands, noisy_bands, recipe

SYMMETRIC = {"kind": "symmetric", "rate": 0.5}


def test_the_split_is_of_the_training_side() -> None:
    kept, split = split_of(bands(), recipe())
    assert [len(part) for part in (split.train, split.valid, split.test)] == [90, 10, 40]
    assert np.concatenate([split.train, split.valid, split.test]).tolist() == list(range(140))
    assert kept[split.test].tolist() == list(range(120, 160)), "the official test part"
    assert set(kept[:100]) <= set(range(120))
    assert len(set(kept)) == 140


def test_other_images_of_the_training_side_may_test() -> None:
    kept, split = split_of(bands(), recipe(leftover="test"))
    assert len(split.test) == 60
    assert sorted(kept) == list(range(160))
    _, limited = split_of(bands(), recipe(leftover="test", test=7))
    assert len(limited.test) == 7


def test_draws_differ_and_repeat() -> None:
    first, again = noisy_images(bands(), recipe()), noisy_images(bands(), recipe())
    assert first.digest() == again.digest()
    data = NoisyDataset.from_payload(first, "", "", "")
    assert not np.array_equal(data.draws[0].label, data.draws[1].label)
    assert all(np.array_equal(data.splits[0].test, split.test) for split in data.splits)
    assert noisy_images(bands(), recipe(seed=1)).digest() != first.digest()


def test_the_facts_count_wrong_labels() -> None:
    payload = noisy_images(bands(), recipe())
    data = NoisyDataset.from_payload(payload, "", "", "")
    for draw, rate, transition in zip(data.draws, payload.facts["noise_rates"], data.transitions, strict=True):
        truth = data.targets[draw.item]
        assert rate == np.mean(draw.label != truth)
        for k, column in enumerate(transition.T):
            expected = [np.mean(draw.label[truth == j] == k) for j in range(data.num_classes)]
            assert np.allclose(column, expected)


@pytest.mark.parametrize(
    "noise",
    [
        SYMMETRIC,
        {"kind": "asymmetric", "rate": 0.0, "mapping": "mnist"},
        {"kind": "instance-dependent", "rate": 0.4},
        {"kind": "similarity-dependent", "rate": 0.2},
    ],
)
def test_noise_without_annotators_gives_one_label_an_image(noise: dict[str, Any]) -> None:
    data = noisy_bands(noise)
    assert len(data.draws[0]) == 140
    assert data.draws[0].num_annotators == 1
    assert not data.draws[0].has_side_information


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"draws": 0}, "draws must be 1 or more, got 0"),
        ({"train": 121}, r"train must lie in 2\.\.120, the images of the training side, got 121"),
        ({"train": 1}, r"train must lie in 2\.\.120"),
        ({"leftover": "train"}, "leftover must be 'test' or 'unused', got 'train'"),
        ({"rate": 0.2}, r"recipe: missing \[\], unknown \['rate'\]"),
        ({"noise": {"kind": "pairs", "rate": 0.1}}, "noise must be one of asymmetric, symmetric"),
        ({"noise": {"rate": 0.1}}, "noise must have a kind"),
        ({"noise": {"kind": "symmetric"}}, "noise symmetric must have a rate"),
    ],
)
def test_recipes_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        noisy_images(bands(), recipe(**changes))


def test_a_recipe_without_noise_is_refused() -> None:
    with pytest.raises(ValueError, match=r"recipe: missing \['noise'\], unknown \[\]"):
        noisy_images(bands(), {"train": 10, "draws": 1})
