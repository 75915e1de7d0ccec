"""Baselines with side information: imputation, marginalisation, distillation, regression without it."""

import copy

import numpy as np
import pytest
import torch

from baselines.noisy_labels.privileged.distillation import (
    DistillationSettings,
    GeneralisedDistillation,
    distillation_loss,
)
from baselines.noisy_labels.privileged.pi_network import (
    FullMarginalisation,
    PIMeanImputation,
    PINetworkSettings,
    PIZeroImputation,
    SampledMarginalisation,
    WithoutSideInformation,
    imputed,
    train_pi_network,
)
from baselines.noisy_labels.privileged.regression import RegressionNoPI
from baselines.noisy_labels.roster import ROSTER
from harness.contract.context import Context
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassification
from harness.protocols.noisy_labels.options import RegressionOptions
from harness.protocols.noisy_labels.regression_arrays import PrivilegedSamples
from harness.protocols.noisy_labels.training.pi_heads import PIHeadSettings
from harness.protocols.noisy_labels.training.privileged import PrivilegedTensors
from harness.protocols.noisy_labels.training.side_information import SideInformation
from harness.targets import resolve
from harness.trial import Trial
from tests.harness.protocols.noisy_labels.digit_crowds import crowd, tiny_context, without_side_information

TRAIN, _ = crowd(0, 200)
VALID, _ = crowd(200, 40)
WAYS = [PIZeroImputation, PIMeanImputation, FullMarginalisation, SampledMarginalisation]


def test_distillation_worked_digits() -> None:
    teacher, student = torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([[0.5, 0.2, -0.1]])
    found = distillation_loss(student, teacher, torch.tensor([1]), 0.5, 2.0)
    assert float(found) == pytest.approx(1.080367, abs=1e-6)
    hard = distillation_loss(student, teacher, torch.tensor([1]), 0.0, 2.0)
    assert float(hard) == pytest.approx(np.log(np.exp([0.5, 0.2, -0.1]).sum()) - 0.2, abs=1e-6)


@pytest.mark.parametrize("contender", [*WAYS, GeneralisedDistillation])
def test_a_contender_predicts_probabilities_of_images_alone(contender: type[WithoutSideInformation]) -> None:
    NoisyLabelClassification().check(contender, "tested")
    (settings,) = contender.configurations("standard")
    first, second = (contender(settings).fit(TRAIN, VALID, tiny_context(2)).predict(VALID.images) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == (40, 10)
    np.testing.assert_allclose(first.sum(axis=1), 1, atol=1e-4)


def test_all_ways_share_the_training() -> None:
    fits = [way(PINetworkSettings()).fit(TRAIN, VALID, tiny_context(2)) for way in WAYS]
    assert len({fit.facts["share_of_labels_fitted_with_side_information"] for fit in fits}) == 1
    assert len({fit.num_parameters for fit in fits}) == 1
    predictions = [fit.predict(VALID.images) for fit in fits]
    assert not np.allclose(predictions[0], predictions[1])
    np.testing.assert_allclose(predictions[2], predictions[3], atol=0.05)


def test_many_drawn_vectors_approach_full_marginalisation() -> None:
    full = FullMarginalisation(PINetworkSettings()).fit(TRAIN, VALID, tiny_context(2)).predict(VALID.images)
    errors = []
    for count in (3, 20_000):
        settings = PINetworkSettings(sampled=count)
        found = SampledMarginalisation(settings).fit(TRAIN, VALID, tiny_context(2)).predict(VALID.images)
        errors.append(np.abs(found - full).max())
    assert errors[1] < 2e-3 < errors[0]


def test_imputation_puts_one_vector_in_the_place_of_side_information() -> None:
    tensors = PrivilegedTensors.of(TRAIN, VALID, "cpu")
    network, _ = train_pi_network(
        TRAIN, tensors, PIHeadSettings(8), lambda m: lambda pixels: torch.zeros(len(pixels), 10), tiny_context(1)
    )
    vector = torch.tensor([[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.5]])
    with torch.no_grad():
        hidden = network.body(tensors.valid.pixels)
        found = imputed(SideInformation(None, vector), network, hidden)
        one = SideInformation(torch.full((40,), 2), torch.full((40, 1), 0.5))
        torch.testing.assert_close(found, network.pi_head(hidden, one))


def test_the_teacher_sees_the_side_information_of_the_batch() -> None:
    plain = GeneralisedDistillation(DistillationSettings()).fit(TRAIN, VALID, tiny_context(2))
    moved = copy.deepcopy(TRAIN)
    moved.annotations.annotator[:] = np.roll(moved.annotations.annotator, 1)
    other = GeneralisedDistillation(DistillationSettings()).fit(moved, VALID, tiny_context(2))
    assert not np.array_equal(plain.predict(VALID.images), other.predict(VALID.images))
    settings = DistillationSettings(soft_weight=0.0)
    plain = GeneralisedDistillation(settings).fit(TRAIN, VALID, tiny_context(2))
    other = GeneralisedDistillation(settings).fit(moved, VALID, tiny_context(2))
    assert np.array_equal(plain.predict(VALID.images), other.predict(VALID.images))  # labels alone teach
    assert plain.num_parameters == 65 * 16 + 17 * 12 + 13 * 10


def test_the_learning_curve_names_the_teacher() -> None:
    context = tiny_context(2)
    GeneralisedDistillation(DistillationSettings()).fit(TRAIN, VALID, context)
    assert [sorted(row) for row in context.curve[::2]] == [
        ["configuration", "step", "teacher_train_loss", "teacher_valid_loss"],
        ["configuration", "step", "train_loss", "valid_loss"],
    ]


def test_regression_without_side_information_ignores_it() -> None:
    random = np.random.default_rng(0)
    x, y = random.random(300), random.normal(size=300)
    options = RegressionOptions(steps=5, width=8)
    found = []
    for side in (np.zeros(300), np.ones(300)):
        context = Context(Trial("privileged-sine", "no-pi", profile="smoke"), options=options, streams=("init",))
        part = PrivilegedSamples(x, side, y)
        (settings,) = RegressionNoPI.configurations("smoke")
        found.append(RegressionNoPI(settings).fit(part, part, context).predict(x[:20]))
    assert np.array_equal(*found)
    assert np.isfinite(found[0]).all()


@pytest.mark.parametrize("contender", [*WAYS, GeneralisedDistillation])
def test_missing_side_information_is_named(contender: type[WithoutSideInformation]) -> None:
    (settings,) = contender.configurations("standard")
    with pytest.raises(ValueError, match="side information is missing"):
        contender(settings).fit(without_side_information(TRAIN), VALID, tiny_context(1))


def test_bad_settings_are_named() -> None:
    with pytest.raises(ValueError, match="sampled must be 1 or more, got 0"):
        PINetworkSettings(sampled=0)
    with pytest.raises(ValueError, match=r"soft_weight must lie in 0..1, got 1.5"):
        DistillationSettings(soft_weight=1.5)
    with pytest.raises(ValueError, match="temperature must be positive, got 0"):
        DistillationSettings(temperature=0)


def test_entries_name_classes_of_their_protocol() -> None:
    for entry in ROSTER.contenders:
        assert resolve(entry.target).configurations("standard")
