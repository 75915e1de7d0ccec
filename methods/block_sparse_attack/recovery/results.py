"""Results of solvers, and the error for data that a program cannot represent."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from .objective import Certificate


class InfeasibleError(ValueError):
    """A signal cannot be represented under a program's constraint.

    Attributes:
        residual: norm of the part of the signal outside the span of the dictionary.
    """

    def __init__(self, message: str, residual: float) -> None:
        self.residual = residual
        super().__init__(f"{message} (residual {residual:.6g})")


class NotConverged(UserWarning):
    """A solver stopped at its limit of iterations before its gap was reached."""


@dataclass(frozen=True)
class Recovery:
    """Codes of a batch of signals.

    Attributes:
        codes: c, float64 (signals, p).
        objective: P(c), (signals,).
        gap: certified duality gap, an upper bound of P(c) - min P, (signals,).
        relative_gap: gap / (||x||^2 / 2), which tolerances bound, (signals,).
        converged: whether the tolerance was reached, (signals,).
        iterations: number of iterations of the solver, (signals,).
        residuals: x - D c, (signals, d); the unexplained part.
    """

    codes: np.ndarray
    objective: np.ndarray
    gap: np.ndarray
    relative_gap: np.ndarray
    converged: np.ndarray
    iterations: np.ndarray
    residuals: np.ndarray = field(repr=False)

    @classmethod
    def empty(cls, codes: np.ndarray, signals: np.ndarray) -> "Recovery":
        """Return the initial record of a solver with its start codes."""
        n = len(codes)
        objective, gap, relative = (np.full(n, np.inf) for _ in range(3))
        return cls(codes, objective, gap, relative, np.zeros(n, bool), np.zeros(n, np.int64), signals.copy())

    def record(self, rows: np.ndarray, state: Certificate, residuals: np.ndarray, iteration: int) -> None:
        """Record the current state of some signals."""
        self.objective[rows], self.gap[rows], self.relative_gap[rows] = state.primal, state.gap, state.relative
        self.residuals[rows], self.iterations[rows] = residuals, iteration

    def finished(self, tol: float) -> "Recovery":
        """Return itself after marking the signals that have reached `tol`."""
        self.converged[:] = self.relative_gap <= tol
        return self

    def warned(self, solver: str, tol: float) -> "Recovery":
        """Return itself; warn of the worst gap if a signal has not converged."""
        if not self.converged.all():
            worst = float(self.relative_gap[~self.converged].max())
            warnings.warn(
                f"{solver}: {int((~self.converged).sum())} of {len(self.converged)} signals stopped at a relative "
                f"gap of up to {worst:.3g}, above tol {tol:g}; allow more iterations or a larger tol",
                NotConverged,
                stacklevel=3,
            )
        return self


def checked_tolerance(tol: float) -> float:
    """Return a valid relative gap.

    Raises:
        ValueError: the gap is not a positive finite number.
    """
    if not (np.isfinite(tol) and tol > 0):
        raise ValueError(f"tol is {tol}; expected a positive relative gap such as 1e-6")
    return float(tol)
