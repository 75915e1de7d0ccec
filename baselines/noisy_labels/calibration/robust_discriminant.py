"""A linear discriminant with robust means and covariance, on features whose labels are noisy.

Lee et al., Robust Inference via Generative Classifiers for Handling Noisy Labels, ICML 2019 (RoG): one step of the
minimum covariance determinant, with a covariance that all classes share.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import pinvh

SHARE = 0.7  # of each class that the estimates are made of


@dataclass(frozen=True)
class RobustDiscriminant:
    """Gaussian classes with one covariance and a uniform class prior.

    Attributes:
        means: (classes, d); a row of NaN for a class without an item.
        precision: pseudo-inverse of the shared covariance, (d, d).
    """

    means: np.ndarray
    precision: np.ndarray

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Return -½ (x - μ_k)ᵀ Σ⁺ (x - μ_k), (n, classes); -inf for a class without an item."""
        known = ~np.isnan(self.means[:, 0])
        found = np.full((len(features), len(self.means)), -np.inf)
        found[:, known] = np.stack(
            [gaussian_score(features, mean, self.precision) for mean in self.means[known]], axis=1
        )
        return found

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return the posterior of the classes, (n, classes): the softmax of the linear discriminants."""
        scores = self.scores(features)
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def gaussian_score(features: np.ndarray, mean: np.ndarray, precision: np.ndarray) -> np.ndarray:
    """Return -½ the squared Mahalanobis distance of each row of `features`, (n, d), from `mean`; shape (n,)."""
    centred = features - mean
    return -0.5 * np.einsum("nd,nd->n", centred @ precision, centred)


def robust_discriminant(
    features: np.ndarray, labels: np.ndarray, classes: int, random: np.random.Generator, share: float = SHARE
) -> RobustDiscriminant:
    """Return the discriminant of noisily labelled features.

    Means and covariance of a random `share` of each class rank the items of the class; the estimates are those of
    the `share` with the highest scores.

    Args:
        features: (n, d).
        labels: (n,) noisy classes.

    Raises:
        ValueError: no item, features and labels that differ in number, or values that are not finite.
    """
    features = np.asarray(features, np.float64)
    if features.ndim != 2 or labels.shape != (len(features),) or not len(features):
        raise ValueError(f"expected features (n, d) and n labels, n > 0, got {features.shape} and {labels.shape}")
    if not np.isfinite(features).all():
        raise ValueError("features must be finite, got NaN or infinite values")
    members = [np.flatnonzero(labels == k) for k in range(classes)]
    first = estimate(features, [random.permutation(m)[: _kept(m, share)] for m in members])
    best = [
        m[np.argsort(-gaussian_score(features[m], mean, first.precision), kind="stable")[: _kept(m, share)]]
        for m, mean in zip(members, first.means, strict=True)
    ]
    return estimate(features, best)


def estimate(features: np.ndarray, members: list[np.ndarray]) -> RobustDiscriminant:
    """Return means of the given items of each class, and the pseudo-inverse of their pooled covariance."""
    width = features.shape[1]
    means = np.full((len(members), width), np.nan)
    scatter, count = np.zeros((width, width)), 0
    for label, index in enumerate(members):
        if len(index):
            own = features[index]
            means[label] = own.mean(axis=0)
            scatter += (own - means[label]).T @ (own - means[label])
            count += len(index)
    return RobustDiscriminant(means, pinvh(scatter / count))


def _kept(members: np.ndarray, share: float) -> int:
    return max(1, int(share * len(members))) if len(members) else 0
