"""Scores of class probabilities against clean labels, and checks of what workers report."""

import numpy as np

from harness.contract.scoring import accuracy, check_scores, negative_log_likelihood
from harness.errors import BadPrediction

BINS = 15
TOLERANCE = 1e-4


def check_probabilities(given: np.ndarray, num_items: int, num_classes: int) -> np.ndarray:
    """Return class probabilities (n, classes) as float64.

    Raises:
        BadPrediction: another shape or type, values that are not finite or negative, or rows that do not sum to 1.
    """
    found = np.asarray(check_scores(given, num_items, num_classes), np.float64)
    sums = found.sum(axis=1)
    if found.size and (found.min() < 0 or np.abs(sums - 1).max() > TOLERANCE):
        worst = float(sums[np.abs(sums - 1).argmax()])
        raise BadPrediction(
            f"probabilities must be 0 or more and sum to 1, got a smallest value of {found.min():g} and a sum of "
            f"{worst:g}"
        )
    return found / sums[:, None]


def classification(probabilities: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """Return accuracy, negative log-likelihood and expected calibration error of probabilities (n, classes)."""
    floor = np.finfo(np.float32).tiny
    return {
        "accuracy": accuracy(probabilities, targets),
        "nll": negative_log_likelihood(np.log(np.maximum(probabilities, floor)), targets),
        "ece": calibration_error(probabilities, targets),
    }


def calibration_error(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> float:
    """Return the expected calibration error of the predicted class, over bins of equal width (Guo et al. 2017).

    ``sum_b n_b / n |accuracy_b - confidence_b|``; a confidence on a bin's edge belongs to the lower bin.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == targets
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(place, right - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(targets))


def check_transition(given: np.ndarray, num_classes: int) -> np.ndarray:
    """Return a transition matrix (classes, classes) as float64; raises as :func:`check_probabilities`."""
    return check_probabilities(given, num_classes, num_classes)
