"""Output layers: worked digits of the heteroscedastic softmax, limits, and numbers that must not underflow."""

import math

import numpy as np
import pytest
import torch

from harness.protocols.noisy_labels.training.output_layers import (
    HeteroscedasticOutput,
    HeteroscedasticSettings,
    LinearOutput,
    mean_log_probabilities,
    noisy_log_probabilities,
)

MEAN = torch.tensor([[1.0, 0.0, -1.0]])
FACTOR = torch.tensor([[[1.0], [0.5], [0.0]]])
SCALE = torch.tensor([[0.1, 0.2, 0.3]])
SHARED = torch.tensor([[[1.0]], [[-1.0]]])
OWN = torch.tensor([[[0.5, -0.5, 1.0]], [[0.0, 1.0, 0.0]]])


def test_worked_digits() -> None:
    found = noisy_log_probabilities(MEAN, FACTOR, SCALE, SHARED, OWN, 1.5).exp()
    np.testing.assert_allclose(found, [[0.549347, 0.287027, 0.163626]], atol=1e-6)


def test_without_noise_it_is_a_softmax_with_temperature() -> None:
    found = noisy_log_probabilities(MEAN, 0 * FACTOR, 0 * SCALE, SHARED, OWN, 1.5)
    raised = np.exp(np.array([1.0, 0.0, -1.0]) / 1.5)
    np.testing.assert_allclose(found.exp()[0], raised / raised.sum(), atol=1e-6)


def test_draws_of_a_row_and_shared_draws_agree() -> None:
    rows = [part.expand(3, *part.shape[1:]) for part in (MEAN, FACTOR, SCALE)]
    once = noisy_log_probabilities(*rows, SHARED, OWN, 1.5)
    each = noisy_log_probabilities(*rows, SHARED.expand(-1, 3, -1), OWN.expand(-1, 3, -1), 1.5)
    torch.testing.assert_close(once, each)


def test_the_logarithm_of_a_mean_does_not_underflow() -> None:
    logs = torch.tensor([[-200.0], [-201.0]])
    assert torch.log(logs.exp().mean()) == -math.inf
    assert float(mean_log_probabilities(logs, 0)) == pytest.approx(
        -200 + math.log((1 + math.exp(-1)) / 2), abs=1e-4
    )


def test_evaluation_depends_neither_on_the_batch_nor_on_earlier_calls() -> None:
    torch.manual_seed(0)
    layer = HeteroscedasticOutput(4, 3, HeteroscedasticSettings(rank=2)).eval()
    hidden = torch.randn(6, 4)
    first = layer(hidden)
    torch.manual_seed(1)
    torch.testing.assert_close(torch.cat([layer(hidden[:2]), layer(hidden[2:])]), first)
    assert torch.equal(layer(hidden), first)
    np.testing.assert_allclose(first.exp().sum(dim=1).detach(), 1, atol=1e-5)


def test_training_draws_noise_for_each_row_and_batch() -> None:
    torch.manual_seed(0)
    layer = HeteroscedasticOutput(4, 3, HeteroscedasticSettings(rank=2))
    hidden = torch.ones(2, 4)
    first = layer(hidden)
    assert not torch.allclose(first[0], first[1])
    assert not torch.allclose(first, layer(hidden))


def test_many_draws_approach_the_mean_of_many_more() -> None:
    torch.manual_seed(0)
    few = HeteroscedasticOutput(4, 3, HeteroscedasticSettings(rank=2, test_samples=4000)).eval()
    many = HeteroscedasticOutput(4, 3, HeteroscedasticSettings(rank=2, test_samples=200_000), seed=1).eval()
    many.load_state_dict(few.state_dict())
    hidden = torch.randn(3, 4)
    torch.testing.assert_close(few(hidden).exp(), many(hidden).exp(), atol=0.02, rtol=0)


def test_a_linear_output_uses_the_given_layer() -> None:
    layer = torch.nn.Linear(4, 3)
    hidden = torch.randn(2, 4)
    torch.testing.assert_close(LinearOutput(4, 3, layer)(hidden), torch.log_softmax(layer(hidden), dim=1))


@pytest.mark.parametrize("name", ["temperature", "rank", "train_samples", "test_samples"])
def test_bad_settings_are_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be positive, got 0"):
        HeteroscedasticSettings(**{name: 0})


def test_a_bad_temperature_is_named() -> None:
    with pytest.raises(ValueError, match=r"temperature must be positive, got -1.0"):
        noisy_log_probabilities(MEAN, FACTOR, SCALE, SHARED, OWN, -1.0)
