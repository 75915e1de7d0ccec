"""Attacks on a union of balls: inside one of them, never milder than its parts, the optimum on a linear model."""

import numpy as np
import pytest
import torch

from harness.protocols.attacks.adversary.budgets import Budget
from harness.protocols.attacks.adversary.projected_gradient import projected_gradient
from harness.protocols.attacks.adversary.union import multi_steepest_descent, worst_of
from tests.harness.protocols.attacks.small_networks import Saturated, linear_margin, random_network

BUDGETS = (Budget("l1", 1.0, 0.2, 15, 0.5), Budget("l2", 0.5, 0.1, 15), Budget("linf", 0.1, 0.02, 15))


def images(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    drawn = np.random.default_rng(2)
    x = torch.from_numpy(drawn.uniform(size=(count, 12)).astype(np.float32))
    return x, torch.from_numpy(drawn.integers(4, size=count))


def test_the_worst_of_some_attacks_is_the_worst_for_each_image() -> None:
    x, y = images(20)
    network, generator = random_network(12), np.random.default_rng(0)
    singles = [projected_gradient(network, x, y, budget, generator) for budget in BUDGETS]
    worst = worst_of(network, x, y, BUDGETS, np.random.default_rng(0))
    assert torch.equal(worst.success, torch.stack([s.success for s in singles]).any(dim=0))
    for n in range(20):
        candidates = [s for s in singles if s.success[n] == worst.success[n]]
        highest = max(candidates, key=lambda s: float(s.margin[n]))
        assert worst.margin[n] == highest.margin[n]
        assert torch.equal(worst.images[n], highest.images[n])


def test_multi_steepest_descent_ends_inside_one_ball_and_the_box() -> None:
    x, y = images(30)
    found = multi_steepest_descent(random_network(12), x, y, BUDGETS, 12)
    inside = torch.stack([b.geometry.size(found.changes) <= b.eps * (1 + 1e-5) + 1e-6 for b in BUDGETS])
    assert inside.any(dim=0).all()
    assert 0 <= float(found.images.min()) <= float(found.images.max()) <= 1
    assert not found.stuck.any()


@pytest.mark.parametrize("strongest", [0, 1, 2])
def test_multi_steepest_descent_takes_the_ball_that_lowers_a_linear_margin_most(strongest: int) -> None:
    weights = np.array([1.0, 0.8, -0.6, 0.4])
    eps = [0.01, 0.01, 0.005]
    eps[strongest] = 0.3
    budgets = tuple(Budget(n, e, e / 5, 1, 0.75) for n, e in zip(("l1", "l2", "linf"), eps, strict=True))
    found = multi_steepest_descent(linear_margin(weights), np.full((1, 4), 0.5), np.array([0]), budgets, 60)
    dual = [np.abs(weights).max(), np.linalg.norm(weights), np.abs(weights).sum()][strongest]
    assert -float(found.changes[0].double() @ torch.from_numpy(weights)) == pytest.approx(0.3 * dual, rel=1e-4)


def test_one_ball_makes_it_plain_projected_gradient() -> None:
    x, y = images(6)
    network, budget = random_network(12), BUDGETS[1]
    single = projected_gradient(network, x, y, budget, np.random.default_rng(0), random_start=False)
    union = multi_steepest_descent(network, x, y, [budget], budget.iterations)
    torch.testing.assert_close(union.images, single.images)


def test_a_saturated_network_is_recorded() -> None:
    x, _ = images(3)
    found = multi_steepest_descent(Saturated(), x, torch.zeros(3, dtype=torch.int64), BUDGETS, 4)
    assert found.stuck.all()
    assert torch.equal(found.images, x)


def test_bad_requests_are_refused_and_empty_batches_are_not() -> None:
    x, y = images(2)
    with pytest.raises(ValueError, match="budgets is empty"):
        worst_of(random_network(12), x, y, (), np.random.default_rng(0))
    with pytest.raises(ValueError, match="budgets is empty"):
        multi_steepest_descent(random_network(12), x, y, (), 3)
    with pytest.raises(ValueError, match="iterations"):
        multi_steepest_descent(random_network(12), x, y, BUDGETS, 0)
    assert multi_steepest_descent(random_network(12), x[:0], y[:0], BUDGETS, 3).images.shape == (0, 12)
    assert worst_of(random_network(12), x[:0], y[:0], BUDGETS, np.random.default_rng(0)).images.shape == (0, 12)
