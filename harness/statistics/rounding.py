"""Rounding that keeps float noise from breaking ties and from making variances of 1e-34."""

import math

import numpy as np

NOISE_DIGITS = 12


def round_away_noise(differences: np.ndarray, *scores: np.ndarray, digits: int = NOISE_DIGITS) -> np.ndarray:
    """Round differences to `digits` digits of the largest score they come from.

    0.3 − 0.2 and 0.4 − 0.3 differ by 1e-16: without rounding, ties and zero variances would be decided by noise.
    Infinite differences and scores are left as they are.
    """
    magnitudes = np.abs(np.concatenate([np.ravel(s) for s in scores]))
    scale = float(np.max(magnitudes, where=np.isfinite(magnitudes), initial=0.0))
    if scale < 1e-290:  # zero, or so small that the rounding unit would underflow
        return differences
    unit = 10.0 ** (math.ceil(math.log10(scale)) - digits)
    return np.asarray(np.rint(differences / unit) * unit)
