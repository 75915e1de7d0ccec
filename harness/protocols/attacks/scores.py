"""Metrics of attack identification, from the predictions for each group of test signals. Numpy only."""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.contract.confusion import confusion_counts, recalls
from harness.errors import BadPrediction


def class_metrics(
    predicted: Mapping[str, np.ndarray], targets: np.ndarray, families: Sequence[str]
) -> dict[str, float]:
    """Return accuracies of the class, the ranked `accuracy` (mean over the attack families) first.

    Args:
        predicted: group of signals -> predicted class of each signal, of the first test images or all.
        targets: class of each test image, (t,).
    """
    of = {name: float(np.mean(labels == targets[: len(labels)])) for name, labels in predicted.items()}
    metrics = {
        "accuracy": float(np.mean([of[family] for family in families])),
        "accuracy_clean": of["clean"],
        **{f"accuracy_{family}": of[family] for family in families},
        "accuracy_held_out_eps": float(np.mean([of[f"held_out_{family}"] for family in families])),
        **{f"accuracy_held_out_eps_{family}": of[f"held_out_{family}"] for family in families},
    }
    if "carlini_wagner" in of:
        metrics["accuracy_carlini_wagner"] = of["carlini_wagner"]
    return metrics


def attack_metrics(predicted: Mapping[str, np.ndarray], families: Sequence[str]) -> dict[str, float]:
    """Return scores of the predicted attack families: accuracy, recalls and the row-normalised confusion.

    Args:
        predicted: group of signals -> predicted family of each signal, (t,).
    """
    size = len(predicted[families[0]])
    truth = np.repeat(np.arange(len(families)), size)
    counts = confusion_counts(np.concatenate([predicted[family] for family in families]), truth, len(families))
    held_out = [np.mean(predicted[f"held_out_{family}"] == number) for number, family in enumerate(families)]
    return {
        "attack_accuracy": float(np.trace(counts) / counts.sum()),
        **{f"attack_recall_{f}": float(recall) for f, recall in zip(families, recalls(counts), strict=True)},
        **{
            f"attacks_{true}_as_{named}": float(counts[i, j] / size)
            for i, true in enumerate(families)
            for j, named in enumerate(families)
        },
        "attack_accuracy_held_out_eps": float(np.mean(held_out)),
    }


def checked_numbers(values: np.ndarray, name: str, count: int, limit: int) -> np.ndarray:
    """Return classes or families as int64.

    Raises:
        BadPrediction: not `count` whole numbers in 0..limit-1.
    """
    given = np.asarray(values)
    if given.shape != (count,) or given.dtype.kind not in "iu":
        raise BadPrediction(f"{name} must be {count} whole numbers, got {given.dtype} of shape {given.shape}")
    if count and not 0 <= int(given.min()) <= int(given.max()) < limit:
        raise BadPrediction(f"{name} must lie in 0..{limit - 1}, got {given.min()}..{given.max()}")
    return given.astype(np.int64)


def checked_reals(values: np.ndarray, name: str, count: int, *, missing: bool = False) -> np.ndarray:
    """Return real numbers as float64; NaN is allowed where a value may be missing.

    Raises:
        BadPrediction: not `count` numbers of 0 or more.
    """
    given = np.asarray(values)
    if given.shape != (count,) or given.dtype.kind not in "fiu":
        raise BadPrediction(f"{name} must be {count} numbers, got {given.dtype} of shape {given.shape}")
    real = given.astype(np.float64)
    wrong = ~(np.isfinite(real) & (real >= 0)) & ~(missing & np.isnan(real))
    if wrong.any():
        raise BadPrediction(f"{name} must be finite numbers of 0 or more, got {real[wrong][0]}")
    return real
