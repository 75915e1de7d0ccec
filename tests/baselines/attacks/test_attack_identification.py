"""Baselines that classify attacked images: closed forms, other libraries, bad input."""

from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from baselines.attacks.attack_identification.denoising import DenoisedNetwork, PrincipalComponents, TotalVariation
from baselines.attacks.attack_identification.nearest_subspace import ClassSubspaces
from baselines.attacks.attack_identification.norm_ratio_detector import NormRatioRegression, norm_ratios
from baselines.attacks.attack_identification.sparse_representation import SparseRepresentation
from baselines.attacks.attack_identification.total_variation import (
    divergence,
    gradient,
    total_variation,
    total_variation_denoised,
)
from baselines.attacks.attack_identification.undefended import UndefendedNetwork


def classes_in_subspaces(seed: int = 0) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Draw 10 images in each of four random planes of R^20."""
    random = np.random.default_rng(seed)
    bases = [np.linalg.qr(random.normal(size=(20, 2)))[0] for _ in range(4)]
    labels = np.repeat(np.arange(4), 10)
    order = random.permutation(40)
    images = np.stack([bases[i] @ random.normal(size=2) for i in labels])
    return images[order], labels[order], bases


def first_scores(classes: int, dimension: int) -> torch.nn.Linear:
    """Return a network whose score of class i is coordinate i."""
    network = torch.nn.Linear(dimension, classes, bias=False)
    with torch.no_grad():
        network.weight.copy_(torch.eye(dimension)[:classes])
    return network


def test_the_undefended_network_takes_the_highest_score() -> None:
    signals = np.array([[0.0, 3, 1, 9], [2, 1, 0, 9]])
    found = UndefendedNetwork(first_scores(3, 4)).classify(signals)
    assert found.tolist() == [1, 0]
    assert UndefendedNetwork(first_scores(3, 4)).classify(signals[:0]).shape == (0,)


def test_residuals_of_the_nearest_subspace_are_those_of_least_squares() -> None:
    images, labels, _ = classes_in_subspaces()
    noisy = images + 0.1 * np.random.default_rng(1).normal(size=images.shape)
    model = ClassSubspaces.fit(noisy, labels, 4, directions=10)
    signals = np.random.default_rng(2).normal(size=(5, 20))
    norms = model.residual_norms(signals)
    for n, x in enumerate(signals):
        for label in range(4):
            span = noisy[labels == label].T  # all ten images: the whole span
            left = x - span @ np.linalg.lstsq(span, x, rcond=None)[0]
            assert norms[n, label] == pytest.approx(np.linalg.norm(left))
    np.testing.assert_array_equal(model.classify(signals), norms.argmin(axis=1))
    np.testing.assert_allclose(np.linalg.norm(model.residuals(signals), axis=1), norms.min(axis=1))
    assert model.classify(signals[:0]).shape == (0,)
    assert model.residuals(signals[:0]).shape == (0, 20)


def test_the_nearest_subspace_of_exact_signals_is_theirs() -> None:
    images, labels, bases = classes_in_subspaces()
    model = ClassSubspaces.fit(images, labels, 4, directions=5)
    for basis, found in zip(bases, model.bases, strict=True):
        np.testing.assert_allclose(found @ found.T, basis @ basis.T, atol=1e-10)  # rank 2, not 5
    np.testing.assert_array_equal(model.classify(images), labels)
    np.testing.assert_allclose(model.residual_norms(images).min(axis=1), 0, atol=1e-10)


def test_leading_directions_are_the_best_plane() -> None:
    images, labels, _ = classes_in_subspaces()
    one = ClassSubspaces.fit(images, labels, 4, directions=1)
    rows = images[labels == 2]
    left = ((rows - rows @ one.bases[2] @ one.bases[2].T) ** 2).sum()
    assert left == pytest.approx(np.linalg.svd(rows, compute_uv=False)[1] ** 2)


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), alpha=st.floats(0.1, 0.8))
def test_l1_codes_meet_the_optimality_conditions(seed: int, alpha: float) -> None:
    images, labels, _ = classes_in_subspaces(seed)
    model = SparseRepresentation.fit(images, labels, 4, alpha)
    x = np.random.default_rng(seed + 1).normal(size=(1, 20))
    codes = model.codes(x)[0]
    lam = alpha * np.abs(x[0] @ model.atoms).max()
    pull = model.atoms.T @ (x[0] - model.atoms @ codes)
    assert np.abs(pull).max() <= lam * 1.02
    used = codes != 0
    np.testing.assert_allclose(pull[used], lam * np.sign(codes[used]), rtol=0.05)


def test_sparse_representation_of_exact_signals() -> None:
    images, labels, bases = classes_in_subspaces()
    model = SparseRepresentation.fit(images, labels, 4, alpha=0.05)
    signals = np.stack([basis @ np.array([1.0, -2.0]) for basis in bases])
    np.testing.assert_array_equal(model.classify(signals), np.arange(4))
    np.testing.assert_allclose(np.linalg.norm(model.atoms, axis=0), 1)
    assert not model.codes(np.zeros((1, 20))).any()
    assert model.classify(signals[:0]).shape == (0,)


def test_the_limit_of_iterations_is_not_silent() -> None:
    images, labels, _ = classes_in_subspaces()
    model = SparseRepresentation(images.T.copy(order="F"), labels, 4, alpha=0.001, iterations=1)
    with pytest.warns(UserWarning, match="2 of 2 signals stopped at 1 iterations"):
        model.codes(np.random.default_rng(0).normal(size=(2, 20)))


@pytest.mark.parametrize("model", ["subspace", "sparse"])
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"labels": np.array([0, 1, 3])}, "labels run from"),
        ({"labels": np.array([0, 1, 1])}, "labels lack class 2"),
        ({"labels": np.array([0.0, 1, 2])}, "labels have shape"),
        ({"labels": np.array([0, 1])}, "labels have shape"),
        ({"images": np.full((3, 4), np.inf)}, "infinite"),
        ({"images": np.zeros((0, 4))}, "images have shape"),
    ],
)
def test_bad_training_sets_are_refused(model: str, changed: dict, message: str) -> None:
    given = {"images": np.eye(3, 4), "labels": np.arange(3)} | changed
    fit = partial(ClassSubspaces.fit, directions=1) if model == "subspace" else SparseRepresentation.fit
    with pytest.raises(ValueError, match=message):
        fit(**given, classes=3)


def test_bad_settings_and_signals_are_refused() -> None:
    images, labels = np.eye(3, 4), np.arange(3)
    with pytest.raises(ValueError, match="directions"):
        ClassSubspaces.fit(images, labels, 3, directions=0)
    with pytest.raises(ValueError, match="alpha"):
        SparseRepresentation.fit(images, labels, 3, alpha=1.0)
    model = ClassSubspaces.fit(images, labels, 3, directions=1)
    for signals in (np.zeros((2, 3)), np.zeros(4)):
        with pytest.raises(ValueError, match="signals have shape"):
            model.classify(signals)
    with pytest.raises(ValueError, match="NaN"):
        model.classify(np.full((1, 4), np.nan))


def test_principal_components_project_around_the_mean() -> None:
    random = np.random.default_rng(0)
    images = 3 + random.normal(size=(50, 3)) @ random.normal(size=(3, 8))
    model = PrincipalComponents.fit(images, 3)
    np.testing.assert_allclose(model.denoise(images), images, atol=1e-10)
    one = PrincipalComponents.fit(images, 1).denoise(images)
    values = np.linalg.svd(images - images.mean(axis=0), compute_uv=False)
    assert ((one - images) ** 2).sum() == pytest.approx((values[1:] ** 2).sum())
    for components in (0, 9):
        with pytest.raises(ValueError, match="components"):
            PrincipalComponents.fit(images, components)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), height=st.integers(1, 6), width=st.integers(1, 6))
def test_divergence_is_minus_the_adjoint_of_the_gradient(seed: int, height: int, width: int) -> None:
    random = np.random.default_rng(seed)
    u, p = random.normal(size=(2, height, width)), random.normal(size=(2, 2, height, width))
    assert (gradient(u) * p).sum() == pytest.approx(-(u * divergence(p)).sum())


@pytest.mark.parametrize("weight", [0.05, 0.3])
def test_total_variation_denoising_closes_its_duality_gap(weight: float) -> None:
    f = np.random.default_rng(0).uniform(size=(2, 7, 9))
    u = total_variation_denoised(f, weight, 3000)
    primal = ((u - f) ** 2).sum(axis=(1, 2)) / 2 + weight * total_variation(u)
    # u = f - w div p with |p| <= 1, whose dual value is (||f||^2 - ||u||^2) / 2.
    dual = ((f**2).sum(axis=(1, 2)) - (u**2).sum(axis=(1, 2))) / 2
    assert (primal - dual >= -1e-9).all()
    assert (primal - dual <= 1e-3 * primal).all()


def test_total_variation_against_a_conic_solver() -> None:
    cp = pytest.importorskip("cvxpy")
    f = np.random.default_rng(1).uniform(size=(5, 6))
    u = cp.Variable(f.shape)
    down = cp.vstack([u[1:] - u[:-1], np.zeros((1, 6))])
    right = cp.hstack([u[:, 1:] - u[:, :-1], np.zeros((5, 1))])
    slopes = cp.vstack([cp.vec(down, order="C"), cp.vec(right, order="C")])
    problem = cp.Problem(cp.Minimize(cp.sum_squares(u - f) / 2 + 0.2 * cp.sum(cp.norm(slopes, 2, axis=0))))
    problem.solve(solver="CLARABEL")
    np.testing.assert_allclose(total_variation_denoised(f[None], 0.2, 2000)[0], u.value, atol=1e-3)


def test_total_variation_keeps_means_and_flattens_noise() -> None:
    f = np.random.default_rng(0).uniform(size=(3, 8, 8))
    np.testing.assert_allclose(total_variation_denoised(f, 0.1).mean(axis=(1, 2)), f.mean(axis=(1, 2)))
    flat = total_variation_denoised(f, 100.0, 5_000)
    np.testing.assert_allclose(flat, np.broadcast_to(f.mean(axis=(1, 2), keepdims=True), f.shape), atol=0.02)
    np.testing.assert_array_equal(total_variation_denoised(f, 0.0), f)
    constant = np.full((1, 4, 4), 0.3)
    np.testing.assert_allclose(total_variation_denoised(constant, 0.5), constant)
    assert total_variation_denoised(f[:0], 0.1).shape == (0, 8, 8)
    for arguments in ((f[0], 0.1, 5), (f, -0.1, 5), (f, 0.1, 0), (np.full((1, 2, 2), np.nan), 0.1, 5)):
        with pytest.raises(ValueError, match="expected"):
            total_variation_denoised(*arguments)


def test_a_denoised_network_sees_denoised_signals() -> None:
    signals = np.random.default_rng(0).uniform(size=(4, 12))
    denoiser = TotalVariation((3, 4), 0.2, 30)
    cleaned = total_variation_denoised(signals.reshape(4, 3, 4), 0.2, 30).reshape(4, 12)
    np.testing.assert_array_equal(denoiser.denoise(signals), cleaned)
    found = DenoisedNetwork(denoiser, first_scores(5, 12)).classify(signals)
    np.testing.assert_array_equal(found, cleaned[:, :5].argmax(axis=1))
    with pytest.raises(ValueError, match="signals have shape"):
        denoiser.denoise(np.zeros((2, 13)))


def test_norm_ratios_of_known_residuals() -> None:
    found = norm_ratios(np.array([[3.0, 4, 0, 0], [1, -1, 1, -1], [0, 0, 0, 0]]))
    np.testing.assert_allclose(found, [[1.4, 0.8, 0.5], [2, 0.5, 1], [0, 0, 0]])
    with pytest.raises(ValueError, match="residuals"):
        norm_ratios(np.zeros(4))


def test_the_detector_tells_flat_from_sparse_residuals() -> None:
    random = np.random.default_rng(0)
    flat = 0.3 * np.sign(random.normal(size=(60, 50)))
    sparse = np.where(random.uniform(size=(60, 50)) < 0.1, random.normal(size=(60, 50)), 0) + 1e-5
    signals, attacks = np.concatenate([flat, sparse]), np.repeat([2, 0], 60)
    detector = NormRatioRegression(lambda x: x)
    with pytest.raises(RuntimeError, match="fit first"):
        detector.identify(signals)
    with pytest.raises(ValueError, match="attacks have shape"):
        detector.fit(signals, attacks[:-1])
    with pytest.raises(ValueError, match="1 families"):
        detector.fit(signals[:60], attacks[:60])
    detector.fit(signals[::2], attacks[::2])
    np.testing.assert_array_equal(detector.identify(signals[1::2]), attacks[1::2])
    assert detector.identify(signals[:0]).shape == (0,)
