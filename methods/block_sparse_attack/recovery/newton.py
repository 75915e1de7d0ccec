"""The fast solver of a batch: accelerated descent in float32 until a signal is near, then damped Newton to the end.

All matrix products with the whole dictionary are of the whole batch. A round of the second stage certifies the
gaps, retires what has converged, finds a Newton direction a signal (in parallel over signals) and minimises exactly
along it. Factors are float32, gradients and steps float64: errors of a factor cost rounds, never accuracy. Signals
without progress in a round take some proximal steps first, which also makes the method globally convergent; the few
that remain slow (many more atoms than dimensions) are left to accelerated descent.
"""

import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from .active_system import SystemFactory
from .dictionary import Dictionary
from .line_search import step_lengths
from .newton_direction import Iterate, direction
from .objective import certificate
from .penalty import Penalty
from .proximal_gradient import Descent, proximal_gradient
from .results import NotConverged, Recovery, checked_tolerance
from .scaling import at_ordinary_scale

CHUNK = 20  # proximal steps between two evaluations of the gaps
NEAR = 2e-3  # relative gap below which Newton takes over
PROGRESS = 0.25  # a Newton round that shrinks the gap less than to this fraction has stalled
PATIENCE = 60  # Newton rounds after which a signal is left to accelerated descent
SINGLE = 1e-4  # least relative gap for float32 steps


@dataclass
class _State:
    """The unfinished signals, one row each."""

    rows: np.ndarray  # indices into the batch
    signals: np.ndarray  # (n, d)
    codes: np.ndarray  # (n, p)
    residuals: np.ndarray  # (n, d)
    lam: np.ndarray  # (n, groups)
    mu: np.ndarray
    gaps: np.ndarray  # relative gaps of the last round

    def keep(self, mask: np.ndarray) -> None:
        for name, value in vars(self).items():
            setattr(self, name, value[mask])


@at_ordinary_scale
def newton(
    dictionary: Dictionary,
    signals: np.ndarray,
    penalty: Penalty,
    *,
    tol: float = 1e-6,
    start: np.ndarray | None = None,
    rounds: int = 200,
    threads: int = 1,
) -> Recovery:
    """Minimise the penalised objective for each signal of a batch.

    Args:
        signals: (signals, d).
        penalty: weights of the penalty.
        tol: relative duality gap, gap / (||x||^2 / 2).
        start: codes to start from, (signals, p); zero by default.
        rounds: limit of rounds of each stage; a warning has the gap if it is reached.
        threads: signals whose directions are found at the same time.

    Raises:
        ValueError: an input of the wrong shape, or not finite, or a tolerance that is not positive.
    """
    X, tol, groups = dictionary.checked_signals(signals), checked_tolerance(tol), dictionary.groups
    lam, mu = penalty.weights(len(X), groups.count)
    codes = dictionary.checked_codes(start, len(X))
    result = Recovery.empty(codes, X)
    if len(X):
        _approach(dictionary, X, codes, lam, mu, tol, rounds)
        state = _State(
            np.arange(len(X)), X, codes.copy(), X - codes @ dictionary.rows, lam, mu, np.full(len(X), np.inf)
        )
        _finish(dictionary, state, result, tol, min(rounds, PATIENCE), threads)
        if rounds > PATIENCE and (crawling := np.flatnonzero(result.relative_gap > tol)).size:
            _accelerate(dictionary, X, Penalty(lam, mu), crawling, result, tol)
    return result.finished(tol).warned("newton", tol)


def _approach(
    dictionary: Dictionary,
    X: np.ndarray,
    codes: np.ndarray,
    lam: np.ndarray,
    mu: np.ndarray,
    tol: float,
    rounds: int,
) -> None:
    """Descend until every relative gap is below NEAR (or `tol`); rows of `codes` are written as they arrive."""
    descent = Descent.begin(np.arange(len(X)), X, codes, lam, mu, np.float32)
    rows32, groups = dictionary.rows32, dictionary.groups
    aim = np.float32(max(tol, NEAR))
    for _ in range(rounds):
        residual = descent.signals - descent.codes @ rows32
        correlations, norms = groups.norms(residual @ rows32.T), groups.norms(descent.codes)
        near = certificate(descent.signals, residual, correlations, norms, descent.lam, descent.mu).relative <= aim
        codes[descent.rows] = descent.codes
        if near.all():
            return
        if near.any():
            descent.keep(~near)
        descent.advance(rows32, groups.starts, dictionary.lipschitz, CHUNK)
    codes[descent.rows] = descent.codes


