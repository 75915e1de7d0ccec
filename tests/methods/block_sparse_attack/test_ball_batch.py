"""Ball programs in lockstep: those of the one-by-one solver, within certified bounds."""

import warnings

import numpy as np
import pytest

from methods.block_sparse_attack.recovery import ball_batch, constrained
from methods.block_sparse_attack.recovery.ball_batch import ball_programs, span_distances
from methods.block_sparse_attack.recovery.constrained import ball_program, projection_residual, sufficient_gap
from methods.block_sparse_attack.recovery.dictionary import Dictionary
from methods.block_sparse_attack.recovery.newton import newton
from methods.block_sparse_attack.recovery.penalty import Penalty
from methods.block_sparse_attack.recovery.results import InfeasibleError, NotConverged


def problem(seed: int, dimension: int = 20, groups: int = 6, size: int = 5) -> tuple[Dictionary, np.ndarray]:
    drawn = np.random.default_rng(seed)
    atoms = drawn.normal(size=(dimension, groups * size))
    dictionary = Dictionary(atoms / np.linalg.norm(atoms, axis=0), size)
    return dictionary, drawn.normal(size=(7, dimension))


@pytest.mark.parametrize("seed", range(4))
def test_a_batch_solves_the_problems_of_its_signals(seed: int) -> None:
    dictionary, signals = problem(seed)
    radii = np.linspace(0.1, 0.9, len(signals)) * np.linalg.norm(signals, axis=1)
    found = ball_programs(dictionary, signals, radii, tol=1e-6, gap=1e-10)
    np.testing.assert_allclose(found.residuals, radii, rtol=1e-6)
    for n, signal in enumerate(signals):
        alone = ball_program(dictionary, signal, radii[n], tol=1e-8, gap=1e-12)
        assert found.objective[n] == pytest.approx(alone.objective, rel=1e-4)
        assert found.bound[n] <= alone.objective * (1 + 1e-6)
    assert (found.relative_gap < 1e-3).all()


def test_signals_inside_their_ball_need_no_code() -> None:
    dictionary, signals = problem(0)
    radii = 1.01 * np.linalg.norm(signals, axis=1)
    radii[2] = 0.5 * radii[2]
    found = ball_programs(dictionary, signals, radii)
    assert (found.codes != 0).any(axis=1).tolist() == [n == 2 for n in range(7)]
    assert found.relative_gap[[0, 1, 3]].tolist() == [0, 0, 0]


def test_distances_from_the_span() -> None:
    dictionary, signals = problem(1, dimension=20, groups=3)
    expected = [projection_residual(dictionary, signal) for signal in signals]
    np.testing.assert_allclose(span_distances(dictionary, signals), expected, rtol=1e-9)
    with pytest.raises(InfeasibleError, match="row 0") as refusal:
        ball_programs(dictionary, signals, np.full(7, 0.5 * min(expected)))
    assert refusal.value.residual == pytest.approx(expected[0])


@pytest.mark.parametrize("radii", [np.zeros(7), np.full(7, np.nan), np.ones(3)])
def test_radii_that_do_not_fit_are_refused(radii: np.ndarray) -> None:
    dictionary, signals = problem(0)
    with pytest.raises(ValueError, match="radii"):
        ball_programs(dictionary, signals, radii)


def test_an_empty_batch_gives_an_empty_result() -> None:
    dictionary, signals = problem(0)
    assert ball_programs(dictionary, signals[:0], np.zeros(0)).codes.shape == (0, 30)


@pytest.mark.parametrize("share", [0.1, 0.01, 0.001])
def test_residual_norms_meet_the_default_tolerances_in_small_balls_too(share: float) -> None:
    for seed in (1, 8, 29):
        dictionary, signals = problem(seed)
        radii = share * np.linalg.norm(signals, axis=1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = ball_programs(dictionary, signals, radii)
            alone = ball_program(dictionary, signals[0], radii[0])
        np.testing.assert_allclose(found.residuals, radii, rtol=1e-3)
        np.testing.assert_allclose(alone.residual, radii[0], rtol=1e-6)
        assert alone.objective == pytest.approx(alone.bound, rel=1e-4)
        assert found.objective[0] == pytest.approx(alone.objective, rel=1e-3)


def test_a_residual_norm_out_of_its_tolerance_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    dictionary, signals = problem(0)
    for module in (ball_batch, constrained):
        monkeypatch.setattr(module, "ROUNDS", 1)
    radii = 0.05 * np.linalg.norm(signals, axis=1)
    with pytest.warns(NotConverged, match="residual norm is .* not within 1e-06 of the radius"):
        ball_program(dictionary, signals[0], radii[0])
    with pytest.warns(NotConverged, match="residual norms are not within"):
        ball_programs(dictionary, signals, radii)


def test_the_gap_bounds_the_error_of_the_residual() -> None:
    dictionary, signals = problem(3)
    lengths, weights = np.linalg.norm(signals, axis=1), Penalty(np.full(6, 0.2))
    exact = newton(dictionary, signals, weights, tol=1e-14).residuals
    for tol in (1e-1, 1e-2, 1e-3):
        gap = sufficient_gap(tol, 0.3 * lengths, lengths)
        rough = newton(dictionary, signals, weights, tol=gap).residuals
        assert (np.linalg.norm(rough - exact, axis=1) <= tol * 0.3 * lengths / 4).all()
