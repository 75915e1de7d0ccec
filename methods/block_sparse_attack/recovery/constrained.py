"""The ball and exact programs (S4): ``min sum_g w_g ||c_g||`` subject to ``||x - D c|| <= tau``, or to ``x = D c``.

Both follow the penalised problem with lam = s w: its residual norm rises with s, so the ball program is a search
for s and the exact program the limit s -> 0. The dual point of the penalised problem, divided by s, certifies both.

The penalised objective is 1-strongly convex in the residual: a relative gap g leaves an error of up to
``sqrt(g) ||x||`` in the residual. The gaps are therefore tied to the accuracy asked of the residual norm.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from .dictionary import Dictionary
from .newton import newton
from .penalty import Penalty
from .results import InfeasibleError, NotConverged, Recovery, checked_tolerance

FEASIBLE = 1e-8
ROUNDS = 100
LEAST_GAP = 1e-15  # relative gaps below are rounding errors: primal and dual agree to all digits


@dataclass(frozen=True)
class Constrained:
    """Solution of a constrained program for one signal.

    Attributes:
        codes: (p,).
        objective: ``sum_g w_g ||c_g||``.
        bound: a certified lower bound of the optimum.
        residual: ``||x - D c||``.
        scale: s of the penalised problem that it solves; 0 where the codes are zero.
    """

    codes: np.ndarray
    objective: float
    bound: float
    residual: float
    scale: float


class RadiusSearch:
    """Search for the s at which the residual norm is `radius`: secants of log norm against log s, within a bracket.

    The norm rises with s, at most in proportion to it. A step goes down by no more than `STEP`, so that the codes
    before remain a good start.
    """

    STEP = 8.0

    def __init__(self, radius: float, high: float) -> None:
        self.radius, self.low, self.high = radius, 0.0, high
        self.scale = high / 4
        self._slope = 1.0
        self._before: tuple[float, float] | None = None

    def advance(self, residual: float) -> None:
        """Choose the next scale, given the residual norm at the current one."""
        if residual < self.radius:
            self.low = self.scale
        else:
            self.high = self.scale
        point = (np.log(self.scale), np.log(residual))
        if self._before is not None and point[0] != self._before[0]:
            slope = (point[1] - self._before[1]) / (point[0] - self._before[0])
            if 0.01 < slope < 2:  # else the solver's accuracy, not the problem, decides it
                self._slope = slope
        self._before = point
        guess = float(np.exp(point[0] + (np.log(self.radius) - point[1]) / self._slope))
        guess = max(guess, self.scale / self.STEP)
        middle = float(np.sqrt(self.low * self.high)) if self.low else self.high / self.STEP
        self.scale = guess if self.low < guess < self.high else middle


def sufficient_gap(tol: float, radii: np.ndarray, lengths: np.ndarray) -> float:
    """Return the relative gap that keeps all residual norms within ``tol radius / 4`` of the optimum's.

    Args:
        radii, lengths: tau and ``||x||``, positive (n,).
    """
    return max(float(((tol * radii / lengths / 4) ** 2).min(initial=1.0)), LEAST_GAP)


def projection_residual(dictionary: Dictionary, signal: np.ndarray) -> float:
    """Return the distance of a signal (d,) from span(D): the least radius of a feasible ball program."""
    x = dictionary.checked_signals(signal)[0]
    solution = scipy.linalg.lstsq(dictionary.atoms, x, check_finite=False)[0]
    return float(np.linalg.norm(x - dictionary.atoms @ solution))


def ball_program(
    dictionary: Dictionary,
    signal: np.ndarray,
    radius: float,
    *,
    weights: np.ndarray | None = None,
    tol: float = 1e-6,
    gap: float = 1e-9,
    threads: int = 1,
) -> Constrained:
    """Solve ``min sum_g w_g ||c_g||`` subject to ``||x - D c|| <= radius``.

    Args:
        signal: (d,).
        radius: tau, positive.
        weights: w, positive (groups,); ones by default.
        tol: relative accuracy of the residual norm.
        gap: largest relative duality gap of the penalised problems; a smaller one is taken where `tol` needs it.

    Raises:
        ValueError: a radius that is not positive, or inputs that do not fit.
        InfeasibleError: the ball does not meet span(D); carries the distance.

    Warns:
        NotConverged: a residual norm that is not within `tol` of the radius.
    """
    if not (np.isfinite(radius) and radius > 0):
        raise ValueError(f"radius is {radius}; expected a positive number (exact_program takes radius 0)")
    x, tol, w = dictionary.checked_signals(signal), checked_tolerance(tol), _weights(dictionary, weights)
    if np.linalg.norm(x) <= radius:
        return Constrained(np.zeros(dictionary.groups.columns), 0.0, 0.0, float(np.linalg.norm(x)), 0.0)
    high = float((dictionary.groups.norms(x @ dictionary.atoms)[0] / w).max())
    least = projection_residual(dictionary, x[0])
    if least > radius * (1 + FEASIBLE) or high == 0:
        raise InfeasibleError(f"no combination of atoms is within radius {radius:g} of the signal", least)
    search, codes = RadiusSearch(radius, high), None
    gap = min(gap, sufficient_gap(tol, np.array([radius]), np.linalg.norm(x, axis=1)))
    for _ in range(ROUNDS):
        scale = search.scale
        found = quietly(dictionary, x, Penalty(scale * w), gap, codes, threads)
        codes, residual = found.codes, float(np.linalg.norm(found.residuals))
        if abs(residual - radius) <= tol * radius:
            break
        search.advance(residual)
    else:
        message = f"ball_program: the residual norm is {residual:.9g}, not within {tol:g} of the radius {radius:g}"
        warnings.warn(message, NotConverged, stacklevel=2)
    assert codes is not None
    return _constrained(dictionary, x, codes, w, scale, radius)


def exact_program(
    dictionary: Dictionary,
    signal: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    tol: float = 1e-6,
    gap: float = 1e-12,
    threads: int = 1,
) -> Constrained:
    """Solve ``min sum_g w_g ||c_g||`` subject to ``x = D c`` by continuation to ``||x - D c|| <= tol ||x||``.

    Raises:
        ValueError: inputs that do not fit.
        InfeasibleError: the signal is not in span(D); carries its distance, the projection residual.
    """
    x, tol, w = dictionary.checked_signals(signal), checked_tolerance(tol), _weights(dictionary, weights)
    size = float(np.linalg.norm(x))
    if size == 0:
        return Constrained(np.zeros(dictionary.groups.columns), 0.0, 0.0, 0.0, 0.0)
    least = projection_residual(dictionary, x[0])
    if least > FEASIBLE * size:
        raise InfeasibleError("the signal is not in the span of the dictionary", least)
    scale = float((dictionary.groups.norms(x @ dictionary.atoms)[0] / w).max())
    codes = None
    for _ in range(40):
        scale /= 4
        found = newton(dictionary, x, Penalty(scale * w), tol=gap, start=codes, threads=threads)
        codes = found.codes
        if np.linalg.norm(found.residuals) <= tol * size:
            break
    assert codes is not None
    return _constrained(dictionary, x, codes, w, scale, 0.0)


def quietly(
    dictionary: Dictionary, x: np.ndarray, penalty: Penalty, gap: float, start: np.ndarray | None, threads: int
) -> Recovery:
    """Solve penalised problems of a search; it is the search that reports a residual norm out of its tolerance."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConverged)
        return newton(dictionary, x, penalty, tol=gap, start=start, threads=threads)


def _weights(dictionary: Dictionary, weights: np.ndarray | None) -> np.ndarray:
    w = np.ones(dictionary.groups.count) if weights is None else np.asarray(weights, np.float64)
    if w.shape != (dictionary.groups.count,) or not np.isfinite(w).all() or (w <= 0).any():
        raise ValueError(
            f"weights have shape {w.shape}; expected ({dictionary.groups.count},) positive finite values"
        )
    return w


def _constrained(
    dictionary: Dictionary, x: np.ndarray, codes: np.ndarray, w: np.ndarray, scale: float, radius: float
) -> Constrained:
    residual = x - codes @ dictionary.rows
    objective = float(w @ dictionary.groups.norms(codes)[0])
    # Any theta with ||D_g^T theta|| <= w_g bounds the optimum by x.theta - radius ||theta||.
    largest = float((dictionary.groups.norms(residual @ dictionary.atoms)[0] / w).max())
    theta = residual[0] / max(largest, np.finfo(float).tiny)
    bound = float(max(x[0] @ theta - radius * np.linalg.norm(theta), 0.0))
    return Constrained(codes[0], objective, bound, float(np.linalg.norm(residual)), scale)
