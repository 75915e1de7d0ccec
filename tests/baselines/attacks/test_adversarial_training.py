"""Adversarial training: which attacks each scheme trains on, and that it protects a network that needs it."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from baselines.attacks.attack_identification.adversarial_training import (
    SCHEMES,
    AdversarialLoss,
    train_adversarially,
)
from harness.protocols.attacks.adversary.budgets import Budget
from harness.protocols.attacks.adversary.networks import dense, initialised
from harness.protocols.attacks.adversary.projected_gradient import projected_gradient
from harness.protocols.attacks.adversary.training import ClassifierTraining, train_classifier
from harness.protocols.attacks.adversary.union import multi_steepest_descent, worst_of

BUDGETS = (Budget("l1", 0.6, 0.2, 5, 0.8), Budget("l2", 0.4, 0.15, 5), Budget("linf", 0.15, 0.05, 5))


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def two_classes(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw images with one robust pixel and 20 weak ones that predict together, but not under attack."""
    random = np.random.default_rng(1)
    y = random.integers(2, size=count)
    x = 0.5 + 0.08 * (2 * y[:, None] - 1) + 0.03 * random.normal(size=(count, 21))
    x[:, 0] = 0.5 + 0.25 * (2 * y - 1) * np.where(random.uniform(size=count) < 0.95, 1, -1)
    return x.clip(0, 1).astype(np.float32), y


def batch() -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    network = initialised(lambda: dense(21, 8, 2), generator())
    x, y = two_classes(16)
    return network, torch.from_numpy(x), torch.from_numpy(y)


@pytest.mark.parametrize(("scheme", "index"), [("M1", 0), ("M2", 1), ("Minf", 2)])
def test_a_single_norm_trains_on_its_own_attack(scheme: str, index: int) -> None:
    network, x, y = batch()
    attacked = projected_gradient(network, x, y, BUDGETS[index], generator(), own_starts=False)
    loss = AdversarialLoss(scheme, BUDGETS, generator())(network, x, y)
    torch.testing.assert_close(loss, F.cross_entropy(network(attacked.images), y))
    assert loss.requires_grad


def test_avg_is_the_mean_over_the_attacks() -> None:
    network, x, y = batch()
    drawn = generator()
    attacks = [projected_gradient(network, x, y, budget, drawn, own_starts=False) for budget in BUDGETS]
    losses = [F.cross_entropy(network(attack.images), y) for attack in attacks]
    torch.testing.assert_close(AdversarialLoss("AVG", BUDGETS, generator())(network, x, y), sum(losses) / 3)


def test_max_and_msd_train_on_attacks_of_the_union() -> None:
    network, x, y = batch()
    worst = worst_of(network, x, y, BUDGETS, generator(), own_starts=False).images
    found = AdversarialLoss("MAX", BUDGETS, generator())(network, x, y)
    torch.testing.assert_close(found, F.cross_entropy(network(worst), y))
    steepest = multi_steepest_descent(network, x, y, BUDGETS, 5).images
    found = AdversarialLoss("MSD", BUDGETS, generator())(network, x, y)
    torch.testing.assert_close(found, F.cross_entropy(network(steepest), y))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_training_repeats_and_lowers_its_own_loss(scheme: str) -> None:
    x, y = two_classes(100)
    budgets = tuple(budget.within(budget.eps / 3) for budget in BUDGETS)
    runs = []
    for _ in range(2):
        network = initialised(lambda: dense(21, 2), generator())
        losses = train_adversarially(
            network, x, y, scheme, budgets, ClassifierTraining(8, 0.3, batch_size=50), generator()
        )
        runs.append((losses, network[0].weight))
    assert runs[0][0] == runs[1][0]
    assert torch.equal(runs[0][1], runs[1][1])
    assert runs[0][0][-1] < runs[0][0][0] - 0.01


def test_it_protects_a_network_that_leans_on_weak_pixels() -> None:
    x, y = two_classes(300)
    attack = Budget("linf", 0.15, 0.06, 5)
    fooled = []
    for scheme in (None, "Minf"):
        network, settings = (
            initialised(lambda: dense(21, 2), generator()),
            ClassifierTraining(60, 0.5, batch_size=100),
        )
        if scheme is None:
            train_classifier(network, x, y, settings, generator())
        else:
            train_adversarially(network, x, y, scheme, (attack,), settings, generator())
        fooled.append(float(projected_gradient(network, x, y, attack, generator()).success.float().mean()))
    assert fooled[1] < 0.5 * fooled[0]
    assert fooled[1] < 0.2


@pytest.mark.parametrize(
    ("scheme", "budgets", "message"),
    [
        ("M3", BUDGETS, "scheme is 'M3'; expected one of M1, M2, Minf, AVG, MAX, MSD"),
        ("AVG", BUDGETS[:2], "budgets have norms"),
        ("M1", BUDGETS[1:], "budgets have norms"),
        ("MAX", (*BUDGETS, BUDGETS[0]), "budgets have norms"),
    ],
)
def test_unknown_schemes_and_missing_norms_are_refused(scheme: str, budgets: tuple, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AdversarialLoss(scheme, budgets, generator())
