"""Steps, starts and projections with the box; budgets."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocols.attacks.adversary.budgets import CIFAR, DIGITS, FAMILIES, MNIST, YALE_B, Budget
from harness.protocols.attacks.adversary.geometry import L1, into_box

ORDER = {"l1": 1, "l2": 2, "linf": np.inf}


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    norm=st.sampled_from(FAMILIES),
    eps=st.floats(0, 10, width=32),
    d=st.integers(1, 40),
)
def test_ball_and_box_hold_after_projection_and_start(seed: int, norm: str, eps: float, d: int) -> None:
    geometry = Budget(norm, eps, 0.1, 1).geometry
    random = np.random.default_rng(seed)
    clean = random.uniform(size=(3, d)).round(1).astype(np.float32)  # some pixels exactly 0 or 1
    change = torch.from_numpy((random.normal(size=(3, d)) * 3).astype(np.float32))
    rows = torch.from_numpy(clean)
    starts = into_box(
        torch.from_numpy(np.stack([geometry.start(row, eps, random) for row in clean]).astype(np.float32)), rows
    )
    for inside in (geometry.project(change, rows, eps), starts):
        assert (geometry.size(inside) <= eps * (1 + 1e-5) + 1e-6).all()
        np.testing.assert_allclose(
            geometry.size(inside), np.linalg.norm(inside, ORDER[norm], axis=1), rtol=1e-5, atol=1e-6
        )
        assert float((rows + inside).min()) >= -1e-6
        assert float((rows + inside).max()) <= 1 + 1e-6


def test_the_linf_projection_is_the_nearest_point_of_ball_and_box() -> None:
    clean = torch.tensor([[0.1, 0.5, 0.95]])
    found = Budget("linf", 0.3, 0.1, 1).geometry.project(torch.tensor([[-1.0, 0.2, 1.0]]), clean, 0.3)
    torch.testing.assert_close(found, torch.tensor([[-0.1, 0.2, 0.05]]))


def test_l2_clips_to_the_box_before_it_scales() -> None:
    clean = torch.tensor([[1.0, 0.0]])
    found = Budget("l2", 0.5, 0.1, 1).geometry.project(torch.tensor([[3.0, 0.8]]), clean, 0.5)
    torch.testing.assert_close(found, torch.tensor([[0.0, 0.5]]))  # ball first would leave about (0, 0.13)


def test_l1_scales_before_it_clips_to_the_box() -> None:
    clean = torch.tensor([[1.0, 0.0]])
    found = Budget("l1", 1.0, 0.1, 1).geometry.project(torch.tensor([[3.0, 2.5]]), clean, 1.0)
    torch.testing.assert_close(found, torch.tensor([[0.0, 0.25]]))  # box first would leave (0, 1)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), d=st.integers(1, 100), sparsity=st.sampled_from([0.0, 0.5, 0.95]))
def test_slide_moves_the_coordinates_of_largest_gradient_equally(seed: int, d: int, sparsity: float) -> None:
    gradient = torch.from_numpy(np.random.default_rng(seed).normal(size=(3, d)))
    geometry = L1(sparsity)
    step = geometry.ascent(gradient, torch.full_like(gradient, 0.5)).numpy()
    kept = max(1, round((1 - sparsity) * d))
    assert geometry.moved(d) == kept
    for row, moved in zip(gradient.numpy(), step, strict=True):
        largest = np.argsort(-np.abs(row))[:kept]
        expected = np.zeros(d)
        expected[largest] = np.sign(row[largest]) / kept
        np.testing.assert_allclose(moved, expected, atol=1e-12)


def test_l1_divides_the_step_among_coordinates_with_a_gradient() -> None:
    step = L1(0.5).ascent(torch.tensor([[0.0, -2.0, 0.0, 0.0]]), torch.full((1, 4), 0.5))
    assert step.tolist() == [[0.0, -1.0, 0.0, 0.0]]


def test_l1_steps_go_to_free_pixels_unless_slide_is_plain() -> None:
    points = torch.tensor([[1.0, 0.0, 1.0, 0.5, 0.5]])
    gradient = torch.tensor([[5.0, -4.0, -3.0, 2.0, 1.0]])  # the first two point out of the box
    assert L1(0.6).ascent(gradient, points).tolist() == [[0.0, 0.0, -0.5, 0.5, 0.0]]
    assert L1(0.6, plain=True).ascent(gradient, points).tolist() == [[0.5, -0.5, 0.0, 0.0, 0.0]]
    assert Budget("l1", 1.0, 0.1, 1, plain=True).geometry == L1(plain=True)


@pytest.mark.parametrize("norm", FAMILIES)
@pytest.mark.parametrize("scale", [1e-42, 1e-30, 1e-12, 1e12, 1e30])
def test_steps_have_unit_length_whatever_the_scale_of_the_gradient(norm: str, scale: float) -> None:
    geometry = Budget(norm, 1.0, 0.1, 1).geometry
    gradient = torch.tensor([[0.25, -1.0, 0.5, 0.0]])
    step = geometry.ascent(scale * gradient, torch.full((1, 4), 0.5))
    assert float(geometry.size(step)) == pytest.approx(1, rel=1e-5)
    torch.testing.assert_close(step, geometry.ascent(gradient, torch.full((1, 4), 0.5)), rtol=1e-2, atol=0)


@pytest.mark.parametrize("norm", FAMILIES)
def test_a_zero_gradient_gives_a_zero_step(norm: str) -> None:
    step = Budget(norm, 1.0, 0.1, 1).geometry.ascent(torch.zeros(2, 5), torch.full((2, 5), 0.5))
    assert torch.equal(step, torch.zeros(2, 5))


def test_the_published_budgets() -> None:
    table = {name: [(b.eps, b.step, b.iterations) for b in budgets] for name, budgets in SETS.items()}
    assert table == {
        "mnist": [(10.0, 0.8, 100), (2.0, 0.1, 200), (0.3, 0.01, 100)],
        "yale-b": [(7.5, 1.0, 100), (1.0, 0.02, 200), (0.03, 0.003, 100)],
        "cifar": [(12.0, 1.0, 100), (0.5, 0.02, 200), (0.03, 0.003, 100)],
        "digits": [(3.0, 0.3, 50), (1.0, 0.1, 50), (0.2, 0.02, 50)],
    }
    assert all(tuple(b.norm for b in budgets) == FAMILIES for budgets in SETS.values())
    changed = MNIST[2].within(0.1).lasting(7)
    assert (changed.eps, changed.iterations, changed.step) == (0.1, 7, 0.01)


SETS = {"mnist": MNIST, "yale-b": YALE_B, "cifar": CIFAR, "digits": DIGITS}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"norm": "l3"}, "norm is 'l3'; expected one of l1, l2, linf"),
        ({"eps": -0.1}, "eps"),
        ({"eps": float("nan")}, "eps"),
        ({"eps": float("inf")}, "eps"),
        ({"step": 0.0}, "step"),
        ({"step": float("inf")}, "step"),
        ({"iterations": 0}, "iterations"),
        ({"sparsity": 1.0}, "sparsity"),
        ({"sparsity": -0.1}, "sparsity"),
    ],
)
def test_budgets_out_of_range_are_refused(changed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Budget(**{"norm": "l2", "eps": 1.0, "step": 0.1, "iterations": 10} | changed)
