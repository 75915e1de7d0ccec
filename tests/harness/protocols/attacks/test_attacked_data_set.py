"""The maker of attacked images: budgets, replications, storage, bad recipes; the Carlini-Wagner attack."""

import numpy as np
import pytest
import torch

from harness.payload import Payload
from harness.protocols.attacks.adversary.carlini_wagner import carlini_wagner
from harness.protocols.attacks.adversary.data_set import attacked_images
from harness.protocols.attacks.adversary.named_networks import network_with, weights_of
from harness.protocols.attacks.adversary.networks import dense
from harness.protocols.attacks.adversary.recipe import Recipe
from harness.protocols.attacks.adversary.training import predicted_labels
from harness.protocols.attacks.arrays import fold_payloads
from tests.harness.protocols.attacks.striped_images import CLASSES, RECIPE, SIDE, striped


@pytest.fixture(scope="module")
def made() -> Payload:
    return attacked_images(striped(), RECIPE)


def test_changes_stay_inside_ball_and_box(made: Payload) -> None:
    orders = {"l1": 1, "l2": 2, "linf": np.inf}
    for fold in fold_payloads(made):
        for part, images, budgets in (
            ("dictionary_changes", "dictionary_images", RECIPE["budgets"]),
            ("other_changes", "dictionary_images", RECIPE["budgets"]),
            ("valid_changes", "valid_images", RECIPE["budgets"]),
            ("test_changes", "test_images", RECIPE["budgets"]),
            ("test_changes_held_out", "test_images", {n: [eps] for n, eps in RECIPE["held_out"].items()}),
        ):
            assert len(fold[part]) == len(budgets)
            for changes, (norm, (eps, *_)) in zip(fold[part], budgets.items(), strict=True):
                assert changes.dtype == np.float32
                assert np.linalg.norm(changes, orders[norm], axis=1).max() <= eps * (1 + 1e-5)
                attacked = fold[images][: len(changes)] + changes
                assert -1e-6 <= attacked.min() <= attacked.max() <= 1 + 1e-6


def test_folds_differ_in_network_attacks_and_images(made: Payload) -> None:
    first, second = fold_payloads(made)
    assert not np.array_equal(first["network_0"], second["network_0"])
    assert not np.array_equal(first["dictionary_changes"], second["dictionary_changes"])
    for part in ("valid_images", "test_images"):
        assert not {row.tobytes() for row in first[part]} & {row.tobytes() for row in second[part]}
    np.testing.assert_array_equal(first["dictionary_images"], second["dictionary_images"])


def test_the_dictionary_holds_the_first_training_images_of_each_class(made: Payload) -> None:
    fold = fold_payloads(made)[0]
    pixels, labels = fold["train_images"], fold["train_labels"]
    expected = np.concatenate([pixels[labels == c][: RECIPE["per_class"]] for c in range(CLASSES)])
    np.testing.assert_allclose(fold["dictionary_images"], expected / 255, atol=1e-7)
    assert fold["dictionary_labels"].tolist() == sorted(fold["dictionary_labels"].tolist())
    assert pixels.dtype == np.uint8


def test_stored_weights_are_the_network_that_was_attacked(made: Payload) -> None:
    fold = fold_payloads(made)[0]
    weights = [fold[f"network_{n}"] for n in range(fold.facts["weights"])]
    network = network_with(fold.facts["network"], fold.facts["arguments"], weights)
    attacked = fold["test_images"] + fold["test_changes"][1]
    success = (predicted_labels(network, attacked) != fold["test_labels"]).mean()
    assert success == pytest.approx(fold.facts["success"]["test_changes"][1])
    clean = (predicted_labels(network, fold["valid_images"]) == fold["valid_labels"]).mean()
    assert clean == pytest.approx(fold.facts["clean_accuracy"])
    assert clean > 0.8
    assert success > 0.3
    assert all(np.array_equal(a, b) for a, b in zip(weights, weights_of(network), strict=True))


def test_it_is_made_the_same_twice(made: Payload) -> None:
    state = torch.random.get_rng_state()
    again = attacked_images(striped(), RECIPE)
    assert again.digest() == made.digest()
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"per_class": 0}, "per_class is 0"),
        ({"per_class": 40}, "per_class is 40; expected at most"),
        ({"test": 20}, "test images are 30; expected 40"),
        ({"held_out": {"l1": 1.0}}, "held_out names"),
        ({"budgets": {}, "held_out": {}}, "one or more"),
        ({"network": {"build": "perceptron"}}, "network is 'perceptron'; expected one of"),
        ({"carlini_wagner": -1}, "carlini_wagner is -1"),
        ({"epochs": 3}, r"unknown \['epochs'\]"),
    ],
)
def test_bad_recipes_are_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        attacked_images(striped(), {**RECIPE, **change})
    with pytest.raises(ValueError, match="missing"):
        Recipe.of({name: value for name, value in RECIPE.items() if name != "valid"})


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="weights have shapes"):
        network_with("dense", (4, 2), [np.zeros((2, 3)), np.zeros(2)])


def linear(weights: np.ndarray) -> torch.nn.Sequential:
    """Return a network whose scores are 0 and w.x - 1."""
    network = dense(len(weights), 2)
    with torch.no_grad():
        network[0].weight.copy_(torch.from_numpy(np.stack([np.zeros_like(weights), weights])).float())
        network[0].bias.copy_(torch.tensor([0.0, -1.0]))
    return network


def test_carlini_wagner_finds_the_nearest_point_of_a_linear_boundary() -> None:
    weights = np.array([1.0, 2.0, -1.0, 0.5])
    images = np.random.default_rng(0).uniform(0.3, 0.7, size=(6, 4)).astype(np.float32)
    margins = images @ weights - 1
    labels = (margins > 0).astype(np.int64)
    found = carlini_wagner(linear(weights), images, labels, learning_rate=0.02, iterations=150, searches=8)
    assert found.success.all()
    nearest = np.abs(margins) / np.linalg.norm(weights)
    lengths = found.changes.norm(dim=1).numpy()
    assert (lengths >= nearest - 1e-6).all()
    np.testing.assert_allclose(lengths, nearest, atol=0.02)


def test_carlini_wagner_leaves_what_it_cannot_fool_and_refuses_bad_numbers() -> None:
    network = linear(np.array([1.0, 1.0]) * 1e-6)  # never reaches 1: class 0 everywhere
    images, labels = np.full((2, 2), 0.5, np.float32), np.zeros(2, np.int64)
    found = carlini_wagner(network, images, labels, 0.1, 5)
    assert not found.success.any()
    assert found.changes.abs().max() == 0
    assert len(carlini_wagner(network, images[:0], labels[:0], 0.1, 5).images) == 0
    with pytest.raises(ValueError, match="iterations is 0"):
        carlini_wagner(network, images, labels, 0.1, 0)


def test_rows_are_channels_first() -> None:
    from harness.protocols.attacks.adversary.data_set import pixel_rows

    colours = np.arange(2 * 3 * 4 * 2, dtype=np.uint8).reshape(2, 3, 4, 2)
    np.testing.assert_array_equal(pixel_rows(colours)[0, :12], colours[0, :, :, 0].ravel())
    assert pixel_rows(np.zeros((2, SIDE, SIDE), np.uint8)).shape == (2, SIDE * SIDE)
