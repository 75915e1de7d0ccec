"""Projected gradient attacks: the optimum on linear models, what must never be violated, repeatability, faults."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocols.attacks.adversary.budgets import FAMILIES, Budget
from harness.protocols.attacks.adversary.network_input import NotANumber, respond
from harness.protocols.attacks.adversary.projected_gradient import Attacked, projected_gradient
from tests.harness.protocols.attacks.small_networks import (
    Diverged,
    InfiniteSlope,
    Saturated,
    linear_margin,
    random_network,
)

BUDGETS = {
    "l1": Budget("l1", 1.0, 0.2, 20, 0.5),
    "l2": Budget("l2", 0.5, 0.1, 20),
    "linf": Budget("linf", 0.1, 0.02, 20),
}


def random(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def images(count: int, dimension: int = 12, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    drawn = random(seed)
    x = torch.from_numpy(drawn.uniform(size=(count, dimension)).astype(np.float32))
    return x, torch.from_numpy(drawn.integers(4, size=count))


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), norm=st.sampled_from(FAMILIES))
def test_the_optimum_on_a_linear_model_is_reached(seed: int, norm: str) -> None:
    weights = random(seed).normal(size=10)
    network = linear_margin(weights, 0.3)
    clean = torch.full((1, 10), 0.5)  # the box is out of reach
    eps = {"l1": 0.3, "l2": 0.2, "linf": 0.1}[norm]
    budget = Budget(norm, eps, eps / 10, 150, sparsity=0.9)  # one coordinate a step
    found = projected_gradient(network, clean, torch.tensor([0]), budget, random(seed))
    dual = {"l1": np.abs(weights).max(), "l2": np.linalg.norm(weights), "linf": np.abs(weights).sum()}[norm]
    lowered = -float(found.changes[0].double() @ torch.from_numpy(weights))
    assert lowered == pytest.approx(eps * dual, rel=1e-4)


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), norm=st.sampled_from(FAMILIES), eps=st.floats(0.01, 3), stop=st.booleans())
def test_budget_and_box_are_never_violated(seed: int, norm: str, eps: float, stop: bool) -> None:
    x, y = images(4, 10, seed)
    budget = Budget(norm, eps, eps / 3, 6, 0.7)
    found = projected_gradient(
        random_network(10, seed=seed), x, y, budget, random(seed), restarts=2, early_stop=stop
    )
    assert float(found.images.min()) >= 0
    assert float(found.images.max()) <= 1
    assert (budget.geometry.size(found.changes) <= eps * (1 + 1e-5) + 1e-6).all()
    torch.testing.assert_close(found.images, x + found.changes, atol=1e-6, rtol=0)


@pytest.mark.parametrize("norm", FAMILIES)
def test_radius_zero_leaves_images_as_they_are(norm: str) -> None:
    x, y = images(5)
    found = projected_gradient(random_network(12), x, y, BUDGETS[norm].within(0.0), random())
    assert torch.equal(found.images, x)
    assert not found.changes.any()


@pytest.mark.parametrize("norm", FAMILIES)
def test_the_margin_rises_and_the_network_stays_as_it_was(norm: str) -> None:
    x, y = images(20)
    network = random_network(12).train()
    network[1].eval()
    modes, before = [m.training for m in network.modules()], [p.clone() for p in network.parameters()]
    state = torch.random.get_rng_state()
    found = projected_gradient(network, x, y, BUDGETS[norm], random())
    assert [m.training for m in network.modules()] == modes
    assert all(torch.equal(a, b) and b.grad is None for a, b in zip(before, network.parameters(), strict=True))
    assert torch.equal(torch.random.get_rng_state(), state)
    clean = respond(network.eval(), x, y)
    assert (found.margin > clean.margin).all()
    after = respond(network, found.images, y)
    torch.testing.assert_close(found.margin, after.margin)
    assert torch.equal(found.success, after.fooled)
    assert not found.stuck.any()


@pytest.mark.parametrize("norm", FAMILIES)
def test_neither_order_nor_size_of_batches_matters(norm: str) -> None:
    x, y = images(9)
    network = random_network(12)
    whole = projected_gradient(network, x, y, BUDGETS[norm], random(3))
    parts = projected_gradient(network, x, y, BUDGETS[norm], random(3), batch_size=2)
    torch.testing.assert_close(whole.images, parts.images, atol=1e-5, rtol=0)
    order = torch.from_numpy(random(5).permutation(9))
    permuted = projected_gradient(network, x[order], y[order], BUDGETS[norm], random(3))
    torch.testing.assert_close(whole.images[order], permuted.images, atol=1e-5, rtol=0)
    again = projected_gradient(network, x, y, BUDGETS[norm], random(3))
    assert torch.equal(whole.images, again.images)
    other = projected_gradient(network, x, y, BUDGETS[norm].lasting(1), random(4))
    first = projected_gradient(network, x, y, BUDGETS[norm].lasting(1), random(3))
    assert not torch.equal(other.images, first.images)


@pytest.mark.parametrize("norm", FAMILIES)
def test_starts_drawn_for_a_batch_lie_in_ball_and_box_and_tell_equal_images_apart(norm: str) -> None:
    x, y = (part[:1].repeat_interleave(6, dim=0) for part in images(1))
    budget = BUDGETS[norm].lasting(1)
    own, drawn = (
        projected_gradient(random_network(12), x, y, budget, random(3), own_starts=o, batch_size=3)
        for o in (True, False)
    )
    assert len(own.changes.unique(dim=0)) == 1
    assert len(drawn.changes.unique(dim=0)) == 6
    assert (budget.geometry.size(drawn.changes) <= budget.eps * (1 + 1e-5)).all()
    assert drawn.images.min() >= 0
    assert drawn.images.max() <= 1


def test_restarts_never_make_an_attack_milder() -> None:
    x, y = images(30)
    network = random_network(12)
    budget = BUDGETS["linf"].lasting(2)
    once = projected_gradient(network, x, y, budget, random())
    often = projected_gradient(network, x, y, budget, random(), restarts=4)
    assert (often.success >= once.success).all()
    same = often.success == once.success
    assert (often.margin[same] >= once.margin[same]).all()
    assert (often.margin > once.margin).any()


def test_an_early_stop_leaves_an_image_once_it_is_misclassified() -> None:
    network = linear_margin(np.ones(4))  # class 0 while the sum is positive
    x = torch.full((2, 4), 0.5)
    budget = Budget("linf", 0.4, 0.1, 10)
    stopped = projected_gradient(
        network, x, torch.tensor([1, 0]), budget, random(), random_start=False, early_stop=True
    )
    assert stopped.success.tolist() == [True, False]
    assert not stopped.changes[0].any()  # wrong from the outset
    torch.testing.assert_close(stopped.changes[1], torch.full((4,), -0.4))
    assert not stopped.stuck.any()


def test_a_saturated_network_is_recorded_and_its_images_stay_at_the_start() -> None:
    x, _ = images(6)
    y = torch.zeros(6, dtype=torch.int64)
    found = projected_gradient(Saturated(), x, y, BUDGETS["l2"], random())
    one = projected_gradient(Saturated(), x, y, BUDGETS["l2"].lasting(1), random())
    assert found.stuck.all()
    assert not found.success.any()
    torch.testing.assert_close(found.images, one.images, atol=1e-6, rtol=0)
    assert found.changes.any()


def test_an_empty_batch_gives_an_empty_attack() -> None:
    found = projected_gradient(
        random_network(12), torch.zeros(0, 12), torch.zeros(0, dtype=torch.int64), BUDGETS["l2"], random()
    )
    assert isinstance(found, Attacked)
    assert found.images.shape == found.changes.shape == (0, 12)
    assert len(found.success) == 0


def test_images_keep_their_shape() -> None:
    x, y = images(3)
    network = torch.nn.Sequential(torch.nn.Flatten(), random_network(12))
    found = projected_gradient(network, x.reshape(3, 1, 3, 4), y, BUDGETS["l1"], random())
    assert found.images.shape == (3, 1, 3, 4)
    assert found.changes.shape == (3, 12)
    flat = projected_gradient(random_network(12), x, y, BUDGETS["l1"], random())
    torch.testing.assert_close(found.changes, flat.changes)


@pytest.mark.parametrize(
    ("pixels", "labels", "message"),
    [
        (np.full((2, 12), 1.5), [0, 1], "images run from"),
        (np.full((2, 12), -0.1), [0, 1], "images run from"),
        (np.full((2, 12), np.nan), [0, 1], "NaN"),
        (np.zeros(12), [0], "images have shape"),
        (np.zeros((2, 12)), [0], "labels have shape"),
        (np.zeros((2, 12)), [0.0, 1.0], "labels are"),
        (np.zeros((2, 12)), [0, 4], "labels run from"),
        (np.zeros((2, 12)), [-1, 0], "labels run from"),
    ],
)
def test_bad_images_and_labels_are_refused(pixels: np.ndarray, labels: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        projected_gradient(random_network(12), pixels, np.array(labels), BUDGETS["l2"], random())


def test_bad_counts_and_outputs_are_refused() -> None:
    x, y = images(2)
    with pytest.raises(ValueError, match="restarts"):
        projected_gradient(random_network(12), x, y, BUDGETS["l2"], random(), restarts=0)
    with pytest.raises(ValueError, match="batch_size"):
        projected_gradient(random_network(12), x, y, BUDGETS["l2"], random(), batch_size=0)
    with pytest.raises(ValueError, match="network returned"):
        projected_gradient(torch.nn.Flatten(0), x, y, BUDGETS["l2"], random())


@pytest.mark.parametrize("network", [Diverged(), InfiniteSlope()])
def test_a_network_that_is_not_a_number_is_an_error(network: torch.nn.Module) -> None:
    with pytest.raises(NotANumber, match="NaN"):
        projected_gradient(
            network, torch.zeros(2, 3), np.array([0, 1]), BUDGETS["l2"], random(), random_start=False
        )


def test_torchattacks_finds_attacks_of_the_same_strength() -> None:
    torchattacks = pytest.importorskip("torchattacks")
    x, y = images(40)
    network = torch.nn.Sequential(torch.nn.Flatten(), random_network(12)).eval()
    ours = projected_gradient(network, x.reshape(-1, 1, 3, 4), y, BUDGETS["linf"], random())
    theirs = torchattacks.PGD(network, eps=0.1, alpha=0.02, steps=20)(x.reshape(-1, 1, 3, 4), y)
    response = respond(network, theirs, y)
    assert float(ours.margin.mean()) == pytest.approx(float(response.margin.mean()), abs=0.02)
