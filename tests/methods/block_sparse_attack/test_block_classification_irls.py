"""Iteratively reweighted least squares against the group lasso of each variant, and its own equations."""

from itertools import pairwise

import numpy as np
import pytest
from attacked_subspaces import AttackedSubspaces, attacked_subspaces
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.block_sparse_attack.classification.irls import FLOOR, IrlsSettings, block_weights, irls, ridge
from methods.block_sparse_attack.recovery.dictionary import Dictionary
from methods.block_sparse_attack.recovery.newton import newton
from methods.block_sparse_attack.recovery.penalty import Penalty

L2 = 2.0


def case() -> AttackedSubspaces:
    return attacked_subspaces(3, classes=3, atoms=4, dimension=30, ranks=(4, 4), noise=0.1)


def merged(variant: int, joint, codes: np.ndarray) -> np.ndarray:
    """Return the sizes whose sum a variant penalises."""
    norms = joint.dictionary.groups.norms(codes[None])[0].reshape(-1, joint.layout.classes)
    if variant == 1:
        return norms.ravel()
    weight = L2 if variant == 3 else 1.0
    return np.sqrt(norms[0] ** 2 + weight * (norms[1:] ** 2).sum(axis=0))


def objective(variant: int, joint, x: np.ndarray, codes: np.ndarray, l1: float) -> float:
    """Return the function that reweighting majorises: sizes below the floor count quadratically."""
    sizes = merged(variant, joint, codes)
    smooth = np.where(sizes < FLOOR, sizes**2 / (2 * FLOOR) + FLOOR / 2, sizes)
    residual = x - joint.dictionary.atoms @ codes
    return float(residual @ residual / 2 + l1 * smooth.sum())


@pytest.mark.parametrize("variant", [1, 2, 3])
def test_the_objective_never_rises(variant: int) -> None:
    given = case()
    x = given.signals[0]
    values = [
        objective(variant, given.joint, x, irls(given.joint, x, made(variant, iterations=k, tol=0)).codes, 0.2)
        for k in range(1, 30)
    ]
    assert all(later <= before + 1e-10 for before, later in pairwise(values))
    assert values[-1] < values[0]


def made(variant: int, **changed) -> IrlsSettings:
    return IrlsSettings(**{"variant": variant, "l1": 0.2, "l2": L2, "threshold": 0.0} | changed)


@pytest.mark.parametrize("variant", [1, 2, 3])
def test_the_optimum_is_that_of_a_group_lasso(variant: int) -> None:
    given = case()
    joint, x = given.joint, given.signals[1]
    found = irls(joint, x, made(variant, iterations=4000, tol=1e-10))
    if variant == 1:
        exact = newton(joint.dictionary, x, Penalty(np.full(12, 0.2)), tol=1e-10).objective[0]
    else:  # one group a class: its images and all attacks on it, the latter scaled
        scale = np.sqrt(L2) if variant == 3 else 1.0
        blocks = [
            np.concatenate(
                [joint.dictionary.block(i)]
                + [joint.dictionary.block(joint.layout.attack_group(j, i)) / scale for j in range(3)],
                axis=1,
            )
            for i in range(3)
        ]
        exact = newton(Dictionary(np.concatenate(blocks, axis=1), 16), x, Penalty(np.full(3, 0.2)), tol=1e-10)
        exact = exact.objective[0]
    residual = x - joint.dictionary.atoms @ found.codes
    value = residual @ residual / 2 + 0.2 * merged(variant, joint, found.codes).sum()
    assert value == pytest.approx(exact, rel=1e-4)
    assert value >= exact - 1e-9


@pytest.mark.parametrize("variant", [1, 2, 3, 4])
def test_where_it_stops_its_own_equations_hold(variant: int) -> None:
    given = case()
    joint, x = given.joint, given.signals[2]
    found = irls(joint, x, made(variant, iterations=3000, tol=1e-12))
    norms = joint.dictionary.groups.norms(found.codes[None])[0].reshape(4, 3)
    ours, theirs, _ = block_weights(norms[0], norms[1:], made(variant))
    weights = np.repeat(np.concatenate([ours, theirs.ravel()]), 4)
    gradient = joint.dictionary.atoms.T @ (joint.dictionary.atoms @ found.codes - x) + weights * found.codes
    assert np.abs(gradient).max() < 1e-3


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), d=st.integers(1, 12), n=st.integers(1, 12))
def test_ridge_solves_its_normal_equations(seed: int, d: int, n: int) -> None:
    random = np.random.default_rng(seed)
    atoms, weights, target = random.normal(size=(d, n)), random.uniform(0.1, 100, n), random.normal(size=d)
    found = ridge(atoms, weights, target)
    np.testing.assert_allclose(atoms.T @ (atoms @ found) + weights * found, atoms.T @ target, atol=1e-8)


def test_worked_weights() -> None:
    ours, theirs = np.array([3.0, 0.0]), np.array([[4.0, 0.0], [0.0, 0.0]])
    one = block_weights(ours, theirs, IrlsSettings(1, l1=2.0))
    np.testing.assert_allclose(one[0], [2 / 3, 2e5])
    np.testing.assert_allclose(one[1], [[0.5, 2e5], [2e5, 2e5]])
    two = block_weights(ours, theirs, IrlsSettings(2, l1=2.0))
    np.testing.assert_allclose(two[0], [0.4, 2e5])
    np.testing.assert_allclose(two[1][:, 0], [0.4, 0.4])
    three = block_weights(ours, theirs, IrlsSettings(3, l1=2.0, l2=10.0))
    np.testing.assert_allclose(three[2], [13.0, 0])
    np.testing.assert_allclose((three[0][0], three[1][0, 0]), (2 / 13, 20 / 13))
    four = block_weights(ours, theirs, IrlsSettings(4, l1=2.0, l2=10.0))
    np.testing.assert_allclose(four[2], [7.0, 0])
    np.testing.assert_allclose((four[0][0], four[1][0, 0]), (2 / 7, 20 / (np.sqrt(13) * 4) + 0.01))


@pytest.mark.parametrize("variant", [3, 4])
def test_weak_classes_are_deleted_but_never_the_last(variant: int) -> None:
    given = attacked_subspaces(4, dimension=200)
    for x, label in zip(given.signals, given.labels, strict=True):
        found = irls(given.joint, x, IrlsSettings(variant, l1=0.05, l2=1.0, threshold=0.2))
        assert int(label) in found.classes
        assert len(found.classes) < 6
        norms = given.joint.dictionary.groups.norms(found.codes[None])[0].reshape(4, 6)
        assert not np.delete(norms, found.classes, axis=1).any()
    alone = irls(given.joint, given.signals[0], IrlsSettings(variant, threshold=1e6))
    assert len(alone.classes) == 1
    assert alone.iterations == 1


def test_it_repeats_and_another_seed_starts_elsewhere() -> None:
    given = case()
    x = given.signals[0]
    first, again = (irls(given.joint, x, made(1, iterations=2)).codes for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, irls(given.joint, x, made(1, iterations=2, seed=1)).codes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"variant": 0},
        {"variant": 5},
        {"l1": 0.0},
        {"l2": -1.0},
        {"l1": float("nan")},
        {"threshold": -1.0},
        {"tol": -1.0},
        {"iterations": 0},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        IrlsSettings(**wrong)
