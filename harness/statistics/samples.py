"""Samples as vectors, protected from float noise that breaks ties and makes variances of 1e-34."""

import math

import numpy as np
from numpy.typing import ArrayLike

NOISE_DIGITS = 12
ERRATIC = 10.0
"""Standard deviation of an erratic contender, at least, in units of the median one."""


def finite_sample(name: str, values: ArrayLike, minimum: int = 1) -> np.ndarray:
    """Return `values` as a float vector.

    Raises:
        ValueError: not one-dimensional, shorter than `minimum`, or not finite.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or len(sample) < minimum:
        raise ValueError(f"{name} must be one-dimensional with at least {minimum} values, got shape {sample.shape}")
    if not np.isfinite(sample).all():
        bad = np.flatnonzero(~np.isfinite(sample))
        raise ValueError(
            f"{name} must be finite, got {sample[bad[0]]} at position {bad[0]} ({bad.size} such values)"
        )
    return sample


def standard_deviation(sample: np.ndarray) -> float:
    """Return the standard deviation (n − 1); exactly 0 where all values agree to nine digits.

    0.9 − 0.8 and 0.8 − 0.7 differ by 1e-16: dividing by such a deviation would turn rounding into certainty.
    """
    return 0.0 if np.ptp(sample) <= 1e-9 * np.abs(sample).max() else float(sample.std(ddof=1))


def standard_error(sample: np.ndarray) -> float:
    """Return the standard error of the mean of independent values; infinite for a single one."""
    n = len(sample)
    return standard_deviation(sample) / math.sqrt(n) if n > 1 else math.inf


def erratic(deviations: np.ndarray) -> np.ndarray:
    """Return a mask, shape (k,), of the standard deviations above `ERRATIC` times their median.

    A contender that sometimes fails to learn can spread a hundred times as widely as the others. The mean of all
    variances would be little more than its own. Of fewer than four contenders, or if most do not vary, none is
    erratic. At least half of the contenders remain.
    """
    typical = float(np.median(deviations)) if len(deviations) > 3 else math.inf
    return (deviations > ERRATIC * typical) & (typical > 0)


def round_away_noise(differences: np.ndarray, *scores: np.ndarray, digits: int = NOISE_DIGITS) -> np.ndarray:
    """Round differences to `digits` digits of the largest score that they come from.

    0.3 − 0.2 and 0.4 − 0.3 differ by 1e-16: without rounding, noise would decide ties and zero variances.
    Infinite differences and scores stay as they are.
    """
    magnitudes = np.abs(np.concatenate([np.ravel(s) for s in scores]))
    scale = float(np.max(magnitudes, where=np.isfinite(magnitudes), initial=0.0))
    if scale < 1e-290:  # zero, or so small that the rounding unit would underflow
        return differences
    unit = 10.0 ** (math.ceil(math.log10(scale)) - digits)
    return np.asarray(np.rint(differences / unit) * unit)
