"""Estimates of the transition matrix from noisy posteriors, and the posterior of TVR."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.noisy_labels.training.base.anchors import (
    anchor_transition,
    counted_transition,
    dual_transition,
)
from harness.protocols.noisy_labels.training.base.transitions import TransitionPosterior


def test_the_anchor_is_the_image_at_the_97th_percentile() -> None:
    first = np.arange(101) / 200  # ranks 0..100: the percentile 97 is rank 97
    probabilities = np.stack([first, 1 - first], axis=1)
    found = anchor_transition(probabilities)
    np.testing.assert_allclose(found[0], [97 / 200, 103 / 200])
    np.testing.assert_allclose(found[1], [3 / 200, 197 / 200])


def test_the_rank_rounds_down_so_that_outliers_are_left_out() -> None:
    first = np.array([0.1, 0.2, 0.9])  # rank floor(0.97 * 2) = 1
    found = anchor_transition(np.stack([first, 1 - first], axis=1))
    np.testing.assert_allclose(found, [[0.2, 0.8], [0.2, 0.8]])
    np.testing.assert_allclose(anchor_transition(np.array([[0.25, 0.75]])), [[0.25, 0.75]] * 2)


def test_labels_restrict_the_images_of_each_row() -> None:
    probabilities = np.array([[0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]])
    found = anchor_transition(probabilities, np.array([1, 0, 0, 1]))
    np.testing.assert_allclose(found[0], probabilities[2])  # rank 0 of 0.2, 0.6
    np.testing.assert_allclose(found[1], probabilities[0])  # rank 0 of 0.1, 0.8
    np.testing.assert_allclose(found[2], [0, 0, 1])  # no image has the label


@given(st.integers(1, 60), st.integers(2, 5), st.integers(0, 100))
def test_rows_are_posteriors_that_sum_to_one(count: int, classes: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(classes), size=count)
    labels = random.integers(classes, size=count)
    for found in (anchor_transition(probabilities), anchor_transition(probabilities, labels)):
        np.testing.assert_allclose(found.sum(axis=1), 1)
        assert found.min() >= 0
    np.testing.assert_allclose(dual_transition(probabilities, labels).sum(axis=1), 1)
    for row in anchor_transition(probabilities):
        assert np.isclose(probabilities, row).all(axis=1).any()


def test_counts_by_hand() -> None:
    predicted, labels = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 2, 1, 0])
    np.testing.assert_allclose(
        counted_transition(predicted, labels, 3), [[0.75, 0.0, 0.25], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]
    )


def test_the_dual_estimate_goes_from_clean_through_intermediate_to_noisy() -> None:
    probabilities = np.array([[0.6, 0.4], [0.6, 0.4], [0.1, 0.9], [0.1, 0.9]])
    labels = np.array([0, 0, 0, 1])  # predicted 0: always 0; predicted 1: 0 or 1 equally often
    clean_to_predicted, predicted_to_noisy = [[0.6, 0.4], [0.1, 0.9]], [[1.0, 0.0], [0.5, 0.5]]
    expected = np.array(clean_to_predicted) @ predicted_to_noisy
    np.testing.assert_allclose(expected, [[0.8, 0.2], [0.55, 0.45]])
    np.testing.assert_allclose(dual_transition(probabilities, labels), expected)


def test_a_perfect_intermediate_class_gives_the_shares_of_the_labels() -> None:
    classes = np.repeat(np.arange(3), 10)
    labels = classes.copy()
    labels[[0, 1, 10]] = [1, 2, 0]
    found = dual_transition(np.eye(3)[classes], labels)
    np.testing.assert_allclose(found, [[0.8, 0.1, 0.1], [0.1, 0.9, 0.0], [0.0, 0.0, 1.0]])


def test_the_posterior_of_the_transition_starts_at_no_noise_and_counts() -> None:
    posterior, random = TransitionPosterior(3), np.random.default_rng(0)
    np.testing.assert_allclose(posterior.mean, np.eye(3))
    np.testing.assert_allclose(posterior.draw(random), np.eye(3))
    certain = np.eye(3)[[0, 0, 1, 2]]  # the drawn classes are these
    posterior.update(certain, np.array([0, 1, 1, 2]), random)
    expected = [[9.99 + 0.01, 0.01, 0], [0, 9.99 + 0.01, 0], [0, 0, 9.99 + 0.01]]
    np.testing.assert_allclose(posterior.concentrations, expected)


def test_the_posterior_finds_the_transition_of_known_classes() -> None:
    truth = np.array([[0.7, 0.3, 0.0], [0.0, 0.9, 0.1], [0.2, 0.2, 0.6]])
    posterior, random = TransitionPosterior(3), np.random.default_rng(0)
    for _ in range(4000):
        classes = random.integers(3, size=64)
        labels = (random.random((64, 1)) >= np.cumsum(truth[classes], axis=1)).sum(axis=1)
        posterior.update(np.eye(3)[classes], labels, random)
    np.testing.assert_allclose(posterior.mean, truth, atol=0.03)
    draws = np.mean([posterior.draw(random) for _ in range(200)], axis=0)
    np.testing.assert_allclose(draws, posterior.mean, atol=0.01)


def test_drawn_classes_follow_the_probabilities() -> None:
    posterior, random = TransitionPosterior(2), np.random.default_rng(0)
    posterior.concentrations[:] = 0
    posterior.update(np.tile([0.25, 0.75], (20_000, 1)), np.zeros(20_000, np.int64), random)
    shares = posterior.concentrations[:, 0] / 200
    assert shares == pytest.approx([0.25, 0.75], abs=0.01)
