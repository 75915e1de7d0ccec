"""The crowd layer: plain formulas of every connection, its start, and the training of both parts."""

from typing import Any, get_args

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from baselines.noisy_labels.crowd_layer import (
    CrowdConnection,
    CrowdLayer,
    CrowdLayerClassifier,
    CrowdLayerSettings,
    LowestCrowdLoss,
    NetworkWithCrowdLayer,
)
from harness.protocols.noisy_labels.training.label_batches import LabelTensors
from tests.baselines.noisy_labels.trials import parts
from tests.harness.protocols.noisy_labels.small_crowds import context

CONNECTIONS = get_args(CrowdConnection)


def layer(connection: Any, annotators: int = 3, classes: int = 4, seed: int | None = 0) -> CrowdLayer:
    made = CrowdLayer(annotators, classes, CrowdLayerSettings(connection)).double()
    if seed is not None:
        generator = torch.Generator().manual_seed(seed)
        for parameter in made.parameters():
            parameter.data += torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    return made


def pairs(count: int = 6, classes: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(count, classes, generator=generator, dtype=torch.float64)
    return F.log_softmax(logits, dim=1), torch.arange(count) % 3


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_every_connection_is_its_formula(connection: Any) -> None:
    made, (log_p, annotator) = layer(connection), pairs()
    found = made(log_p, annotator).exp().detach().numpy()
    weight = made.weight.detach().numpy() if hasattr(made, "weight") else None
    shift = made.shift.detach().numpy() if hasattr(made, "shift") else None
    for row, p, r in zip(found, log_p.exp().numpy(), annotator, strict=True):
        if connection == "stochastic":
            assert weight is not None
            rows = np.exp(weight[r]) / np.exp(weight[r]).sum(axis=1, keepdims=True)
            assert np.allclose(row, p @ rows)
            continue
        logits = p if weight is None else weight[r] @ p if connection == "matrix" else weight[r] * p
        logits = logits if shift is None else logits + shift[r]
        assert np.allclose(row, np.exp(logits) / np.exp(logits).sum())


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_at_first_all_annotators_answer_alike(connection: Any) -> None:
    log_p, _ = pairs()
    fresh = layer(connection, seed=None)
    first, second = (fresh(log_p, torch.full((6,), r)) for r in (0, 2))
    assert torch.equal(first, second)
    assert torch.equal(first.argmax(dim=1), log_p.argmax(dim=1)), "the start keeps the likeliest class"
    if connection == "stochastic":
        rows = F.softmax(fresh.weight, dim=2)
        assert torch.allclose(torch.diagonal(rows, dim1=1, dim2=2), torch.tensor(0.9, dtype=torch.float64))


@pytest.mark.parametrize("connection", CONNECTIONS)
def test_only_the_annotators_of_a_batch_are_trained(connection: Any) -> None:
    made, (log_p, _) = layer(connection), pairs()
    F.nll_loss(made(log_p, torch.ones(6, dtype=torch.int64)), torch.arange(6) % 4).backward()
    for parameter in made.parameters():
        assert parameter.grad is not None
        assert parameter.grad[1].abs().max() > 0
        assert parameter.grad[[0, 2]].abs().max() == 0


def test_a_stochastic_layer_stays_finite_for_impossible_labels() -> None:
    log_p = torch.tensor([[0.0, -200.0, -200.0, -200.0]])
    found = CrowdLayer(1, 4, CrowdLayerSettings("stochastic"))(log_p, torch.zeros(1, dtype=torch.int64))
    assert torch.isfinite(found).all()
    assert found.exp().sum().item() == pytest.approx(1.0)


def test_the_best_epoch_is_that_of_the_lowest_loss_by_annotator() -> None:
    _, valid = parts()
    tensors = LabelTensors.of(valid, "cpu")
    batch = tensors.batch(np.arange(len(valid)))
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 4))
    whole = NetworkWithCrowdLayer(network, CrowdLayer(6, 4, CrowdLayerSettings()))
    watch = LowestCrowdLoss(batch)
    losses = []
    for epoch, scale in enumerate((1.0, 0.0, 5.0)):
        with torch.no_grad():
            whole.network[1].weight.fill_(0.01 * scale)
            whole.layer.weight.mul_(1.0 + scale)
            losses.append(float(whole.loss(batch)))
        assert watch(epoch, whole) is False
    assert watch.epoch == int(np.argmin(losses))
    assert watch.least == min(losses)


def test_the_layer_explains_annotators_and_is_dropped() -> None:
    train, valid = parts()
    model = CrowdLayerClassifier(CrowdLayerSettings()).fit(train, valid, context(CrowdLayerClassifier))
    assert model.num_parameters == 64 * 16 + 16 + 16 * 4 + 4, "the network alone predicts"
    assert model.at_best_validation is not None
    assert np.allclose(model.predict(valid.images).sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"connection": "MW"}, "connection must be one of matrix, vector, bias, vector-bias, stochastic, got 'MW'"),
        ({"diagonal": 1.0}, r"diagonal must lie between 0 and 1, got 1\.0"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CrowdLayerSettings(**changes)
