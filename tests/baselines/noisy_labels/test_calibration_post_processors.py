"""Post-processors on digits: none, early stopping, nearest neighbours, one matrix, RoG."""

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import torch

from baselines.noisy_labels.calibration.neighbours import (
    GlobalH,
    NearestConfident,
    NeighbourSettings,
    matrix_of_counts,
)
from baselines.noisy_labels.calibration.plain import EarlyStoppingBase, NoSettings, Uncalibrated
from baselines.noisy_labels.calibration.rog import RoG, RoGSettings, ensemble_weights
from baselines.noisy_labels.roster import ROSTER
from harness.protocols.noisy_labels.prediction_calibration import PredictionCalibrator
from tests.noisy_digits import context, held_out, known

CONTENDERS = [Uncalibrated, EarlyStoppingBase, NearestConfident, GlobalH, RoG]


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def fitted(contender: type[PredictionCalibrator], base: str = "ce", settings: Any = None) -> Any:
    (default,) = contender.configurations("standard")
    return contender(settings or default).fit(known().classifiers[base], known(), context(contender))


def predicted(contender: type[PredictionCalibrator], base: str = "ce") -> np.ndarray:
    images, _ = held_out(0)
    return fitted(contender, base).predict(images, known().classifiers[base].outputs(images))


@pytest.mark.parametrize("contender", CONTENDERS)
def test_predictions_are_distributions_and_repeatable(contender: type[PredictionCalibrator]) -> None:
    found = predicted(contender)
    assert found.shape == (len(held_out(0)[0]), 10)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
    assert found.min() >= 0
    np.testing.assert_array_equal(found, predicted(contender))


def test_none_returns_the_classifiers_own_probabilities() -> None:
    images, _ = held_out(0)
    np.testing.assert_array_equal(predicted(Uncalibrated), known().classifiers["ce"].outputs(images).probabilities)


def test_early_stopping_ignores_the_given_classifier() -> None:
    images, _ = held_out(0)
    expected = known().classifiers["es"].outputs(images).probabilities
    for base in ("ce", "es"):
        np.testing.assert_array_equal(predicted(EarlyStoppingBase, base), expected)


def test_early_stopping_needs_its_classifier() -> None:
    given = replace(known(), classifiers={"ce": known().classifiers["ce"]})
    with pytest.raises(ValueError, match="needs the classifier 'es', the set has ce"):
        EarlyStoppingBase(NoSettings()).fit(given.classifiers["ce"], given, context(EarlyStoppingBase))


def test_neighbours_correct_an_overfitted_classifier() -> None:
    _, targets = held_out(0)
    assert np.mean(predicted(NearestConfident).argmax(1) == targets) > np.mean(
        predicted(Uncalibrated).argmax(1) == targets
    )


def test_few_points_are_flagged() -> None:
    settings = NeighbourSettings(support_batch=2000)
    for contender in (NearestConfident, GlobalH):
        flags = fitted(contender, settings=replace(settings, neighbours=11)).facts["flags"]
        assert flags == ["10 support points instead of 11 neighbours"]
        assert fitted(contender).facts["flags"] == []


def test_one_matrix_by_hand() -> None:
    found = matrix_of_counts(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1]), 3)
    np.testing.assert_allclose(found, [[2 / 3, 1 / 3, 0], [0, 1, 0], [0, 0, 1]])


def test_one_matrix_composes_and_estimates_the_transition() -> None:
    images, _ = held_out(0)
    model = fitted(GlobalH)
    own = known().classifiers["ce"].outputs(images)
    np.testing.assert_allclose(model.matrix.sum(axis=1), 1)
    np.testing.assert_allclose(model.predict(images, own), own.probabilities @ model.matrix)
    np.testing.assert_allclose(model.transition.sum(axis=1), 1)


def test_rog_is_the_ensemble_and_not_the_softmax() -> None:
    images, targets = held_out(0)
    model = fitted(RoG)
    own = known().classifiers["ce"].outputs(images)
    found = model.predict(images, own)
    parts = [
        discriminant.probabilities(features.astype(np.float64))
        for discriminant, features in zip(model.discriminants, (own.embeddings, own.logits), strict=True)
    ]
    np.testing.assert_allclose(found, model.weights[0] * parts[0] + model.weights[1] * parts[1])
    assert not np.allclose(found, own.probabilities)
    assert np.mean(found.argmax(1) == targets) > np.mean(own.classes == targets)


def test_weights_of_the_ensemble_prefer_the_better_layer() -> None:
    random = np.random.default_rng(0)
    good, bad = np.full(300, 0.9), np.full(300, 0.2)
    weights = ensemble_weights(np.stack([good, bad]), RoGSettings(), random)
    assert weights.sum() == pytest.approx(1)
    assert weights[0] > 0.5
    equal = ensemble_weights(np.stack([good, good]), RoGSettings(), random)
    np.testing.assert_allclose(equal, 0.5)
    long = ensemble_weights(np.stack([good, bad]), RoGSettings(epochs=300), random)
    assert long[0] > 0.95, "the likelihood is linear in the weights: all weight goes to the better layer"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NeighbourSettings(neighbours=0), "neighbours must be 1 or more, got 0"),
        (lambda: NeighbourSettings(support_batch=-1), "support_batch must be 1 or more, got -1"),
        (lambda: RoGSettings(share=0.0), "share must lie in 0..1, above 0, got 0.0"),
        (lambda: RoGSettings(trusted=1.5), "trusted must lie in 0..1, above 0, got 1.5"),
        (lambda: RoGSettings(learning_rate=0.0), "learning_rate must be positive, got 0.0"),
    ],
)
def test_settings_out_of_range(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_entries_name_these_contenders() -> None:
    entries = [entry for entry in ROSTER.contenders if entry.protocol == "prediction-calibration"]
    classes = [getattr(import_module(entry.module), entry.target.partition(":")[2]) for entry in entries]
    assert set(classes) == set(CONTENDERS)