def _finish(dictionary: Dictionary, state: _State, result: Recovery, tol: float, rounds: int, threads: int) -> None:
    """Take damped Newton steps until every relative gap is below `tol`."""
    groups, factory = dictionary.groups, SystemFactory(dictionary)
    factory.prepare()
    with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
        for iteration in range(rounds):
            correlations = state.residuals @ dictionary.atoms
            found = certificate(
                state.signals,
                state.residuals,
                groups.norms(correlations),
                groups.norms(state.codes),
                state.lam,
                state.mu,
            )
            result.record(state.rows, found, state.residuals, iteration)
            result.codes[state.rows] = state.codes
            left = found.relative > tol
            stalled = (found.relative > PROGRESS * state.gaps)[left]
            state.gaps = found.relative
            state.keep(left)
            correlations = correlations[left]
            if not len(state.rows):
                return
            if stalled.any():
                _descend(dictionary, state, stalled)
                correlations[stalled] = state.residuals[stalled] @ dictionary.atoms
            changes = _directions(dictionary, factory, state, correlations, tol / 4, pool)
            images = changes @ dictionary.rows
            steps = step_lengths(state.residuals, images, state.codes, changes, groups.starts, state.lam, state.mu)
            state.codes += steps[:, None] * changes
            state.residuals = state.signals - state.codes @ dictionary.rows


def _accelerate(
    dictionary: Dictionary,
    X: np.ndarray,
    penalty: Penalty,
    rows: np.ndarray,
    result: Recovery,
    tol: float,
) -> None:
    """Finish some signals by accelerated proximal gradient from their current codes."""
    rest = Penalty(penalty.lam[rows], np.asarray(penalty.mu)[rows])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConverged)  # the caller warns for the whole batch
        found = proximal_gradient(dictionary, X[rows], rest, tol=tol, start=result.codes[rows])
    for name in ("codes", "objective", "gap", "relative_gap", "residuals"):
        getattr(result, name)[rows] = getattr(found, name)
    result.iterations[rows] += found.iterations


def _descend(dictionary: Dictionary, state: _State, stalled: np.ndarray) -> None:
    """Take proximal steps of the stalled signals, in float32 where the gap allows it."""
    coarse = stalled & (state.gaps > SINGLE)
    for mask, rows, dtype in (
        (coarse, dictionary.rows32, np.float32),
        (stalled & ~coarse, dictionary.rows, np.float64),
    ):
        if mask.any():
            descent = Descent.begin(
                state.rows[mask], state.signals[mask], state.codes[mask], state.lam[mask], state.mu[mask], dtype
            )
            descent.advance(rows, dictionary.groups.starts, dictionary.lipschitz, 2 * CHUNK)
            state.codes[mask] = descent.codes
    state.residuals[stalled] = state.signals[stalled] - state.codes[stalled] @ dictionary.rows


def _directions(
    dictionary: Dictionary,
    factory: SystemFactory,
    state: _State,
    correlations: np.ndarray,
    threshold: float,
    pool: ThreadPoolExecutor | None,
) -> np.ndarray:
    def find(j: int) -> np.ndarray:
        at = Iterate(state.residuals[j], state.codes[j], correlations[j], state.lam[j], state.mu[j])
        return direction(dictionary, factory, at, threshold)

    signals = range(len(state.rows))
    if pool is None:
        return np.stack([find(j) for j in signals])
    with _blas().limit(limits=1, user_api="blas"):  # one thread a signal, not all threads for each in turn
        return np.stack(list(pool.map(find, signals)))


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()
