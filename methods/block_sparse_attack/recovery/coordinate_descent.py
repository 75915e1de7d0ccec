"""Exact block coordinate descent on a working set, with a Newton finish (S1): the reference solver, signal by
signal.

Each group is rotated to the right singular vectors of its block, where the exact update is a scalar equation. When
sweeps have settled the support but converge slowly, a damped Newton step on the smooth active problem follows; its
Hessian may be singular and is solved by least squares.
"""

import numpy as np
import scipy.linalg
from numba import njit

from .block_update import exact_update
from .dictionary import Dictionary
from .line_search import step_lengths
from .objective import certificate
from .penalty import Penalty
from .results import Recovery, checked_tolerance
from .scaling import at_ordinary_scale

ENTERING = 4
SWEEPS = 50


@at_ordinary_scale
def coordinate_descent(
    dictionary: Dictionary,
    signals: np.ndarray,
    penalty: Penalty,
    *,
    tol: float = 1e-10,
    start: np.ndarray | None = None,
    rounds: int = 500,
) -> Recovery:
    """Minimise the penalised objective, one signal after another.

    Args:
        signals: (signals, d).
        penalty: weights of the penalty.
        tol: relative duality gap, gap / (||x||^2 / 2).
        start: codes to start from, (signals, p); zero by default.
        rounds: limit of rounds (working set, sweeps, Newton) a signal; a warning has the gap if it is reached.

    Raises:
        ValueError: an input of the wrong shape, or not finite, or a tolerance that is not positive.
    """
    X, tol = dictionary.checked_signals(signals), checked_tolerance(tol)
    lam, mu = penalty.weights(len(X), dictionary.groups.count)
    result = Recovery.empty(dictionary.checked_codes(start, len(X)), X)
    for i in range(len(X)):
        _solve(dictionary, X[i : i + 1], lam[i : i + 1], mu[i : i + 1], tol, rounds, result, i)
    return result.finished(tol).warned("coordinate_descent", tol)


def _solve(
    dictionary: Dictionary,
    x: np.ndarray,
    lam: np.ndarray,
    mu: np.ndarray,
    tol: float,
    rounds: int,
    result: Recovery,
    row: int,
) -> None:
    groups, energy = dictionary.groups, max(float((x**2).sum()) / 2, np.finfo(float).tiny)
    codes = result.codes[row : row + 1]
    # Codes outside the row space of a group cost norm and fit nothing: only their rotation is kept.
    rotated = [f.rotation.T @ codes[0, groups.slice(g)] for g, f in enumerate(dictionary.factors)]
    active = np.zeros(0, np.int64)
    for iteration in range(rounds):
        codes[0] = np.concatenate([f.rotation @ z for f, z in zip(dictionary.factors, rotated, strict=True)])
        residual = x - codes @ dictionary.rows
        k = groups.norms(residual @ dictionary.atoms)
        found = certificate(x, residual, k, groups.norms(codes), lam, mu)
        result.record(np.array([row]), found, residual, iteration)
        if found.relative[0] <= tol:
            return
        kept = active[[bool(rotated[g].any()) for g in active]] if len(active) else active
        outside = np.setdiff1d(np.argsort(-(k[0] - lam[0]))[: max(ENTERING, len(active)) + len(kept)], kept)
        active = np.union1d(kept, outside[k[0, outside] > lam[0, outside]]).astype(np.int64)
        threshold = 1e-3 * np.sqrt(max(found.gap[0], 1e-16 * energy))
        settled = _sweeps(dictionary, residual[0], rotated, active, lam[0], mu[0], threshold)
        if not settled:
            _newton_step(dictionary, x, rotated, active, lam, mu)


def _sweeps(
    dictionary: Dictionary,
    residual: np.ndarray,
    rotated: list[np.ndarray],
    active: np.ndarray,
    lam: np.ndarray,
    mu: np.ndarray,
    threshold: float,
) -> bool:
    """Sweep over the working set until no block moves the fit by more than `threshold`; return whether it did."""
    for _ in range(SWEEPS):
        largest = 0.0
        for g in active:
            factor = dictionary.factors[g]
            moved = _update(factor.basis, factor.squares, residual, rotated[g], lam[g], mu[g])
            largest = max(largest, moved)
        if largest <= threshold:
            return bool(threshold > 1e-9)
    return False


@njit(cache=True, nogil=True)
def _update(
    basis: np.ndarray, squares: np.ndarray, residual: np.ndarray, codes: np.ndarray, lam: float, mu: float
) -> float:
    """Update one group and the residual in place; return the norm of the change of its part of the fit."""
    image = basis.T @ residual + squares * codes
    new = exact_update(squares, image, lam, mu)
    shift = basis @ (new - codes)
    residual -= shift
    codes[:] = new
    return np.sqrt((shift * shift).sum())


def _newton_step(
    dictionary: Dictionary,
    x: np.ndarray,
    rotated: list[np.ndarray],
    active: np.ndarray,
    lam: np.ndarray,
    mu: np.ndarray,
) -> None:
    support = [int(g) for g in active if rotated[g].any()]
    if not support:
        return
    basis = np.concatenate([dictionary.factors[g].basis for g in support], axis=1)
    sizes = [len(rotated[g]) for g in support]
    codes = np.concatenate([rotated[g] for g in support])
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    residual = x - codes @ basis.T
    hessian, gradient = basis.T @ basis, -(residual[0] @ basis)
    for g, first, last in zip(support, starts[:-1], starts[1:], strict=True):
        part = codes[first:last]
        length = np.linalg.norm(part)
        pull, ridge = lam[0, g] / length, mu[0, g]
        hessian[first:last, first:last] += (pull + ridge) * np.eye(last - first) - pull * np.outer(
            part, part
        ) / length**2
        gradient[first:last] += (pull + ridge) * part
    change = scipy.linalg.lstsq(hessian, -gradient, lapack_driver="gelsy", check_finite=False)[0][None]
    step = step_lengths(
        residual, change @ basis.T, codes[None], change, starts, lam[:, support].copy(), mu[:, support].copy()
    )
    for g, part in zip(support, np.split((codes + step * change[0]), starts[1:-1]), strict=True):
        rotated[g][:] = part
