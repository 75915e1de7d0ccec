"""Metrics of class predictions, and checks of the predictions. Numpy only: the parent scores."""

import numpy as np

from harness.contract.report import Report
from harness.errors import BadPrediction


def validation_loss(scores: np.ndarray, targets: np.ndarray, num_classes: int) -> float:
    """Return the negative log-likelihood of validation scores, NaN where they are not finite.

    Raises:
        BadPrediction: not a numeric (len(targets), num_classes) array.
    """
    _check_shape(scores, len(targets), num_classes)
    return negative_log_likelihood(scores, targets) if np.isfinite(scores).all() else float("nan")


def check_scores(scores: np.ndarray, num_items: int, num_classes: int) -> np.ndarray:
    """Return class scores as float64 after checking them.

    Raises:
        BadPrediction: not a numeric (num_items, num_classes) array, or NaN or infinite values in it.
    """
    _check_shape(scores, num_items, num_classes)
    bad = int((~np.isfinite(scores)).sum())
    if bad:
        raise BadPrediction(f"class scores must be finite, got {bad} NaN or infinite of {scores.size} values")
    return scores.astype(np.float64)


def _check_shape(scores: np.ndarray, num_items: int, num_classes: int) -> None:
    expected = (num_items, num_classes)
    if scores.dtype.kind not in "fiu" or scores.shape != expected:
        raise BadPrediction(
            f"class scores must be a numeric array of shape {expected}, got {scores.dtype} of shape {scores.shape}"
        )


def score_classes(report: Report, targets: np.ndarray, num_classes: int, metric: str) -> dict[str, float]:
    """Return the metrics of class predictions: the task's first, and `test_peek_max` where epochs were kept.

    `test_peek_max` is the best accuracy over training epochs, which looks at test targets: a diagnostic only.

    Raises:
        BadPrediction: no `scores`, scores that :func:`check_scores` rejects, or no classes for each epoch and item.
    """
    scores = check_scores(report["scores"], len(targets), num_classes)
    metrics = classification_metrics(metric, scores, targets)
    if "epoch_classes" in report.predictions and metric == "accuracy":
        by_epoch = np.mean(_epoch_classes(report, len(targets)) == targets, axis=1)
        metrics["test_peek_max"] = max(float(by_epoch.max()), accuracy(scores, targets))
    return metrics


def _epoch_classes(report: Report, num_items: int) -> np.ndarray:
    given = report["epoch_classes"]
    if given.dtype.kind not in "iu" or given.ndim != 2 or not len(given) or given.shape[1] != num_items:
        expected = f"(epochs, {num_items})"
        raise BadPrediction(
            f"epoch_classes must be whole numbers of shape {expected}, got {given.dtype} of shape {given.shape}"
        )
    return given


def classification_metrics(metric: str, scores: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """Return the task's metric first: accuracy or the area under the ROC curve, and the negative log-likelihood.

    Raises:
        ValueError: the metric is not one of accuracy, roc_auc, nll.
    """
    likelihood = {"nll": negative_log_likelihood(scores, targets)}
    if metric == "accuracy":
        return {metric: accuracy(scores, targets), **likelihood}
    if metric == "roc_auc":
        return {metric: roc_auc(scores[:, 1] - scores[:, 0], targets), **likelihood}
    if metric == "nll":
        return {**likelihood, "accuracy": accuracy(scores, targets)}
    raise ValueError(f"metric must be accuracy, roc_auc or nll for classification, got {metric!r}")


def accuracy(scores: np.ndarray, targets: np.ndarray) -> float:
    """Return the share of items whose largest score is at the target; the lower class wins ties."""
    return float(np.mean(scores.argmax(axis=1) == targets))


def roc_auc(scores: np.ndarray, targets: np.ndarray) -> float:
    """Return the area under the ROC curve of binary `targets`: P(score of a positive > of a negative) + ½P(=).

    Raises:
        BadPrediction: the targets hold one class only, so that the area is undefined.
    """
    from scipy.stats import rankdata

    positives = int(targets.sum())
    negatives = len(targets) - positives
    if positives == 0 or negatives == 0:
        raise BadPrediction("the area under the ROC curve needs both classes among the scored items")
    rank_sum = rankdata(scores)[targets == 1].sum()
    return float((rank_sum - positives * (positives + 1) / 2) / (positives * negatives))


def negative_log_likelihood(scores: np.ndarray, targets: np.ndarray) -> float:
    """Return the mean negative log-likelihood of softmax(`scores`), shape (n, classes), at integer `targets`."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_normaliser = np.log(np.exp(shifted).sum(axis=1))
    return float(np.mean(log_normaliser - shifted[np.arange(len(targets)), targets]))
