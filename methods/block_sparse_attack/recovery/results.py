"""What solvers return, and the one error that is about the data rather than an argument."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from .objective import Certificate


class InfeasibleError(ValueError):
    """A signal cannot be represented as a program demands.

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
        relative_gap: gap / (||x||^2 / 2), what tolerances are compared with, (signals,).
        converged: whether the tolerance was reached, (signals,).
        iterations: of the solver, (signals,).
        residuals: x - D c, (signals, d); what remains unexplained.
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
        """Return the record of a solver that has not begun, around the codes that it starts from."""
        n = len(codes)
        objective, gap, relative = (np.full(n, np.inf) for _ in range(3))
        return cls(codes, objective, gap, relative, np.zeros(n, bool), np.zeros(n, np.int64), signals.copy())

    def record(self, rows: np.ndarray, state: Certificate, residuals: np.ndarray, iteration: int) -> None:
        """Write down where some signals stand."""
        self.objective[rows], self.gap[rows], self.relative_gap[rows] = state.primal, state.gap, state.relative
        self.residuals[rows], self.iterations[rows] = residuals, iteration

    def finished(self, tol: float) -> "Recovery":
        """Return itself with the signals marked that have reached `tol`."""
        self.converged[:] = self.relative_gap <= tol
        return self

    def warned(self, solver: str, tol: float) -> "Recovery":
        """Return itself, after a warning that names the worst gap if some signal has not converged."""
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
    """Return a relative gap that can be asked for.

    Raises:
        ValueError: not a positive finite number.
    """
    if not (np.isfinite(tol) and tol > 0):
        raise ValueError(f"tol is {tol}; expected a positive relative gap such as 1e-6")
    return float(tol)
