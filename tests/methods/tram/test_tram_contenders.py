"""Contenders of TRAM: fits on small crowds, controls, limits without use of side information, bad settings."""

import numpy as np
import pytest
import torch

from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassification
from harness.protocols.noisy_labels.training.epochs import NetworkPredictions
from harness.protocols.noisy_labels.training.output_layers import HeteroscedasticSettings
from harness.protocols.noisy_labels.training.pi_heads import PIHeadSettings
from methods.tram import contenders
from methods.tram.contenders import TRAM, HetTRAM, TRAMNoStopGradient, TRAMRandom, TRAMZeros, clip_gradients
from methods.tram.settings import TRAMSettings
from tests.harness.protocols.noisy_labels.digit_crowds import crowd, tiny_context, without_side_information

TRAIN, _ = crowd(0, 200)
VALID, _ = crowd(200, 40)
FEW = HeteroscedasticSettings(rank=2, train_samples=4, test_samples=8)


def fitted(
    settings: TRAMSettings, train: NoisyImages = TRAIN, epochs: int = 2, **options: float
) -> NetworkPredictions:
    return TRAM(settings).fit(train, VALID, tiny_context(epochs, **options))


@pytest.mark.parametrize("contender", [TRAM, HetTRAM, TRAMZeros, TRAMRandom, TRAMNoStopGradient])
def test_a_contender_predicts_probabilities_of_images_alone(contender: type[TRAM]) -> None:
    NoisyLabelClassification().check(contender, "tested")
    (settings,) = contender.configurations("standard")
    model = contender(settings).fit(TRAIN, VALID, tiny_context(1))
    probabilities = model.predict(VALID.images)
    assert probabilities.shape == (40, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-4)
    assert model.at_best_validation is not None
    assert np.array_equal(model.at_best_validation.predict(VALID.images), probabilities)  # one epoch
    assert 0 < model.facts["share_of_labels_fitted_with_side_information"] < 1


def test_a_trial_is_repeatable() -> None:
    for settings in (TRAMSettings(), TRAMSettings(source="shuffled"), TRAMSettings(noisy_heads="both")):
        first, second = (fitted(settings).predict(VALID.images) for _ in range(2))
        assert np.array_equal(first, second)


def test_only_the_head_without_side_information_counts_as_parameters() -> None:
    assert fitted(TRAMSettings()).num_parameters == 65 * 16 + 17 * 12 + 13 * 10


@pytest.mark.parametrize("name", ["both", "marginal", "conditional"])
def test_heads_with_noise(name: str) -> None:
    settings = TRAMSettings(noisy_heads=name, heteroscedastic=FEW)  # type: ignore[arg-type]
    found = fitted(settings).num_parameters
    plain = 65 * 16 + 17 * 12
    assert found == plain + 13 * 10 * (1 if name == "conditional" else 1 + 2 + 1)


def test_the_weight_of_the_marginal_loss_leaves_the_body_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = []

    def keep(body: torch.nn.Module, *arguments: object) -> float:
        bodies.append([parameter.detach().clone() for parameter in body.parameters()])
        return 0.0

    monkeypatch.setattr(contenders, "conditional_fit", keep)
    for settings in (TRAMSettings(marginal_weight=w, stop_gradient=s) for s in (True, False) for w in (1.0, 50.0)):
        fitted(settings)
    assert all(map(torch.equal, bodies[0], bodies[1]))
    assert not all(map(torch.equal, bodies[2], bodies[3]))


def test_gradients_are_clipped_by_head() -> None:
    settings = TRAMSettings()
    network = contenders.two_headed_network(
        contenders.new_network(TRAIN, tiny_context().options, tiny_context()),
        contenders.PrivilegedTensors.of(TRAIN, VALID, "cpu").size, settings, tiny_context(),
    )  # fmt: skip
    for value, parameters in ((3.0, network.marginal_head.parameters()), (5.0, network.conditional_parameters())):
        for parameter in parameters:
            parameter.grad = torch.full_like(parameter, value)
    clip_gradients(0.0, network)
    assert float(next(network.marginal_head.parameters()).grad[0, 0]) == 3
    clip_gradients(0.5, network)
    for parameters in (network.marginal_head.parameters(), network.conditional_parameters()):
        norm = torch.cat([parameter.grad.ravel() for parameter in parameters]).norm()
        assert float(norm) == pytest.approx(0.5, rel=1e-4)


@pytest.mark.parametrize(
    "settings",
    [
        TRAMSettings(source="labels"), TRAMSettings(source="normal"), TRAMSettings(source="fixed normal"),
        TRAMSettings(head=PIHeadSettings(8, "perceptron")), TRAMSettings(head=PIHeadSettings(8, "plain")),
        TRAMSettings(clip_features=True, weight_decay=1e-4, largest_gradient=1.0),
    ],
)  # fmt: skip
def test_variants_train(settings: TRAMSettings) -> None:
    assert np.isfinite(fitted(settings, epochs=1).predict(VALID.images)).all()


def test_reliable_annotators_make_all_methods_agree() -> None:
    train, _ = crowd(0, 400, bad=0.0)
    test, targets = crowd(900, 300)
    accuracies = [
        float(
            np.mean(fitted(settings, train, 12, learning_rate=0.01).predict(test.images).argmax(axis=1) == targets)
        )
        for settings in (TRAMSettings(), TRAMSettings(source="zeros"))
    ]
    assert min(accuracies) > 0.6
    assert abs(accuracies[0] - accuracies[1]) < 0.1


def test_missing_side_information_is_named() -> None:
    with pytest.raises(ValueError, match="side information is missing"):
        fitted(TRAMSettings(), without_side_information(TRAIN))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"marginal_weight": -0.1}, r"marginal_weight must be 0 or more, got -0.1"),
        ({"weight_decay": float("nan")}, "weight_decay must be 0 or more, got nan"),
        ({"largest_gradient": -1}, "largest_gradient must be 0 or more, got -1"),
        ({"noisy_heads": "all"}, "noisy_heads must be one of none, both, marginal, conditional, got 'all'"),
        ({"source": "none"}, "source must be one of given, "),
    ],
)
def test_bad_settings_are_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TRAMSettings(**changes)  # type: ignore[arg-type]
