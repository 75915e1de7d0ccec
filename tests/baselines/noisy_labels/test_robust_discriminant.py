"""The robust discriminant: linear discriminant analysis and minimum covariance determinant of scikit-learn."""

import numpy as np
import pytest
from sklearn.covariance import MinCovDet
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from baselines.noisy_labels.calibration.robust_discriminant import (
    estimate,
    gaussian_score,
    robust_discriminant,
)


def clusters(count: int = 200, classes: int = 3, width: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Equally many items of Gaussian classes with one covariance."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(classes), count)
    mixing = random.standard_normal((width, width))
    return 4 * random.standard_normal((classes, width))[labels] + random.standard_normal(
        (len(labels), width)
    ) @ mixing, labels


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_posteriors_are_those_of_linear_discriminant_analysis(scale: float) -> None:
    features, labels = clusters()
    features = scale * features
    own = estimate(features, [np.flatnonzero(labels == k) for k in range(3)])
    peer = LinearDiscriminantAnalysis(solver="lsqr", priors=np.full(3, 1 / 3), store_covariance=True)
    peer.fit(features, labels)
    np.testing.assert_allclose(own.means, peer.means_)
    np.testing.assert_allclose(np.linalg.inv(own.precision), peer.covariance_, rtol=1e-6)
    np.testing.assert_allclose(own.probabilities(features), peer.predict_proba(features), atol=1e-6)


def test_selected_items_are_those_of_linear_discriminant_analysis() -> None:
    """With share 1 every item counts, twice: the result is the analysis itself."""
    features, labels = clusters()
    own = robust_discriminant(features, labels, 3, np.random.default_rng(0), share=1.0)
    peer = LinearDiscriminantAnalysis(solver="lsqr", priors=np.full(3, 1 / 3)).fit(features, labels)
    np.testing.assert_allclose(own.probabilities(features), peer.predict_proba(features), atol=1e-6)


def test_contaminated_means_are_near_those_of_the_minimum_covariance_determinant() -> None:
    """A fifth of each class is mislabelled: robust means are nearer to MinCovDet's than plain means are."""
    features, truth = clusters(count=300)
    random = np.random.default_rng(1)
    labels = np.where(random.random(len(truth)) < 0.2, random.integers(3, size=len(truth)), truth)
    own = robust_discriminant(features, labels, 3, random)
    for k in range(3):
        member = features[labels == k]
        robust = MinCovDet(support_fraction=0.7, random_state=0).fit(member).location_
        assert np.linalg.norm(own.means[k] - robust) < 0.5 * np.linalg.norm(member.mean(axis=0) - robust)
    assert np.mean(own.probabilities(features).argmax(1) == truth) > 0.9


def test_score_by_hand() -> None:
    found = gaussian_score(np.array([[3.0, 1.0]]), np.array([1.0, 1.0]), np.diag([0.25, 1.0]))
    np.testing.assert_allclose(found, [-0.5 * 4 * 0.25])


def test_singular_covariance_has_a_pseudo_inverse() -> None:
    features, labels = clusters()
    doubled = np.concatenate([features, features], axis=1)
    one, two = (
        robust_discriminant(x, labels, 3, np.random.default_rng(0)).probabilities(x) for x in (features, doubled)
    )
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_absent_and_single_classes() -> None:
    features, labels = clusters(count=20)
    labels = np.where(labels == 2, 3, labels)
    labels[0] = 4
    own = robust_discriminant(features, labels, 5, np.random.default_rng(0))
    found = own.probabilities(features)
    assert found[:, 2].max() == 0
    assert np.isfinite(found).all()
    np.testing.assert_allclose(own.means[4], features[0])


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (np.zeros((0, 2)), np.zeros(0, int), "n > 0, got .0, 2."),
        (np.zeros((3, 2)), np.zeros(2, int), "n labels, n > 0, got .3, 2. and .2,."),
        (np.full((3, 2), np.nan), np.zeros(3, int), "features must be finite"),
    ],
)
def test_features_that_do_not_fit(features: np.ndarray, labels: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        robust_discriminant(features, labels, 2, np.random.default_rng(0))
