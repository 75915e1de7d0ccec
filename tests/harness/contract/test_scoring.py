"""Metrics against brute force and closed forms, and the checks on predictions."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.scoring import (
    accuracy,
    check_scores,
    classification_metrics,
    negative_log_likelihood,
    roc_auc,
    validation_loss,
)
from harness.errors import BadPrediction

SCORED = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=12).filter(
    lambda items: len({target for _, target in items}) == 2
)


@given(SCORED)
def test_roc_auc_is_the_probability_of_a_right_order(items: list[tuple[int, bool]]) -> None:
    scores, targets = np.array([s for s, _ in items], float), np.array([t for _, t in items], int)
    positive, negative = scores[targets == 1], scores[targets == 0]
    wins = [1.0 if p > n else 0.5 if p == n else 0.0 for p, n in product(positive, negative)]
    assert roc_auc(scores, targets) == pytest.approx(np.mean(wins))
    assert roc_auc(-scores, targets) == pytest.approx(1 - np.mean(wins))


@pytest.mark.parametrize("target", [0, 1])
def test_roc_auc_needs_both_classes(target: int) -> None:
    with pytest.raises(BadPrediction, match="needs both classes"):
        roc_auc(np.arange(3.0), np.full(3, target))


def test_accuracy_gives_ties_to_the_lower_class() -> None:
    scores = np.array([[1, 1], [1, 1], [0, 2], [3, 2]])
    assert accuracy(scores, np.array([0, 1, 1, 1])) == 0.5


@given(st.integers(1, 6), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_likelihood_is_that_of_the_softmax(items: int, classes: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    scores, targets = 5 * generator.normal(size=(items, classes)), generator.integers(classes, size=items)
    expected = -np.mean(
        [math.log(math.exp(s[t]) / sum(map(math.exp, s))) for s, t in zip(scores, targets, strict=True)]
    )
    assert negative_log_likelihood(scores, targets) == pytest.approx(expected)
    shifts = 1000 * generator.normal(size=(items, 1))
    assert negative_log_likelihood(scores + shifts, targets) == pytest.approx(expected)


def test_uniform_scores_cost_the_logarithm_of_the_number_of_classes() -> None:
    assert negative_log_likelihood(np.full((4, 7), 2.5), np.arange(4)) == pytest.approx(math.log(7))
    assert negative_log_likelihood(np.array([[0.0, 1e6]]), np.array([1])) == 0.0
    assert negative_log_likelihood(np.array([[0.0, 1e6]]), np.array([0])) == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (np.zeros(4), r"shape \(4, 2\), got float64 of shape \(4,\)"),
        (np.zeros((4, 3)), r"got float64 of shape \(4, 3\)"),
        (np.zeros((3, 2)), r"got float64 of shape \(3, 2\)"),
        (np.zeros((1, 4, 2)), r"got float64 of shape \(1, 4, 2\)"),
        (np.zeros((4, 2), bool), "got bool"),
        (np.zeros((4, 2), complex), "got complex128"),
        (np.full((4, 2), "1"), "got <U1"),
        (np.array([[None, 1]] * 4), "got object"),
    ],
)
def test_scores_of_the_wrong_shape_or_type(scores: np.ndarray, message: str) -> None:
    for check in (lambda: check_scores(scores, 4, 2), lambda: validation_loss(scores, np.zeros(4, int), 2)):
        with pytest.raises(BadPrediction, match=message):
            check()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_scores_that_are_not_finite(bad: float) -> None:
    scores = np.zeros((4, 2))
    scores[1, 0] = scores[3, 1] = bad
    with pytest.raises(BadPrediction, match="got 2 NaN or infinite of 8 values"):
        check_scores(scores, 4, 2)
    assert math.isnan(validation_loss(scores, np.zeros(4, int), 2))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int8, np.uint16])
def test_any_number_type_becomes_double(dtype: type) -> None:
    assert check_scores(np.ones((2, 2), dtype), 2, 2).dtype == np.float64


def test_the_tasks_metric_comes_first() -> None:
    scores, targets = np.array([[0.0, 2.0], [1.0, 0.0]]), np.array([1, 1])
    assert list(classification_metrics("accuracy", scores, targets)) == ["accuracy", "nll"]
    assert list(classification_metrics("roc_auc", scores, np.array([1, 0]))) == ["roc_auc", "nll"]
    by_likelihood = classification_metrics("nll", scores, targets)
    assert list(by_likelihood) == ["nll", "accuracy"]
    assert by_likelihood == classification_metrics("accuracy", scores, targets)
    with pytest.raises(ValueError, match="got 'f1'"):
        classification_metrics("f1", scores, targets)
