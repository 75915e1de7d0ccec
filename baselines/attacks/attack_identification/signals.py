"""Checks of signals and labels that the baselines share."""

import numpy as np


def checked_signals(signals: np.ndarray, dimension: int) -> np.ndarray:
    """Return signals as float64 (n, dimension).

    Raises:
        ValueError: another shape, or values that are not finite.
    """
    rows = np.asarray(signals, np.float64)
    if rows.ndim != 2 or rows.shape[1] != dimension:
        raise ValueError(f"signals have shape {rows.shape}; expected (signals, {dimension})")
    if not np.isfinite(rows).all():
        raise ValueError("signals hold NaN or infinite values; expected finite ones")
    return rows


def checked_training(images: np.ndarray, labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return images as float64 (n, d) and labels as int64 (n,).

    Raises:
        ValueError: shapes that do not fit, values that are not finite, labels out of range, or a class without
            images.
    """
    given = np.asarray(images)
    if given.ndim != 2 or not given.size:
        raise ValueError(f"images have shape {given.shape}; expected (images, d), at least one")
    rows, y = checked_signals(given, given.shape[1]), np.asarray(labels)
    if y.shape != (len(rows),) or not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"labels have shape {y.shape} and type {y.dtype}; expected ({len(rows)},) integers")
    if y.min() < 0 or y.max() >= classes:
        raise ValueError(f"labels run from {y.min()} to {y.max()}; expected 0 to {classes - 1}")
    missing = np.setdiff1d(np.arange(classes), y)
    if len(missing):
        raise ValueError(f"labels lack class {missing[0]}; expected an image or more of each of {classes} classes")
    return rows, y.astype(np.int64)
