"""Maximum-likelihood labels of a crowd by EM (Dawid & Skene 1979). Numpy and scipy only.

Every annotator r has a confusion matrix Theta_r, whose row k holds the probabilities of its labels for images of
class k; pi holds the shares of the classes.

    E   posterior of class k of an image  ~  pi_k  prod over its labels l by r of Theta_r[k, l]
    M   Theta_r[k, l] ~ smoothing + sum of the posteriors of k over the images r labelled l;  pi = mean posterior

Posteriors start as the shares of the votes. Both sums are products with one sparse matrix (images, annotators x
classes) that holds a 1 for each label. With a single annotator the model is not identified, and the labels are
returned.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from harness.protocols.noisy_labels.arrays import Annotations

FLOOR = 1e-10
"""Least count and least share of a class, so that no logarithm is infinite without smoothing."""


@dataclass(frozen=True)
class DawidSkene:
    """Result of the EM algorithm.

    Attributes:
        posterior: (n, classes) float64, probability of each class of each image.
        confusions: (annotators, classes, classes) float64, rows are true classes; those of the last M step.
        priors: (classes,) float64.
        iterations: E steps that were run.
        converged: whether no posterior changed by more than the tolerance in the last one.
    """

    posterior: np.ndarray
    confusions: np.ndarray
    priors: np.ndarray
    iterations: int
    converged: bool


def dawid_skene(
    given: Annotations, smoothing: float = 0.01, most_iterations: int = 100, tolerance: float = 1e-6
) -> DawidSkene:
    """Return posteriors and confusion matrices.

    Args:
        smoothing: count that every entry of every confusion matrix has before a label is seen.
        tolerance: largest change of a posterior at which the algorithm stops.

    Raises:
        ValueError: a negative smoothing or tolerance, or less than one iteration.
    """
    if not (smoothing >= 0 and tolerance >= 0 and most_iterations >= 1):
        raise ValueError(
            f"smoothing and tolerance must be 0 or more and most_iterations 1 or more, got {smoothing!r}, "
            f"{tolerance!r}, {most_iterations!r}"
        )
    if given.num_annotators == 1:
        return _believed(given)
    classes, columns = given.num_classes, given.annotator * given.num_classes + given.label
    shape = (given.num_items, given.num_annotators * classes)
    labels = csr_matrix((np.ones(len(given)), (given.item, columns)), shape)
    transposed = labels.T.tocsr()
    posterior = given.votes / given.counts[:, None]
    confusions, priors = _maximised(transposed, posterior, smoothing)
    done, converged = 0, False
    while done < most_iterations and not converged:
        scores = labels @ np.log(confusions) + np.log(priors)
        updated = np.exp(scores - scores.max(axis=1, keepdims=True))
        updated /= updated.sum(axis=1, keepdims=True)
        converged = bool(np.abs(updated - posterior).max() <= tolerance)
        posterior, done = updated, done + 1
        confusions, priors = _maximised(transposed, posterior, smoothing)
    by_annotator = confusions.reshape(-1, classes, classes).transpose(0, 2, 1)
    return DawidSkene(posterior, by_annotator, priors, done, converged)


def _believed(given: Annotations) -> DawidSkene:
    posterior = given.votes / given.counts[:, None]
    confusions = np.eye(given.num_classes)[None]
    return DawidSkene(posterior, confusions, posterior.mean(axis=0), 0, True)


def _maximised(transposed: csr_matrix, posterior: np.ndarray, smoothing: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Theta as (annotators x labels, true classes), and the shares of the classes."""
    classes = posterior.shape[1]
    counts = np.maximum(transposed @ posterior + smoothing, FLOOR).reshape(-1, classes, classes)
    confusions = (counts / counts.sum(axis=1, keepdims=True)).reshape(-1, classes)
    return confusions, np.maximum(posterior.mean(axis=0), FLOOR)
