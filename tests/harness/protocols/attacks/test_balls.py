"""Projections onto lp balls against worked numbers, another algorithm and their defining inequality."""

import numpy as np
import pytest
import scipy.optimize
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.protocols.attacks.adversary.balls import onto_l1, onto_l2, onto_linf

PROJECTIONS = {"l1": (onto_l1, 1), "l2": (onto_l2, 2), "linf": (onto_linf, np.inf)}


def test_the_worked_l1_projection() -> None:
    found = onto_l1(torch.tensor([[3.0, -1.0, 0.5, 2.0]]), 3.0)
    assert found.tolist() == [[2.0, 0.0, 0.0, 1.0]]


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000), radius=st.floats(0.01, 20), d=st.integers(1, 30))
def test_l1_agrees_with_a_root_of_the_threshold_equation(seed: int, radius: float, d: int) -> None:
    point = np.random.default_rng(seed).normal(size=d) * 3
    if np.abs(point).sum() <= radius:
        expected = point
    else:
        theta = scipy.optimize.brentq(
            lambda t: np.maximum(np.abs(point) - t, 0).sum() - radius, 0, np.abs(point).max(), xtol=1e-14
        )
        expected = np.sign(point) * np.maximum(np.abs(point) - theta, 0)
    found = onto_l1(torch.from_numpy(point)[None], radius)
    np.testing.assert_allclose(found[0].numpy(), expected, atol=1e-9)


@settings(max_examples=50)
@given(seed=st.integers(0, 10_000), name=st.sampled_from(sorted(PROJECTIONS)), radius=st.floats(0, 5))
def test_the_projection_is_the_nearest_point(seed: int, name: str, radius: float) -> None:
    project, order = PROJECTIONS[name]
    random = np.random.default_rng(seed)
    points = random.normal(size=(4, 6)) * 3
    nearest = project(torch.from_numpy(points), radius).numpy()
    assert (np.linalg.norm(nearest, order, axis=1) <= radius * (1 + 1e-9) + 1e-12).all()
    others = random.normal(size=(200, 6))
    others *= radius / np.linalg.norm(others, order, axis=1, keepdims=True)
    for point, found in zip(points, nearest, strict=True):
        # Variational inequality of a projection onto a convex set.
        assert ((others - found) @ (point - found)).max() <= 1e-7


@pytest.mark.parametrize("name", PROJECTIONS)
def test_points_inside_stay_and_radius_zero_gives_zero(name: str) -> None:
    project, _ = PROJECTIONS[name]
    points = torch.tensor([[0.1, -0.2, 0.0], [0.0, 0.0, 0.0]])
    assert torch.equal(project(points, 1.0), points)
    assert not project(points, 0.0).any()
    assert project(torch.zeros(0, 3), 1.0).shape == (0, 3)


@pytest.mark.parametrize("name", PROJECTIONS)
def test_bad_radii_and_shapes_are_refused(name: str) -> None:
    project, _ = PROJECTIONS[name]
    for radius in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="radius"):
            project(torch.zeros(2, 3), radius)
    with pytest.raises(ValueError, match="points"):
        project(torch.zeros(3), 1.0)
