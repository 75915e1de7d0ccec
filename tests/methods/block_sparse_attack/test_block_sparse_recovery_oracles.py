"""Recovery against independent solvers, and what its theory promises on generated subspaces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.block_sparse_attack.recovery.block_update import exact_update
from methods.block_sparse_attack.recovery.conditions import dual_margin, primal_condition
from methods.block_sparse_attack.recovery.constrained import exact_program
from methods.block_sparse_attack.recovery.dictionary import Dictionary
from methods.block_sparse_attack.recovery.homotopy import GroupLayout, homotopy
from methods.block_sparse_attack.recovery.newton import newton
from methods.block_sparse_attack.recovery.penalty import Penalty, relative_penalty


def unit_columns(atoms: np.ndarray) -> np.ndarray:
    return atoms / np.linalg.norm(atoms, axis=0)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), mu=st.sampled_from([0.0, 0.3]))
def test_no_exact_block_update_raises_the_objective(seed: int, mu: float) -> None:
    random = np.random.default_rng(seed)
    dictionary = Dictionary(unit_columns(random.normal(size=(12, 20))), 4)
    x, lam = random.normal(size=12), random.uniform(0.05, 1.0, 5)
    rotated = [random.normal(size=f.squares.size) for f in dictionary.factors]

    def objective() -> float:
        residual = x - sum(f.basis @ z for f, z in zip(dictionary.factors, rotated, strict=True))
        lengths = np.array([np.linalg.norm(z) for z in rotated])
        return float(residual @ residual / 2 + lam @ lengths + mu / 2 * (lengths**2).sum())

    before = objective()
    for _ in range(3):
        for g, factor in enumerate(dictionary.factors):
            others = sum(
                (f.basis @ z for h, (f, z) in enumerate(zip(dictionary.factors, rotated, strict=True)) if h != g),
                start=np.zeros(12),
            )
            rotated[g] = exact_update(factor.squares, factor.basis.T @ (x - others), lam[g], mu)
            after = objective()
            assert after <= before + 1e-12
            before = after


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mu", [0.0, 0.2])
def test_an_interior_point_solver_finds_the_same_optimum(seed: int, mu: float) -> None:
    cp = pytest.importorskip("cvxpy")
    random = np.random.default_rng(seed)
    atoms, x = unit_columns(random.normal(size=(15, 24))), random.normal(size=15)
    dictionary = Dictionary(atoms, 4)
    lam = relative_penalty(dictionary, x[None], 0.2).lam[0]
    ours = newton(dictionary, x, Penalty(lam, mu), tol=1e-11)
    codes = cp.Variable(24)
    norms = [cp.norm(codes[4 * g : 4 * g + 4]) for g in range(6)]
    objective = cp.sum_squares(x - atoms @ codes) / 2 + mu / 2 * cp.sum_squares(codes)
    problem = cp.Problem(
        cp.Minimize(objective + sum(weight * norm for weight, norm in zip(lam, norms, strict=True)))
    )
    problem.solve(solver="CLARABEL")
    assert ours.objective[0] == pytest.approx(problem.value, rel=1e-7)


@pytest.mark.parametrize("alpha", [0.3, 0.05])
def test_celer_finds_the_same_optimum(alpha: float) -> None:
    celer = pytest.importorskip("celer")
    random = np.random.default_rng(3)
    atoms, x = unit_columns(random.normal(size=(30, 60))), random.normal(size=30)
    dictionary = Dictionary(atoms, 5)
    largest = dictionary.groups.norms((x @ atoms)[None]).max()
    ours = newton(dictionary, x, Penalty(np.full(12, alpha * largest)), tol=1e-11)
    model = celer.GroupLasso(groups=5, alpha=alpha * largest / 30, fit_intercept=False, tol=1e-12)
    theirs = model.fit(np.asfortranarray(atoms), x).coef_
    residual = x - atoms @ theirs
    value = residual @ residual / 2 + alpha * largest * np.linalg.norm(theirs.reshape(12, 5), axis=1).sum()
    assert ours.objective[0] == pytest.approx(value, rel=1e-7)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_a_positive_dual_margin_promises_recovery_of_that_signal(seed: int) -> None:
    random = np.random.default_rng(seed)
    dictionary = Dictionary(unit_columns(random.normal(size=(24, 30))), 3)
    x = dictionary.block(0) @ random.normal(size=3) + dictionary.block(4) @ random.normal(size=3)
    if dual_margin(dictionary, (0, 4), x) > 1e-3:
        norms = dictionary.groups.norms(exact_program(dictionary, x).codes[None])[0]
        assert np.delete(norms, [0, 4]).max() <= 1e-3 * norms.max()


def test_orthogonal_blocks_have_the_largest_margin_and_hold_the_primal_condition() -> None:
    dictionary = Dictionary(np.eye(8), 2)
    assert dual_margin(dictionary, (0, 2), np.array([1.0, 2, 0, 0, 3, 1, 0, 0])) == pytest.approx(1.0)
    found = primal_condition(dictionary, (0, 2))
    assert (found.coherence, found.holds, found.independent) == (pytest.approx(0.0), True, True)


def test_a_duplicate_of_an_active_block_leaves_no_margin() -> None:
    random = np.random.default_rng(0)
    atoms = unit_columns(random.normal(size=(20, 12)))
    atoms[:, 9:] = atoms[:, :3]
    dictionary = Dictionary(atoms, 3)
    x = dictionary.block(0) @ random.normal(size=3) + dictionary.block(1) @ random.normal(size=3)
    assert dual_margin(dictionary, (0, 1), x) == pytest.approx(0.0, abs=1e-6)
    assert not primal_condition(dictionary, (0, 1)).holds


def test_the_greedy_homotopy_decides_a_generated_union_of_subspaces() -> None:
    classes, attacks, m, d = 6, 3, 8, 60
    random, layout = np.random.default_rng(0), GroupLayout(classes, attacks)
    blocks = [
        unit_columns(random.normal(size=(d, rank)) @ random.normal(size=(rank, m)))
        for rank in [3] * classes + [4] * classes * attacks
    ]
    dictionary = Dictionary(np.concatenate(blocks, axis=1), m)
    right = np.zeros(2)
    for _ in range(60):
        label, attack = int(random.integers(classes)), int(random.integers(attacks))
        x = blocks[label] @ random.normal(size=m) + 0.5 * blocks[
            layout.attack_group(attack, label)
        ] @ random.normal(size=m)
        decision = homotopy(dictionary, layout, x + 0.01 * random.normal(size=d))
        right += decision.label == label, decision.attack == attack
    assert right[0] >= 57
    assert right[1] >= 54
