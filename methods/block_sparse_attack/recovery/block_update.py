"""The exact minimiser of the objective over one group (Qin, Scheinberg & Goldfarb 2013)."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def exact_update(squares: np.ndarray, image: np.ndarray, lam: float, mu: float) -> np.ndarray:
    """Return argmin_z ``1/2 z^T diag(s^2) z - q^T z + lam ||z|| + mu/2 ||z||^2``.

    ``z = q / (s^2 + mu + lam/t)`` where t = ||z|| solves ``1 = 1/n(t)``, ``n(t) = ||q / ((s^2 + mu) t + lam)||``.
    ``1 - 1/n`` is decreasing and convex, so Newton's method climbs from t = 0 to the root without a safeguard.

    Args:
        squares: s^2, (rank,).
        image: q, (rank,).
    """
    norm = np.sqrt((image * image).sum())
    if norm <= lam:
        return np.zeros_like(image)
    t = 0.0
    for _ in range(60):
        total, slope = 0.0, 0.0
        for i in range(image.size):
            pivot = (squares[i] + mu) * t + lam
            term = (image[i] / pivot) ** 2
            total += term
            slope += term * (squares[i] + mu) / pivot
        n = np.sqrt(total)
        if slope == 0.0:
            break
        change = (n - 1) * total / slope  # (1 - 1/n) / (slope / n^3)
        t += change
        if abs(change) <= 1e-16 * t:
            break
    return image * t / ((squares + mu) * t + lam)
