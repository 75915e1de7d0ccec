"""NPC's formulas: worked digits, numerical integrals, gradients, limits, the proposition against Bayes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate
from scipy.stats import gamma

from methods.npc.composition import compose, prediction_matrix, softplus_of_sums
from methods.npc.divergence import LARGEST_LOG, gamma_divergence, gamma_sample, reconstruction_error
from methods.npc.prior import prior_concentration
from methods.npc.proposition import prediction_matrix_of_transition

PRIOR = torch.tensor([1.25, 1.25, 6.25, 1.25], dtype=torch.float64)
POSTERIOR = torch.tensor([1.5, 2.0, 4.0, 1.75], dtype=torch.float64)
UNIFORM = torch.tensor([0.25, 0.5, 0.75, 0.9], dtype=torch.float64)
shapes = st.floats(1.01, 50)


def test_divergence_by_hand() -> None:
    terms = gamma_divergence(POSTERIOR, PRIOR)
    np.testing.assert_allclose(terms, [0.031633, 0.218816, 0.601580, 0.109866], atol=1e-6)
    assert float(terms.sum()) == pytest.approx(0.961895, abs=1e-6)


@pytest.mark.parametrize("place", range(4))
def test_divergence_is_the_integral(place: int) -> None:
    own, other = gamma(float(POSTERIOR[place])), gamma(float(PRIOR[place]))
    value, _ = integrate.quad(lambda x: own.pdf(x) * (own.logpdf(x) - other.logpdf(x)), 0, 80, limit=200)
    assert float(gamma_divergence(POSTERIOR, PRIOR)[place]) == pytest.approx(value, abs=1e-7)


@given(st.lists(st.tuples(shapes, shapes), min_size=1, max_size=6))
def test_divergence_is_never_negative_and_0_for_equals(pairs: list[tuple[float, float]]) -> None:
    posterior, prior = torch.tensor(pairs, dtype=torch.float64).T
    assert float(gamma_divergence(posterior, prior).min()) >= -1e-10
    assert float(gamma_divergence(prior, prior).abs().max()) == 0


def test_sample_by_hand() -> None:
    found = gamma_sample(POSTERIOR, UNIFORM)
    np.testing.assert_allclose(found, [0.479790, 1.000000, 2.059767, 1.235339], atol=1e-6)


def test_sample_is_the_quantile_in_the_lower_tail_only() -> None:
    exact = gamma(POSTERIOR.numpy()).ppf
    np.testing.assert_allclose(exact(UNIFORM), [0.606, 1.678, 5.109, 3.513], atol=1e-3)
    tail = torch.full_like(UNIFORM, 1e-6)
    np.testing.assert_allclose(gamma_sample(POSTERIOR, tail), exact(tail), rtol=0.04)


def test_sample_stays_finite_with_its_gradient() -> None:
    concentration = torch.tensor([1.01, 2.0, 1e5], requires_grad=True)
    found = gamma_sample(concentration, torch.tensor([0.0, 0.0, 1.0]))
    found.sum().backward()
    assert concentration.grad is not None
    assert torch.isfinite(found).all()
    assert torch.isfinite(concentration.grad).all()
    assert float(found.max()) <= np.exp(LARGEST_LOG) * 1.0001


def test_reconstruction_by_hand() -> None:
    logits = torch.tensor([[-1.0, 0.5, 2.0, -0.25]], dtype=torch.float64)
    target = torch.tensor([[0.0, 0.0, 1.0, 0.0]], dtype=torch.float64)
    assert float(reconstruction_error(logits, target)) == pytest.approx(1.990206, abs=1e-6)
    twice = reconstruction_error(logits.repeat(2, 1), target.repeat(2, 1))
    assert float(twice) == pytest.approx(2 * 1.990206, abs=1e-5), "a sum, not a mean"


def test_gradients() -> None:
    generator = torch.Generator().manual_seed(0)
    posterior = (1.1 + 5 * torch.rand(3, 4, generator=generator, dtype=torch.float64)).requires_grad_()
    prior = 1.25 + 5 * torch.rand(3, 4, generator=generator, dtype=torch.float64)
    uniform = torch.rand(3, 4, generator=generator, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda a: gamma_divergence(a, prior), (posterior,))
    assert torch.autograd.gradcheck(lambda a: gamma_sample(a, uniform), (posterior,))


ROWS = torch.tensor([[[3, 1.25, 1.5], [1.5, 2.5, 1.4], [1.6, 1.5, 4]]], dtype=torch.float64)


def test_composition_by_hand() -> None:
    matrix = prediction_matrix(ROWS)
    expected = [[0.727273, 0.090909, 0.181818], [0.208333, 0.625, 0.166667], [0.146341, 0.121951, 0.731707]]
    np.testing.assert_allclose(matrix[0], expected, atol=1e-6)
    found = compose(matrix, torch.tensor([[0.5, 0.3, 0.2]], dtype=torch.float64))
    np.testing.assert_allclose(found[0], [0.455405, 0.257345, 0.287251], atol=1e-6)


@given(st.integers(1, 5), st.integers(2, 7), st.integers(0, 2**31))
def test_limits_of_the_composition(count: int, classes: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    given_ = torch.from_numpy(random.dirichlet(np.ones(classes), size=count))
    identity = torch.eye(classes, dtype=torch.float64).expand(count, -1, -1)
    assert torch.equal(compose(identity, given_), given_), "H = I returns the classifier's own probabilities"
    concentration = torch.from_numpy(1 + random.exponential(size=(count, classes, classes)))
    matrix = prediction_matrix(concentration)
    np.testing.assert_allclose(matrix.sum(-1), 1, atol=1e-6)
    np.testing.assert_allclose(compose(matrix, given_).sum(-1), 1, atol=1e-6)
    alike = prediction_matrix(concentration[:, :1].expand(-1, classes, -1))
    other = torch.from_numpy(random.dirichlet(np.ones(classes), size=count))
    np.testing.assert_allclose(compose(alike, given_), compose(alike, other), atol=1e-12)


def test_a_row_without_excess_is_uniform() -> None:
    np.testing.assert_allclose(prediction_matrix(torch.ones(1, 4, 4)), 0.25)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 30.0, 200.0])
def test_softplus_of_sums(scale: float) -> None:
    random = np.random.default_rng(0)
    a, w = (scale * random.uniform(-1, 1, (5, 3)) for _ in range(2))
    expected = np.logaddexp(0, a[:, None, :] + w[None])
    for dtype, rtol in ((torch.float64, 1e-9), (torch.float32, 1e-4)):
        found = softplus_of_sums(torch.from_numpy(a).to(dtype), torch.from_numpy(w).to(dtype))
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-6)


def test_prior_by_hand() -> None:
    onehot = np.array([[0.0, 0.0, 1.0, 0.0]])
    np.testing.assert_allclose(prior_concentration(onehot, 5, 1.25), [[1.25, 1.25, 6.25, 1.25]])
    shares = np.array([[0.5, 0.1, 0.3, 0.1]])
    np.testing.assert_allclose(prior_concentration(shares, 5, 1.25), [[3.75, 1.75, 2.75, 1.75]])
    np.testing.assert_allclose(prior_concentration(shares, 5, 1.25, top=2), [[3.75, 1.25, 2.75, 1.25]])
    np.testing.assert_allclose(prior_concentration(shares, 5, 1.25, top=9), [[3.75, 1.75, 2.75, 1.75]])


@given(st.integers(2, 6), st.integers(0, 2**31))
@settings(deadline=None)
def test_proposition_is_bayes(classes: int, seed: int) -> None:
    """H equals p(y | ŷ) of the joint distribution p(y) T R, summed over the noisy label."""
    random = np.random.default_rng(seed)
    clean = random.dirichlet(np.ones(classes))
    transition, prediction = random.dirichlet(np.ones(classes), size=(2, classes))
    joint = np.zeros((classes, classes))  # of y and ŷ
    for y in range(classes):
        for label in range(classes):
            for k in range(classes):
                joint[y, k] += clean[y] * transition[y, label] * prediction[label, k]
    found, predicted = prediction_matrix_of_transition(clean, transition, prediction)
    np.testing.assert_allclose(predicted, joint.sum(0), atol=1e-12)
    np.testing.assert_allclose(found, (joint / joint.sum(0)).T, atol=1e-9)


def test_proposition_of_two_classes_by_hand() -> None:
    """p(ŷ = 0) = 0.6 · 0.9 + 0.4 · 0.2 = 0.62, of which 0.54 is of class 0."""
    transition = np.array([[0.9, 0.1], [0.2, 0.8]])
    found, predicted = prediction_matrix_of_transition(np.array([0.6, 0.4]), transition, np.eye(2))
    np.testing.assert_allclose(predicted, [0.62, 0.38])
    np.testing.assert_allclose(found, [[0.54 / 0.62, 0.08 / 0.62], [0.06 / 0.38, 0.32 / 0.38]])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"clean": np.array([0.6, 0.6])}, "clean must be 0 or more and sum to 1"),
        ({"transition": np.eye(3)}, r"transition must have shape \(2, 2\), got \(3, 3\)"),
        ({"prediction": np.array([[0.0, 1.0], [0.0, 1.0]])}, "every class must be predicted"),
    ],
)
def test_no_distributions(changes: dict[str, np.ndarray], message: str) -> None:
    fine = {"clean": np.array([0.5, 0.5]), "transition": np.eye(2), "prediction": np.eye(2)}
    with pytest.raises(ValueError, match=message):
        prediction_matrix_of_transition(**{**fine, **changes})
