"""Scores of class probabilities: worked examples, scikit-learn as a peer, and reports that are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import log_loss

from harness.errors import BadPrediction
from harness.protocols.noisy_labels.scores import (
    calibration_error,
    check_probabilities,
    check_transition,
    classification,
)


def probabilities(count: int, classes: int, seed: int, sharpness: float = 1.0) -> np.ndarray:
    drawn = np.random.default_rng(seed).gamma(1 / sharpness, size=(count, classes)) + 1e-12
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


def test_calibration_error_by_hand() -> None:
    """Two of four items in the bin (0.6, 0.667], one right: |0.5 - 0.65|; one of 0.9, right; one of 0.8, wrong."""
    given = np.array([[0.65, 0.35], [0.35, 0.65], [0.9, 0.1], [0.2, 0.8]])
    found = calibration_error(given, np.array([0, 0, 0, 0]))
    assert found == pytest.approx((2 * 0.15 + 0.1 + 0.8) / 4)


def test_a_confidence_on_an_edge_belongs_to_the_lower_bin() -> None:
    assert calibration_error(np.array([[0.5, 0.5], [0.5, 0.5]]), np.array([0, 1]), bins=2) == 0.0
    given = np.array([[0.5, 0.5], [0.4, 0.6]])  # 0.5 is in (0, 0.5], 0.6 in (0.5, 1]
    assert calibration_error(given, np.array([0, 0]), bins=2) == pytest.approx((0.5 + 0.6) / 2)


def test_certain_and_right_is_calibrated() -> None:
    assert calibration_error(np.eye(3), np.arange(3)) == 0.0
    assert calibration_error(np.eye(3), (np.arange(3) + 1) % 3) == 1.0


@given(st.integers(0, 1000), st.integers(2, 6), st.sampled_from([0.3, 1.0, 10.0]))
def test_calibration_error_is_that_of_scikit_learns_curve(seed: int, classes: int, sharpness: float) -> None:
    given = probabilities(200, classes, seed, sharpness)
    targets = np.random.default_rng(seed).integers(classes, size=200)
    confidence, right = given.max(axis=1), given.argmax(axis=1) == targets
    shares, means = calibration_curve(right, confidence, n_bins=15)
    counts = np.histogram(confidence, bins=np.linspace(0, 1, 16))[0]
    expected = np.sum(counts[counts > 0] / 200 * np.abs(shares - means))
    assert calibration_error(given, targets) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("bins", [5, 15, 100])
def test_calibration_error_is_that_of_torchmetrics(bins: int) -> None:
    metrics = pytest.importorskip("torchmetrics.functional.classification", reason="torchmetrics is not installed")
    import torch

    given, targets = probabilities(500, 5, 0), np.random.default_rng(0).integers(5, size=500)
    theirs = metrics.multiclass_calibration_error(
        torch.from_numpy(given), torch.from_numpy(targets), 5, n_bins=bins
    )
    assert calibration_error(given, targets, bins) == pytest.approx(float(theirs), abs=1e-6)


def test_likelihood_is_that_of_scikit_learn() -> None:
    given, targets = probabilities(300, 4, 1), np.random.default_rng(1).integers(4, size=300)
    scored = classification(given, targets)
    assert scored["nll"] == pytest.approx(log_loss(targets, given, labels=range(4)), rel=1e-6)
    assert scored["accuracy"] == np.mean(given.argmax(axis=1) == targets)


def test_a_certain_error_costs_a_finite_likelihood() -> None:
    assert 80 < classification(np.eye(2), np.array([1, 0]))["nll"] < 100


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.full((2, 2), 0.5), r"shape \(3, 2\), got float64 of shape \(2, 2\)"),
        (np.full((3, 3), 1 / 3), r"shape \(3, 2\), got float64 of shape \(3, 3\)"),
        (np.full((3, 2), "a"), "must be a numeric array"),
        (np.full((3, 2), np.nan), "must be finite, got 6 NaN or infinite"),
        (np.array([[1.5, -0.5]] * 3), "a smallest value of -0.5 and a sum of 1"),
        (np.array([[0.5, 0.5], [0.5, 0.5], [0.5, 0.4]]), "a smallest value of 0.4 and a sum of 0.9"),
        (np.zeros((3, 2)), "a smallest value of 0 and a sum of 0"),
        (np.full((3, 2), 0.5 + 0.5j), "must be a numeric array"),
    ],
)
def test_no_probabilities_are_refused(given: np.ndarray, message: str) -> None:
    with pytest.raises(BadPrediction, match=message):
        check_probabilities(given, 3, 2)


def test_rounded_sums_are_corrected() -> None:
    found = check_probabilities(np.array([[0.5, 0.50005]], np.float32), 1, 2)
    assert found.dtype == np.float64
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


def test_a_transition_matrix_is_square() -> None:
    assert np.array_equal(check_transition(np.eye(3), 3), np.eye(3))
    with pytest.raises(BadPrediction, match=r"shape \(3, 3\)"):
        check_transition(np.eye(2), 3)
