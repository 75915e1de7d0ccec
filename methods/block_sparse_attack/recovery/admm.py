"""Alternating direction method of multipliers with one cached d x d factorisation (S3): for moderate accuracy.

Splits ``1/2 ||x - D u||^2 + penalty(c)``, u = c. The u-step ``(D^T D + rho I) u = b`` goes through the
Cholesky factor of ``D D^T + rho I`` by the inversion lemma, d < p. Codes returned are c, which are group sparse.
"""

import numpy as np
import scipy.linalg

from .dictionary import Dictionary
from .objective import certificate
from .penalty import Penalty
from .results import Recovery, checked_tolerance
from .scaling import at_ordinary_scale

CHECK_EVERY = 10


@at_ordinary_scale
def admm(
    dictionary: Dictionary,
    signals: np.ndarray,
    penalty: Penalty,
    *,
    tol: float = 1e-3,
    rho: float = 1.0,
    iterations: int = 5000,
) -> Recovery:
    """Minimise the penalised objective of a batch.

    Args:
        signals: (signals, d).
        penalty: weights of the penalty.
        tol: relative duality gap, gap / (||x||^2 / 2).
        rho: weight of the augmented Lagrangian, positive.
        iterations: limit of iterations; a warning has the gap if it is reached.

    Raises:
        ValueError: an input of the wrong shape, or not finite; tol or rho not positive.
    """
    if not (np.isfinite(rho) and rho > 0):
        raise ValueError(f"rho is {rho}; expected a positive number")
    X, tol, groups = dictionary.checked_signals(signals), checked_tolerance(tol), dictionary.groups
    lam, mu = penalty.weights(len(X), groups.count)
    codes = np.zeros((len(X), groups.columns))
    result = Recovery.empty(codes, X)
    factor = dictionary.ridge_factor(rho)
    fitted, multiplier, rows = X @ dictionary.atoms, np.zeros_like(codes), np.arange(len(X))
    for iteration in range(0, iterations + 1, CHECK_EVERY):
        residual = X[rows] - codes @ dictionary.rows
        found = certificate(
            X[rows], residual, groups.norms(residual @ dictionary.atoms), groups.norms(codes), lam, mu
        )
        result.record(rows, found, residual, iteration)
        result.codes[rows] = codes
        left = found.relative > tol
        rows, codes, multiplier, fitted = rows[left], codes[left], multiplier[left], fitted[left]
        lam, mu = lam[left], mu[left]
        if not len(rows):
            break
        for _ in range(CHECK_EVERY):
            right = fitted + rho * (codes - multiplier)
            inner = scipy.linalg.cho_solve(factor, (right @ dictionary.rows).T, check_finite=False).T
            smooth = (right - inner @ dictionary.atoms) / rho
            target = smooth + multiplier
            norms = groups.norms(target)
            shrink = np.maximum(1 - lam / (rho * np.maximum(norms, np.finfo(float).tiny)), 0.0) / (1 + mu / rho)
            codes = target * groups.spread(shrink)
            multiplier = target - codes
    return result.finished(tol).warned("admm", tol)
