"""The solvers of block-sparse recovery against worked numbers, each other and their certificates."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from methods.block_sparse_attack.recovery.admm import admm
from methods.block_sparse_attack.recovery.block_update import exact_update
from methods.block_sparse_attack.recovery.conditions import dual_margin, primal_condition
from methods.block_sparse_attack.recovery.constrained import ball_program, exact_program
from methods.block_sparse_attack.recovery.dictionary import Dictionary
from methods.block_sparse_attack.recovery.groups import Groups
from methods.block_sparse_attack.recovery.homotopy import GroupLayout, decide, homotopy
from methods.block_sparse_attack.recovery.newton import newton
from methods.block_sparse_attack.recovery.objective import certify
from methods.block_sparse_attack.recovery.path import alpha_path
from methods.block_sparse_attack.recovery.penalty import Penalty, relative_penalty
from methods.block_sparse_attack.recovery.results import InfeasibleError, NotConverged
from methods.block_sparse_attack.recovery.solve import solve

EXACT = ("newton", "coordinate-descent", "proximal-gradient")


def formula() -> tuple[Dictionary, np.ndarray]:
    i, j = np.arange(12)[:, None], np.arange(24)[None]
    atoms = np.cos(0.37 * (i + 1) * (j + 1) + 0.11 * (j + 1) ** 2)
    return Dictionary(atoms / np.linalg.norm(atoms, axis=0), 4), np.sin(0.9 * np.arange(12) + 0.2)


def drawn(
    seed: int, d: int = 40, sizes: tuple[int, ...] = (7,) * 9, signals: int = 5
) -> tuple[Dictionary, np.ndarray]:
    random = np.random.default_rng(seed)
    atoms = random.normal(size=(d, sum(sizes))) + 0.5 * random.normal(size=(d, 1))
    return Dictionary(atoms / np.linalg.norm(atoms, axis=0), sizes), random.normal(size=(signals, d))


def test_the_formula_dictionary_is_the_one_of_the_worked_example() -> None:
    dictionary, x = formula()
    assert x @ x == pytest.approx(5.598756379695, abs=1e-12)
    np.testing.assert_allclose(dictionary.atoms[0, :3], [0.3753566514, 0.1579355803, -0.2113021933], atol=1e-10)
    strengths = dictionary.groups.norms((x @ dictionary.atoms)[None])[0]
    expected = [0.4586547051, 0.2547343516, 0.389607739, 1.2989101468, 2.5960297913, 0.4666599668]
    np.testing.assert_allclose(strengths, expected, atol=1e-10)


@pytest.mark.parametrize("method", EXACT)
@pytest.mark.parametrize(
    ("lam", "mu", "objective", "norms"),
    [
        (1.2980148956, 0.0, 2.192490429078, (0, 0, 0, 0, 0.9389127, 0)),
        (0.2596029791, 0.0, 0.722046355562, (0.35446694, 0, 0, 0, 1.90403807, 0.05408295)),
        (0.2596029791, 0.05, 0.809446603921, (0.30993036, 0, 0, 0, 1.7806179, 0.09701324)),
    ],
)
def test_worked_optima(method: str, lam: float, mu: float, objective: float, norms: tuple[float, ...]) -> None:
    dictionary, x = formula()
    found = solve(dictionary, x, Penalty(np.full(6, lam), mu), tol=1e-12, method=method)
    assert found.converged.all()
    assert found.objective[0] == pytest.approx(objective, abs=2e-9)
    np.testing.assert_allclose(dictionary.groups.norms(found.codes)[0], norms, atol=3e-6)
    assert found.gap[0] >= -1e-12


@pytest.mark.parametrize("method", EXACT)
def test_orthonormal_atoms_have_a_closed_form(method: str) -> None:
    found = solve(
        Dictionary(np.eye(4), 2), np.array([3, 4, 0.3, 0.4]), Penalty(np.ones(2)), tol=1e-13, method=method
    )
    np.testing.assert_allclose(found.codes, [[2.4, 3.2, 0, 0]], atol=1e-6)
    assert found.objective[0] == pytest.approx(4.625, abs=1e-12)
    assert found.gap[0] == pytest.approx(0, abs=1e-12)


def test_exact_block_update() -> None:
    squares, image = np.array([1.0, 4.0]), np.array([3.0, 4.0])
    z = exact_update(squares, image, 1.0, 0.0)
    np.testing.assert_allclose(z, [2.0821963113, 0.9007413766], atol=1e-10)
    assert np.linalg.norm(z) == pytest.approx(2.2686728514, abs=1e-10)
    np.testing.assert_allclose(exact_update(squares, image, 1.0, 0.5), [1.416302097, 0.7815259517], atol=1e-9)
    assert not exact_update(squares, image, 5.0, 0.0).any()


@settings(max_examples=20, deadline=None)
@example(seed=5, sizes=[1, 1, 4, 8, 5, 9], alpha=0.05, mu=0.0, d=2)  # Newton crawls: left to accelerated descent
@given(
    seed=st.integers(0, 10_000),
    sizes=st.lists(st.integers(1, 13), min_size=1, max_size=8),
    alpha=st.sampled_from([0.9, 0.3, 0.05]),
    mu=st.sampled_from([0.0, 0.2]),
    d=st.sampled_from([1, 2, 13, 31]),
)
def test_solvers_agree(seed: int, sizes: list[int], alpha: float, mu: float, d: int) -> None:
    dictionary, X = drawn(seed, d, tuple(sizes), 2)
    penalty = relative_penalty(dictionary, X, alpha, mu=mu)
    found = {method: solve(dictionary, X, penalty, tol=1e-9, method=method) for method in EXACT}
    reached = 1e-6 if d == 2 else 1e-9  # block updates zigzag between groups that each span the plane
    assert (found["coordinate-descent"].relative_gap <= reached).all()
    for method, one in found.items():
        assert one.converged.all() or method == "coordinate-descent"
        apart = (1e-9 + reached) * (X**2).sum(1).max()
        np.testing.assert_allclose(one.objective, found["newton"].objective, rtol=0, atol=apart)
        np.testing.assert_allclose(
            certify(dictionary, X, one.codes, penalty).relative, one.relative_gap, atol=1e-10
        )


@pytest.mark.parametrize("method", [*EXACT, "admm"])
def test_above_the_largest_correlation_everything_is_zero(method: str) -> None:
    dictionary, X = drawn(1)
    found = solve(dictionary, X, relative_penalty(dictionary, X, 1.0001), tol=1e-9, method=method)
    assert not found.codes.any()
    assert (found.relative_gap <= 1e-12).all()


@pytest.mark.parametrize("method", EXACT)
def test_zero_duplicate_and_dependent_atoms(method: str) -> None:
    dictionary, X = drawn(2)
    atoms = dictionary.atoms.copy()
    atoms[:, :7] = 0
    atoms[:, 7:14] = atoms[:, 14:21]
    atoms[:, 21] = atoms[:, 22]
    odd = Dictionary(atoms, 7)
    found = solve(odd, X, relative_penalty(odd, X, 0.1), tol=1e-9, method=method)
    assert found.converged.all()
    assert not found.codes[:, :7].any()


@pytest.mark.parametrize("method", EXACT)
def test_degenerate_signals(method: str) -> None:
    dictionary, _ = drawn(3)
    X = np.stack([np.zeros(40), np.full(40, 1e-310), np.ones(40)])
    with warnings.catch_warnings():
        warnings.simplefilter("error", NotConverged)
        found = solve(dictionary, X, Penalty(np.full(9, 0.5)), tol=1e-9, method=method)
    assert not found.codes[:2].any()
    empty = solve(dictionary, np.zeros((0, 40)), Penalty(np.full(9, 0.5)), method=method)
    assert empty.codes.shape == (0, 63)
    assert empty.gap.shape == (0,)


@pytest.mark.parametrize("method", EXACT)
@pytest.mark.parametrize(
    ("atom", "signal"),
    [(1e-6, 1), (1, 1e6), (1e6, 1e-6), (1e-20, 1), (1, 1e-20), (1e20, 1e20), (1e-100, 1e60), (1e100, 1e-60)],
)
def test_codes_scale_with_atoms_and_signals(method: str, atom: float, signal: float) -> None:
    dictionary, X = drawn(5)
    plain = solve(dictionary, X, relative_penalty(dictionary, X, 0.1), tol=1e-10, method=method)
    scaled = Dictionary(atom * dictionary.atoms, 7)
    penalty = relative_penalty(scaled, signal * X, 0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = solve(scaled, signal * X, penalty, tol=1e-10, method=method)
    assert found.converged.all()
    np.testing.assert_allclose(found.codes * (atom / signal), plain.codes, atol=1e-4)
    np.testing.assert_allclose(found.objective, plain.objective * signal**2, rtol=1e-9)
    np.testing.assert_allclose(found.residuals, signal * X - found.codes @ scaled.rows, atol=1e-9 * signal)
    start = newton(scaled, signal * X, penalty, tol=1e-10, start=found.codes)
    np.testing.assert_allclose(start.codes, found.codes, atol=1e-4 * signal / atom)


def test_signals_of_different_scales_share_a_batch() -> None:
    dictionary, X = drawn(6)
    sizes = np.array([1.0, 1e-30, 1e30, 0.0, 1e-140])[:, None]
    found = newton(dictionary, sizes * X, relative_penalty(dictionary, sizes * X, 0.1), tol=1e-10)
    plain = newton(dictionary, X, relative_penalty(dictionary, X, 0.1), tol=1e-10)
    assert found.converged.all()
    np.testing.assert_allclose(
        found.codes[[0, 1, 2, 4]] / sizes[[0, 1, 2, 4]], plain.codes[[0, 1, 2, 4]], atol=1e-4
    )
    assert not found.codes[3].any()


def test_batch_order_threads_dtype_and_strides_do_not_matter() -> None:
    dictionary, X = drawn(4, signals=17)
    X = X.astype(np.float32).astype(np.float64)
    penalty = relative_penalty(dictionary, X, 0.1)
    whole = newton(dictionary, X, penalty, tol=1e-11)
    single = np.concatenate(
        [newton(dictionary, x, Penalty(lam), tol=1e-11).codes for x, lam in zip(X, penalty.lam, strict=True)]
    )
    np.testing.assert_allclose(single, whole.codes, atol=2e-4)
    for threads in (2, 3):
        np.testing.assert_allclose(
            newton(dictionary, X, penalty, tol=1e-11, threads=threads).codes, whole.codes, atol=1e-9
        )
    strided = np.repeat(X, 2, axis=1)[:, ::2].astype(np.float32)
    np.testing.assert_allclose(newton(dictionary, strided, penalty, tol=1e-11).codes, whole.codes, atol=1e-9)
    backwards = newton(dictionary, X[::-1], Penalty(penalty.lam[::-1]), tol=1e-11)
    np.testing.assert_allclose(backwards.codes[::-1], whole.codes, atol=2e-4)


def test_scaling_permuting_and_mixing() -> None:
    dictionary, X = drawn(5)
    lam = relative_penalty(dictionary, X, 0.2).lam
    codes = newton(dictionary, X, Penalty(lam, 0.1), tol=1e-12).codes
    np.testing.assert_allclose(
        newton(dictionary, 8 * X, Penalty(8 * lam, 0.1), tol=1e-12).codes, 8 * codes, atol=1e-4
    )
    order = np.random.default_rng(0).permutation(9)
    permuted = newton(dictionary.restricted(order), X, Penalty(lam[:, order], 0.1), tol=1e-12)
    np.testing.assert_allclose(permuted.codes, codes[:, dictionary.groups.columns_of(order)], atol=1e-5)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(7, 7)))[0]
    mixed = dictionary.atoms.copy()
    mixed[:, :7] = mixed[:, :7] @ rotation
    turned = newton(Dictionary(mixed, 7), X, Penalty(lam, 0.1), tol=1e-12).codes
    np.testing.assert_allclose(turned[:, :7] @ mixed[:, :7].T, codes[:, :7] @ dictionary.block(0).T, atol=1e-5)


def test_admm_reaches_moderate_accuracy_and_says_when_it_does_not() -> None:
    dictionary, X = drawn(6)
    penalty = relative_penalty(dictionary, X, 0.1)
    best = newton(dictionary, X, penalty, tol=1e-10)
    assert (admm(dictionary, X, penalty, tol=1e-4).objective - best.objective <= 1e-4 * (X**2).sum(1) / 2).all()
    with pytest.warns(NotConverged, match=r"admm: 5 of 5 signals stopped at a relative gap of up to"):
        short = admm(dictionary, X, penalty, tol=1e-12, iterations=10)
    assert not short.converged.any()
    assert (short.relative_gap > 1e-12).all()


def test_path_is_what_separate_solutions_are() -> None:
    dictionary, X = drawn(7)
    alphas = (0.1, 0.5, 0.02)
    for alpha, found in zip(alphas, alpha_path(dictionary, X, alphas, tol=1e-9), strict=True):
        alone = newton(dictionary, X, relative_penalty(dictionary, X, alpha), tol=1e-9)
        np.testing.assert_allclose(found.objective, alone.objective, rtol=1e-8)


def test_exact_and_ball_programs_are_certified() -> None:
    dictionary, x = formula()
    exact = exact_program(dictionary, x)
    assert exact.residual <= 1e-6 * np.linalg.norm(x)
    assert exact.objective == pytest.approx(exact.bound, rel=1e-5)
    ball = ball_program(dictionary, x, 0.5)
    assert ball.residual == pytest.approx(0.5, rel=1e-6)
    assert ball.objective == pytest.approx(ball.bound, rel=1e-5)
    assert ball_program(dictionary, x, 3.0).objective == 0
    flat = Dictionary(np.eye(4)[:, :2], 1)
    for call in (lambda: exact_program(flat, np.ones(4)), lambda: ball_program(flat, np.ones(4), 0.1)):
        with pytest.raises(InfeasibleError, match=r"residual 1\.41421") as caught:
            call()
        assert caught.value.residual == pytest.approx(np.sqrt(2))


def test_greedy_homotopy_takes_the_worked_decisions() -> None:
    dictionary, x = formula()
    found = homotopy(dictionary, GroupLayout(2, 2), x, tol=1e-12)
    assert (found.classes, found.attacks, found.iterations) == ((0, 1), (1,), 3)
    assert (found.label, found.attack) == (0, 1)
    np.testing.assert_allclose(found.penalty, [0.0585717105, 0.1369652752, 0.0005916334, 0.0013834876], rtol=3e-6)
    norms = dictionary.groups.norms(found.codes[None])[0]
    np.testing.assert_allclose(norms, [0.57817429, 0.29370626, 0, 0, 2.04591395, 0], atol=2e-6)


def test_orthonormal_selection_is_not_led_by_brightness() -> None:
    random = np.random.default_rng(0)
    mean = np.eye(30)[:, :1]
    bright = mean + 0.05 * random.normal(size=(30, 6))  # six atoms that all resemble the mean face
    plain = random.normal(size=(30, 6))
    rest = [random.normal(size=(30, 6)) for _ in range(2)]
    atoms = np.concatenate([bright, plain, *rest], axis=1)
    dictionary, layout = Dictionary(atoms / np.linalg.norm(atoms, axis=0), 6), GroupLayout(2, 1)
    x = plain @ random.normal(size=6)
    x = x / np.linalg.norm(x) + 0.8 * mean[:, 0]
    bases = dictionary.orthonormal
    for g in range(4):
        np.testing.assert_allclose(bases.block(g).T @ bases.block(g), np.eye(6), atol=1e-10)
        left = dictionary.block(g) - bases.block(g) @ (bases.block(g).T @ dictionary.block(g))
        np.testing.assert_allclose(left, 0, atol=1e-10)
    published = homotopy(dictionary, layout, x, iterations=1)
    ours = homotopy(dictionary, layout, x, iterations=1, orthonormal=True)
    assert (published.classes, ours.classes) == ((0,), (1,))
    assert not Dictionary(np.zeros((3, 2)), 1).orthonormal.atoms.any()
    with pytest.raises(ValueError, match="share"):
        homotopy(dictionary, layout, x, share=0.0)


def test_independent_subspaces_are_recovered() -> None:
    random, layout = np.random.default_rng(0), GroupLayout(3, 2)
    dictionary = Dictionary(random.normal(size=(60, 9 * 4)), 4)
    for label in range(3):
        for attack in range(2):
            groups = label, layout.attack_group(attack, label)
            x = sum(dictionary.block(g) @ random.normal(size=4) for g in groups)
            codes = exact_program(dictionary, x).codes
            decision = decide(dictionary, layout, x, codes)
            assert (decision.label, decision.attack) == (label, attack)
            assert dual_margin(dictionary, groups, x) < 1
            assert primal_condition(dictionary, groups).independent


def test_inradius() -> None:
    found = primal_condition(Dictionary(np.eye(3), (2, 1)), (0, 1))
    assert found.inradius == pytest.approx(np.sqrt(0.5), abs=1e-9)
    dictionary, _ = formula()
    worked = primal_condition(dictionary, (0, 2))
    assert worked.inradius == pytest.approx(0.2219719008, abs=1e-9)
    assert worked.coherence == pytest.approx(1.17101749, abs=1e-8)
    assert not worked.holds


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda d, x: Dictionary(np.full((3, 4), np.nan), 2), "atoms hold NaN"),
        (lambda d, x: Dictionary(np.zeros(3), 1), r"atoms have shape \(3,\)"),
        (lambda d, x: Dictionary(np.eye(4), (2, 3)), "group sizes sum to 5; expected the 4 columns"),
        (lambda d, x: Dictionary(np.eye(4), 3), "group size is 3; expected a divisor of the 4 columns"),
        (lambda d, x: Groups((2, 0)), "expected at least one group, each of size 1 or more"),
        (
            lambda d, x: newton(d, x[:-1], Penalty(np.ones(6))),
            r"signals have shape \(11,\); expected \(signals, 12\)",
        ),
        (lambda d, x: newton(d, x * np.inf, Penalty(np.ones(6))), "signals hold NaN or infinite"),
        (lambda d, x: Penalty(np.array([1.0, -2.0])), "lam holds -2.0; expected positive"),
        (lambda d, x: Penalty(np.zeros(6)), "lam holds 0.0"),
        (lambda d, x: Penalty(np.ones(6), -0.5), "mu holds -0.5"),
        (lambda d, x: newton(d, x, Penalty(np.ones(5))), r"lam has shape \(5,\); expected \(6,\) or \(1, 6\)"),
        (lambda d, x: newton(d, x, Penalty(np.ones(6)), tol=0), "tol is 0; expected a positive"),
        (lambda d, x: newton(d, x, Penalty(np.ones(6)), start=np.ones(3)), r"start has shape \(3,\)"),
        (lambda d, x: admm(d, x, Penalty(np.ones(6)), rho=0), "rho is 0; expected a positive"),
        (lambda d, x: relative_penalty(d, x, 0.0), "alpha is 0.0; expected a positive"),
        (lambda d, x: relative_penalty(d, x, 0.1, (2, 3)), r"families are \(2, 3\)"),
        (
            lambda d, x: solve(d, x, Penalty(np.ones(6)), method="simplex"),
            "method is 'simplex'; expected auto or one of",
        ),
        (lambda d, x: alpha_path(d, x, ()), "alphas is empty"),
        (lambda d, x: ball_program(d, x, -1.0), "radius is -1.0; expected a positive"),
        (lambda d, x: exact_program(d, x, weights=np.zeros(6)), "weights have shape"),
        (lambda d, x: homotopy(d, GroupLayout(3, 2), x), "dictionary has 6 groups; expected 9"),
        (lambda d, x: homotopy(d, GroupLayout(2, 2), x, iterations=0), "iterations is 0"),
        (lambda d, x: homotopy(d, GroupLayout(2, 2), x, mixing=2), "mixing is 2"),
        (lambda d, x: GroupLayout(0, 1), "layout has 0 classes"),
        (lambda d, x: primal_condition(d, (1, 1)), r"active is \(1, 1\)"),
        (lambda d, x: certify(d, x, np.ones((2, 24)), Penalty(np.ones(6))), r"codes have shape \(2, 24\)"),
    ],
)
def test_bad_inputs_are_named(call: Callable[[Dictionary, np.ndarray], object], message: str) -> None:
    dictionary, x = formula()
    with pytest.raises(ValueError, match=message):
        call(dictionary, x)
