"""Gap-safe screening of groups (Ndiaye, Fercoq, Gramfort & Salmon 2017), for groups without a ridge term."""

import numpy as np

from .objective import Certificate


def screened(
    state: Certificate, correlations: np.ndarray, spectral_norms: np.ndarray, lam: np.ndarray, mu: np.ndarray
) -> np.ndarray:
    """Return which groups are certainly zero at the optimum, bool (signals, groups).

    With theta = s R dual feasible and within ``sqrt(2 gap)`` of the dual optimum, group g is zero if
    ``||D_g^T theta|| + sqrt(2 gap) ||D_g||_2 < lam_g``. Signals with some mu_g > 0 are not screened: there
    theta need not obey all constraints.

    Args:
        state: certificate of the current codes.
        correlations: ``||D_g^T R||``, (signals, groups).
        spectral_norms: ``||D_g||_2``, (groups,).
        lam, mu: (signals, groups).
    """
    radius = np.sqrt(2 * np.maximum(state.gap, 0.0))[:, None]
    # The margin covers rounding errors of the correlations themselves.
    bound = np.abs(state.scale)[:, None] * correlations + radius * spectral_norms
    return (bound < lam * (1 - 1e-9)) & (mu == 0).all(axis=1, keepdims=True)
