"""Penalised objective, its dual and the duality gap: the measure of convergence of every solver.

``P(c) = 1/2 ||x - D c||^2 + sum_g lam_g ||c_g|| + mu_g/2 ||c_g||^2``. With the residual R = x - D c and a scalar s,
theta = s R is a dual point of value ``s x.R - s^2/2 ||R||^2 - sum_{mu_g>0} max(s k_g - lam_g, 0)^2 / (2 mu_g)``,
``k_g = ||D_g^T R||``, feasible if ``s k_g <= lam_g`` wherever mu_g = 0. The best of three values of s is taken.
"""

from dataclasses import dataclass

import numpy as np

from .dictionary import Dictionary
from .penalty import Penalty


@dataclass(frozen=True)
class Certificate:
    """Certificate of a batch of codes; arrays of (signals,).

    Attributes:
        primal: objective P(c).
        dual: value of the dual point.
        gap: ``primal - dual``, an upper bound of P(c) - min P.
        relative: gap / (||x||^2 / 2); for a zero signal 0 if its gap is 0, else infinity.
        scale: s of the dual point s R.
    """

    primal: np.ndarray
    dual: np.ndarray
    gap: np.ndarray
    relative: np.ndarray
    scale: np.ndarray


def certify(dictionary: Dictionary, signals: np.ndarray, codes: np.ndarray, penalty: Penalty) -> Certificate:
    """Return the certificate of codes, computed from the inputs alone, in float64.

    Args:
        signals: (signals, d).
        codes: (signals, p), codes of any solver.

    Raises:
        ValueError: `codes` has another shape.
    """
    rows = dictionary.checked_signals(signals)
    codes = (
        np.asarray(codes, np.float64).reshape(len(rows), -1)
        if np.ndim(codes) == 1
        else np.asarray(codes, np.float64)
    )
    if codes.shape != (len(rows), dictionary.groups.columns):
        raise ValueError(f"codes have shape {codes.shape}; expected ({len(rows)}, {dictionary.groups.columns})")
    residual = rows - codes @ dictionary.rows
    correlations = dictionary.groups.norms(residual @ dictionary.atoms)
    lam, mu = penalty.weights(len(rows), dictionary.groups.count)
    return certificate(rows, residual, correlations, dictionary.groups.norms(codes), lam, mu)


def certificate(
    signals: np.ndarray,
    residual: np.ndarray,
    correlations: np.ndarray,
    norms: np.ndarray,
    lam: np.ndarray,
    mu: np.ndarray,
) -> Certificate:
    """Return the certificate from the current quantities of a solver.

    Args:
        signals, residual: x and R, (signals, d).
        correlations: k, (signals, groups).
        norms: ``||c_g||``, (signals, groups).
        lam, mu: (signals, groups).
    """
    energy = np.einsum("bd,bd->b", residual, residual)
    overlap = np.einsum("bd,bd->b", signals, residual)
    squared = np.einsum("bd,bd->b", signals, signals)
    primal = energy / 2 + np.einsum("bg,bg->b", lam + mu / 2 * norms, norms)

    hard = mu == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        largest = np.where(hard & (correlations > 0), lam / correlations, np.inf).min(axis=1)
        free = np.where(energy > 0, overlap / energy, 0.0)
    limit = np.minimum(largest, 1.0)
    best, scale = np.full(len(signals), -np.inf), np.zeros(len(signals))
    for trial in (np.where(largest >= 1, 1.0, limit), limit, np.clip(free, -limit, limit)):
        value = trial * overlap - trial**2 / 2 * energy - _conjugate(trial, correlations, lam, mu, hard)
        better = value > best
        best, scale = np.where(better, value, best), np.where(better, trial, scale)
    gap = primal - best
    relative = np.divide(gap, squared / 2, out=np.where(gap > 0, np.inf, 0.0), where=squared > 0)
    return Certificate(primal, best, gap, relative, scale)


def _conjugate(
    scale: np.ndarray, correlations: np.ndarray, lam: np.ndarray, mu: np.ndarray, hard: np.ndarray
) -> np.ndarray | float:
    if hard.all():
        return 0.0
    excess = np.maximum(np.abs(scale)[:, None] * correlations - lam, 0.0)
    return np.where(hard, 0.0, excess**2 / (2 * np.where(hard, 1.0, mu))).sum(axis=1)
