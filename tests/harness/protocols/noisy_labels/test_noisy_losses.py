"""Losses of learning from noisy labels against numbers worked by hand, plain loops and the answers they imply."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from harness.protocols.noisy_labels.training.base.losses import (
    forward_correction,
    importance_reweighting,
    joint_losses,
    noisy_log_likelihood,
    symmetric_cross_entropy,
    total_variation,
)
from harness.protocols.noisy_labels.training.base.single_network import smoothed_cross_entropy

T = torch.tensor([[0.8, 0.2], [0.3, 0.7]], dtype=torch.float64)


def logits(*rows: list[float]) -> Tensor:
    """Return logits whose softmax is these probabilities."""
    return torch.tensor(rows, dtype=torch.float64).log()


def drawn(seed: int, count: int = 7, classes: int = 4) -> tuple[Tensor, Tensor]:
    """Draw logits and labels."""
    random = np.random.default_rng(seed)
    return torch.from_numpy(3 * random.normal(size=(count, classes))), torch.from_numpy(
        random.integers(classes, size=count)
    )


def test_symmetric_cross_entropy_by_hand() -> None:
    # CE = -ln 0.5; RCE = -ln(1e-4) (0.3 + 0.2) / 3
    found = symmetric_cross_entropy(logits([0.5, 0.3, 0.2]), torch.tensor([0]), 0.01, 1.0)
    assert float(found) == pytest.approx(0.01 * 0.693147 + 1.535057, abs=1e-5)


@given(st.integers(0, 1000))
def test_symmetric_cross_entropy_by_loops(seed: int) -> None:
    given_logits, labels = drawn(seed)
    total = 0.0
    for row, label in zip(given_logits.softmax(1).tolist(), labels.tolist(), strict=True):
        reverse = 0.0
        for k, p in enumerate(row):
            one_hot = max(1.0 if k == label else 0.0, 1e-4)
            reverse -= min(max(p, 1e-7), 1.0) * math.log(one_hot) / len(row)
        total += 0.1 * -math.log(row[label]) + 1.0 * reverse
    assert float(symmetric_cross_entropy(given_logits, labels, 0.1, 1.0)) == pytest.approx(total / 7, rel=1e-6)


def test_smoothing_by_hand() -> None:
    # 0.9 (-ln 0.5) + 0.1 (-ln 0.5 - ln 0.3 - ln 0.2) / 3
    found = float(smoothed_cross_entropy(logits([0.5, 0.3, 0.2]), torch.tensor([0])))
    assert found == pytest.approx(0.9 * 0.693147 + 0.1 * 1.168853, abs=1e-6)


def test_joint_losses_by_hand() -> None:
    # CE 0.356675 and 0.916291; KL(p1 || p2) 0.183787, KL(p2 || p1) 0.192042
    found = joint_losses(logits([0.7, 0.3]), logits([0.4, 0.6]), torch.tensor([0]))
    assert float(found) == pytest.approx(1.648795, abs=1e-5)


@given(st.integers(0, 1000))
def test_joint_losses_by_the_divergences_of_torch(seed: int) -> None:
    (first, labels), (second, _) = drawn(seed), drawn(seed + 5000)
    p, q = first.log_softmax(1), second.log_softmax(1)
    expected = F.cross_entropy(first, labels, reduction="none") + F.cross_entropy(second, labels, reduction="none")
    expected += F.kl_div(q, p, log_target=True, reduction="none").sum(1)  # KL(p1 || p2)
    expected += F.kl_div(p, q, log_target=True, reduction="none").sum(1)
    torch.testing.assert_close(joint_losses(first, second, labels), expected)
    torch.testing.assert_close(joint_losses(second, first, labels), expected)


def test_forward_correction_by_hand() -> None:
    half = logits([0.5, 0.5], [0.5, 0.5])  # T^T p = (0.55, 0.45)
    found = noisy_log_likelihood(half, torch.tensor([0, 1]), T)
    assert found.tolist() == pytest.approx([-0.597837, -0.798508], abs=1e-6)
    assert float(forward_correction(half, torch.tensor([0, 1]), T)) == pytest.approx(0.698172, abs=1e-6)


def test_forward_correction_sums_over_clean_classes() -> None:
    given_logits, labels = drawn(3)
    random = np.random.default_rng(0)
    transition = torch.from_numpy(random.dirichlet(np.ones(4), size=4))
    expected = []
    for row, label in zip(given_logits.softmax(1), labels, strict=True):
        expected.append(sum(float(row[i] * transition[i, label]) for i in range(4)))
    found = noisy_log_likelihood(given_logits, labels, transition).exp()
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("loss", [forward_correction, importance_reweighting])
def test_without_noise_both_corrections_are_cross_entropy(loss: Callable[..., Tensor]) -> None:
    given_logits, labels = drawn(1)
    found = loss(given_logits, labels, torch.eye(4, dtype=torch.float64))
    torch.testing.assert_close(found, F.cross_entropy(given_logits, labels), rtol=1e-6, atol=1e-9)


def test_a_label_that_the_matrix_excludes_has_a_finite_loss() -> None:
    impossible = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    given_logits = torch.zeros(1, 2, requires_grad=True)
    loss = forward_correction(given_logits, torch.tensor([1]), impossible)
    loss.backward()
    assert torch.isfinite(loss)
    assert given_logits.grad is not None
    assert torch.isfinite(given_logits.grad).all()


def test_forward_with_the_true_matrix_finds_the_clean_posterior() -> None:
    clean = np.array([[0.9, 0.1], [0.35, 0.65], [0.05, 0.95]])  # p(y | x) of three images
    noisy = clean @ T.numpy()
    items, labels = (torch.tensor(values) for values in ([0, 0, 1, 1, 2, 2], [0, 1, 0, 1, 0, 1]))
    weights = torch.from_numpy(noisy).flatten()

    def minimised(log_likelihood: Callable[[Tensor, Tensor], Tensor]) -> np.ndarray:
        table = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
        optimiser = torch.optim.LBFGS([table], max_iter=200, line_search_fn="strong_wolfe")

        def closure() -> Tensor:
            optimiser.zero_grad()
            loss = -(weights * log_likelihood(table[items], labels)).sum()
            loss.backward()
            return loss

        optimiser.step(closure)
        return table.detach().softmax(1).numpy()

    corrected = minimised(partial(noisy_log_likelihood, transition=T))
    np.testing.assert_allclose(corrected, clean, atol=1e-3)
    plain = minimised(lambda found, given_labels: -F.cross_entropy(found, given_labels, reduction="none"))
    np.testing.assert_allclose(plain, noisy, atol=1e-3)


def test_importance_reweighting_by_hand() -> None:
    found = importance_reweighting(logits([0.5, 0.5]), torch.tensor([0]), T)
    assert float(found) == pytest.approx(0.5 / 0.55 * 0.693147, abs=1e-6)


def test_the_weight_of_reweighting_has_no_gradient() -> None:
    given_logits, labels = drawn(2, classes=2)
    given_logits.requires_grad_()
    (found,) = torch.autograd.grad(importance_reweighting(given_logits, labels, T), given_logits)
    p = given_logits.detach().softmax(1)
    weight = p.gather(1, labels[:, None]) / (p @ T).gather(1, labels[:, None])
    expected = weight * (p - F.one_hot(labels, 2)) / len(labels)
    torch.testing.assert_close(found, expected)


def test_total_variation_by_hand() -> None:
    found = total_variation(logits([0.7, 0.3], [0.4, 0.6]), torch.tensor([0, 0]), torch.tensor([1, 0]))
    assert float(found) == pytest.approx((0.3 + 0.0) / 2)


@pytest.mark.parametrize(
    "loss",
    [
        partial(symmetric_cross_entropy, forward=0.1, reverse=1.0),
        smoothed_cross_entropy,
        partial(forward_correction, transition=T),
        lambda found, labels: joint_losses(found, found.flip(0), labels),
        lambda found, labels: total_variation(found, labels, labels.flip(0)),
    ],
)
def test_gradients(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    given_logits, labels = drawn(4, count=3, classes=2)
    labels = torch.tensor([0, 1, 1]) if labels.unique().numel() < 2 else labels
    assert torch.autograd.gradcheck(lambda found: loss(found, labels), given_logits.requires_grad_())


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_losses_stay_finite_at_extreme_logits(scale: float) -> None:
    given_logits, labels = drawn(5, classes=2)
    scaled = (given_logits * scale).float()
    found = [
        symmetric_cross_entropy(scaled, labels, 0.1, 1.0),
        joint_losses(scaled, -scaled, labels).mean(),
        forward_correction(scaled, labels, T.float()),
        importance_reweighting(scaled, labels, T.float()),
    ]
    assert all(math.isfinite(float(value)) for value in found)
