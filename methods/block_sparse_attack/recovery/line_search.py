"""Exact minimisation of the objective along one direction a signal."""

import numpy as np
from numba import njit

LONGEST_STEP = 4.0


@njit(cache=True, nogil=True)
def step_lengths(
    residual: np.ndarray,
    image: np.ndarray,
    codes: np.ndarray,
    change: np.ndarray,
    starts: np.ndarray,
    lam: np.ndarray,
    mu: np.ndarray,
) -> np.ndarray:
    """Return the minimiser t in [0, 4] of P(c + t change), (signals,), by bisection of its increasing derivative.

    Args:
        residual, image: R and ``D change``, (signals, d).
        codes, change: (signals, p).
        starts: first column of each group, and the end.
        lam, mu: (signals, groups).
    """
    signals, groups = codes.shape[0], starts.size - 1
    steps = np.zeros(signals)
    for b in range(signals):
        slope, bend = 0.0, 0.0
        for i in range(residual.shape[1]):
            slope += residual[b, i] * image[b, i]
            bend += image[b, i] * image[b, i]
        # ||c_g + t change_g||^2 = now + 2 t cross + t^2 far
        now, cross, far = np.zeros(groups), np.zeros(groups), np.zeros(groups)
        for g in range(groups):
            for j in range(starts[g], starts[g + 1]):
                now[g] += codes[b, j] * codes[b, j]
                cross[g] += codes[b, j] * change[b, j]
                far[g] += change[b, j] * change[b, j]
        low, high, t = 0.0, LONGEST_STEP, 1.0
        while high - low > 1e-10 * high:
            derivative = t * bend - slope
            for g in range(groups):
                if far[g] > 0:
                    square = now[g] + 2 * t * cross[g] + t * t * far[g]
                    towards = cross[g] + t * far[g]
                    derivative += mu[b, g] * towards
                    if square > 0:
                        derivative += lam[b, g] * towards / np.sqrt(square)
            if derivative > 0:
                high = t
            else:
                low = t
            t = 0.5 * (low + high)
            if high < 1e-12:
                break
        steps[b] = low
    return steps
