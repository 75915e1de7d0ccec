"""Accelerated proximal gradient for a batch of signals (S2): two matrix products an iteration, for any batch.

Nesterov's method with a restart of each signal on its own (O'Donoghue & Candes 2015, gradient scheme): the momentum
of a signal is reset when its last step points against it. Converged signals and screened groups leave the
products. Only BLAS uses threads: a second pool would compete with it for the cores.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from .dictionary import Dictionary
from .objective import certificate
from .penalty import Penalty
from .results import Recovery, checked_tolerance
from .scaling import at_ordinary_scale
from .screening import screened

CHECK_EVERY = 10


@dataclass
class Descent:
    """The unfinished signals, one row each, and the groups whose columns are still in the products."""

    rows: np.ndarray  # indices into the whole batch
    signals: np.ndarray  # (n, d)
    codes: np.ndarray  # (n, columns kept)
    ahead: np.ndarray  # codes extrapolated by momentum
    momentum: np.ndarray  # (n,)
    lam: np.ndarray  # (n, groups kept)
    mu: np.ndarray

    @classmethod
    def begin(
        cls, rows: np.ndarray, signals: np.ndarray, codes: np.ndarray, lam: np.ndarray, mu: np.ndarray, dtype: type
    ) -> "Descent":
        """Return the state before the first step from `codes`, in copies of the given precision."""

        def cast(array: np.ndarray) -> np.ndarray:
            return np.array(array, dtype, order="C")

        momentum: np.ndarray = np.ones(len(rows), dtype)
        return cls(rows, cast(signals), cast(codes), cast(codes), momentum, cast(lam), cast(mu))

    def advance(self, atoms_rows: np.ndarray, starts: np.ndarray, lipschitz: float, steps: int) -> None:
        """Take some accelerated steps of all signals with ``D^T`` (columns kept, d), in the arrays' precision."""
        bound = lipschitz * (1 + 100 * float(np.finfo(self.codes.dtype).eps))
        for _ in range(steps):
            gradient = self.ahead @ atoms_rows
            gradient -= self.signals
            products = gradient @ atoms_rows.T
            _shrink(products, starts, self.codes, self.ahead, self.momentum, self.lam, self.mu, bound)

    def keep(self, rows: np.ndarray, groups: np.ndarray | None = None, columns: np.ndarray | None = None) -> None:
        """Drop the signals and, if given, the groups (with their columns) whose mask is False."""
        groups = np.ones(self.lam.shape[1], bool) if groups is None else groups
        columns = np.ones(self.codes.shape[1], bool) if columns is None else columns
        self.rows, self.momentum = self.rows[rows], self.momentum[rows]
        self.signals = self.signals[rows]
        self.codes, self.ahead = (np.ascontiguousarray(a[np.ix_(rows, columns)]) for a in (self.codes, self.ahead))
        self.lam, self.mu = (np.ascontiguousarray(a[np.ix_(rows, groups)]) for a in (self.lam, self.mu))


@at_ordinary_scale
def proximal_gradient(
    dictionary: Dictionary,
    signals: np.ndarray,
    penalty: Penalty,
    *,
    tol: float = 1e-6,
    start: np.ndarray | None = None,
    iterations: int = 20_000,
) -> Recovery:
    """Minimise the penalised objective for each signal of a batch by accelerated proximal gradient in float64.

    Args:
        signals: (signals, d).
        penalty: weights of the penalty.
        tol: relative duality gap, gap / (||x||^2 / 2).
        start: codes to start from, (signals, p); zero by default.
        iterations: limit of iterations; a warning has the gap if it is reached.

    Raises:
        ValueError: an input of the wrong shape, or not finite, or a tolerance that is not positive.
    """
    X, tol, groups = dictionary.checked_signals(signals), checked_tolerance(tol), dictionary.groups
    lam, mu = penalty.weights(len(X), groups.count)
    codes = dictionary.checked_codes(start, len(X))
    result = Recovery.empty(codes, X)
    batch = Descent.begin(np.arange(len(X)), X, codes, lam, mu, np.float64)
    atoms_rows, kept = dictionary.rows, np.arange(groups.count)
    for iteration in range(0, iterations + 1, CHECK_EVERY):
        part = groups.subset(kept)
        residual = batch.signals - batch.codes @ atoms_rows
        correlations = part.norms(residual @ atoms_rows.T)
        state = certificate(batch.signals, residual, correlations, part.norms(batch.codes), batch.lam, batch.mu)
        result.record(batch.rows, state, residual, iteration)
        result.codes[np.ix_(batch.rows, groups.columns_of(kept))] = batch.codes
        done = state.relative <= tol
        if done.all() or iteration + CHECK_EVERY > iterations:
            break
        gone = screened(state, correlations, dictionary.spectral_norms[kept], batch.lam, batch.mu)
        zero = np.repeat(gone, part.sizes, axis=1)
        batch.codes[zero] = batch.ahead[zero] = 0
        needed = np.asarray(~(gone | done[:, None]).all(axis=0))
        if done.any() or not needed.all():
            needed[needed.argmax() if needed.any() else 0] = True
            columns = np.repeat(needed, part.sizes)
            result.codes[np.ix_(batch.rows, groups.columns_of(kept[~needed]))] *= done[:, None]
            batch.keep(~done, needed, columns)
            atoms_rows, kept = atoms_rows[columns], kept[needed]
        batch.advance(atoms_rows, groups.subset(kept).starts, dictionary.lipschitz, CHECK_EVERY)
    return result.finished(tol).warned("proximal_gradient", tol)


@njit(cache=True, nogil=True)
def _shrink(
    gradient: np.ndarray,
    starts: np.ndarray,
    codes: np.ndarray,
    ahead: np.ndarray,
    momentum: np.ndarray,
    lam: np.ndarray,
    mu: np.ndarray,
    lipschitz: float,
) -> None:
    """Group soft threshold of ``ahead - gradient / L``, restart and extrapolation, one signal at a time."""
    one = momentum.dtype.type(1)
    step = one / momentum.dtype.type(lipschitz)
    for b in range(codes.shape[0]):
        against = momentum.dtype.type(0)
        for g in range(starts.size - 1):
            first, last = starts[g], starts[g + 1]
            square = momentum.dtype.type(0)
            for j in range(first, last):
                gradient[b, j] = ahead[b, j] - step * gradient[b, j]
                square += gradient[b, j] * gradient[b, j]
            norm = np.sqrt(square)
            scale = momentum.dtype.type(0)
            if norm > step * lam[b, g]:
                scale = (one - step * lam[b, g] / norm) / (one + step * mu[b, g])
            for j in range(first, last):
                gradient[b, j] *= scale
                against += (ahead[b, j] - gradient[b, j]) * (gradient[b, j] - codes[b, j])
        current = one if against > 0 else momentum[b]
        following = (one + np.sqrt(one + 4 * current * current)) / 2
        momentum[b] = following
        weight = (current - one) / following
        for j in range(starts[-1]):
            ahead[b, j] = gradient[b, j] + weight * (gradient[b, j] - codes[b, j])
            codes[b, j] = gradient[b, j]
