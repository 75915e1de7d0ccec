"""Cross-checks with torchattacks (extra `attacks`) on a trained network: how many images withstand an attack."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from harness.protocols.attacks.adversary.budgets import Budget
from harness.protocols.attacks.adversary.networks import dense, initialised
from harness.protocols.attacks.adversary.projected_gradient import projected_gradient
from harness.protocols.attacks.adversary.training import ClassifierTraining, train_classifier

torchattacks = pytest.importorskip("torchattacks")
BUDGETS = {"Linf": Budget("linf", 0.06, 0.006, 50), "L2": Budget("l2", 0.4, 0.04, 50)}
TESTED = slice(1200, 1230)


@pytest.fixture(scope="module")
def network() -> torch.nn.Sequential:
    pixels, labels = digits()
    drawn = np.random.default_rng(0)
    found = initialised(lambda: dense(64, 64, 10), drawn)
    train_classifier(found, pixels[:1200], labels[:1200], ClassifierTraining(20, 0.1, 0.9), drawn)
    return found.eval()


def digits() -> tuple[np.ndarray, np.ndarray]:
    data = load_digits()
    return (data.data / 16).astype(np.float32), data.target.astype(np.int64)


@pytest.mark.parametrize("norm", BUDGETS)
def test_as_many_images_withstand_us_as_torchattacks(network: torch.nn.Sequential, norm: str) -> None:
    pixels, labels = (torch.from_numpy(part[TESTED]) for part in digits())
    budget = BUDGETS[norm]
    ours = projected_gradient(network, pixels, labels, budget, np.random.default_rng(1))
    withstanding = 1 - float(ours.success.float().mean())
    images, whole = pixels.reshape(-1, 1, 8, 8), torch.nn.Sequential(torch.nn.Flatten(), network).eval()

    def accuracy(attack: object) -> float:
        attacked = attack(images, labels)  # type: ignore[operator]
        return float((whole(attacked).argmax(1) == labels).float().mean())

    descent = torchattacks.PGD if norm == "Linf" else torchattacks.PGDL2
    theirs = accuracy(descent(whole, eps=budget.eps, alpha=budget.step, steps=budget.iterations))
    ensemble = accuracy(torchattacks.AutoAttack(whole, norm=norm, eps=budget.eps, n_classes=10))
    assert withstanding == pytest.approx(theirs, abs=0.04)  # one image of thirty
    assert ensemble <= withstanding + 1e-6  # stronger than any single descent
    assert ensemble == pytest.approx(withstanding, abs=0.07)
