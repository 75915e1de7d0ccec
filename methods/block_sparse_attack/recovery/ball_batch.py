"""The ball program for many signals in lockstep: every round solves the penalised problems of the unfinished."""

import warnings
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from .constrained import FEASIBLE, RadiusSearch, quietly, sufficient_gap
from .dictionary import Dictionary
from .penalty import Penalty
from .results import InfeasibleError, NotConverged, checked_tolerance

ROUNDS = 60


@dataclass(frozen=True)
class BallCodes:
    """Solutions of ``min sum_g ||c_g||`` subject to ``||x - D c|| <= tau``, one a signal.

    Attributes:
        codes: (n, p).
        objective: ``sum_g ||c_g||``, (n,).
        bound: certified lower bounds of the optima, (n,).
        residuals: ``||x - D c||``, (n,).
    """

    codes: np.ndarray
    objective: np.ndarray
    bound: np.ndarray
    residuals: np.ndarray

    @property
    def relative_gap(self) -> np.ndarray:
        """``(objective - bound) / objective``, (n,); 0 where the codes are zero."""
        gap = np.maximum(self.objective - self.bound, 0.0)
        return np.where(self.objective > 0, gap / np.maximum(self.objective, np.finfo(float).tiny), 0.0)


def span_distances(dictionary: Dictionary, signals: np.ndarray) -> np.ndarray:
    """Return the distance of each signal (n, d) from span(D): the least radius of a feasible ball."""
    basis = scipy.linalg.orth(dictionary.atoms)
    x = dictionary.checked_signals(signals)
    return np.linalg.norm(x - (x @ basis) @ basis.T, axis=1)


def ball_programs(
    dictionary: Dictionary,
    signals: np.ndarray,
    radii: np.ndarray,
    *,
    tol: float = 1e-3,
    gap: float = 1e-6,
    threads: int = 1,
) -> BallCodes:
    """Solve the ball programs of a batch; the same problems as :func:`.constrained.ball_program` one by one.

    Args:
        signals: (n, d).
        radii: positive, (n,).
        tol: relative accuracy of the residual norms.
        gap: largest relative duality gap of the penalised problems; a smaller one is taken where `tol` needs it.

    Raises:
        ValueError: a radius that is not positive, or inputs that do not fit.
        InfeasibleError: a ball that does not meet span(D); carries the distance.

    Warns:
        NotConverged: residual norms that are not within `tol` after `ROUNDS` rounds.
    """
    x, tol = dictionary.checked_signals(signals), checked_tolerance(tol)
    radii = np.asarray(radii, np.float64)
    if radii.shape != (len(x),) or not np.isfinite(radii).all() or (radii <= 0).any():
        raise ValueError(f"radii have shape {radii.shape}; expected ({len(x)},) positive finite numbers")
    codes = np.zeros((len(x), dictionary.groups.columns))
    left = np.flatnonzero(np.linalg.norm(x, axis=1) > radii)
    if len(left):
        _check_feasible(dictionary, x[left], radii[left], left)
    high = dictionary.groups.norms(x @ dictionary.atoms).max(axis=1) if len(x) else np.zeros(0)
    searches = {n: RadiusSearch(radii[n], high[n]) for n in left.tolist()}
    lengths = np.linalg.norm(x, axis=1)
    for _ in range(ROUNDS):
        if not len(left):
            break
        scales = np.array([searches[n].scale for n in left.tolist()])
        lam = np.repeat(scales[:, None], dictionary.groups.count, axis=1)
        needed = min(gap, sufficient_gap(tol, radii[left], lengths[left]))
        found = quietly(dictionary, x[left], Penalty(lam), needed, codes[left], threads)
        codes[left] = found.codes
        norms = np.linalg.norm(found.residuals, axis=1)
        apart = np.abs(norms - radii[left]) > tol * radii[left]
        for n, norm in zip(left[apart].tolist(), norms[apart].tolist(), strict=True):
            searches[n].advance(norm)
        left = left[apart]
    if len(left):
        message = f"ball programs: {len(left)} of {len(x)} residual norms are not within {tol:g} of their radii"
        warnings.warn(message, NotConverged, stacklevel=2)
    return _certified(dictionary, x, codes, radii)


def _check_feasible(dictionary: Dictionary, x: np.ndarray, radii: np.ndarray, names: np.ndarray) -> None:
    least = span_distances(dictionary, x)
    outside = np.flatnonzero(least > radii * (1 + FEASIBLE))
    if len(outside):
        n = outside[0]
        raise InfeasibleError(
            f"signals: no combination of atoms is within radius {radii[n]:g} of row {names[n]}", float(least[n])
        )


def _certified(dictionary: Dictionary, x: np.ndarray, codes: np.ndarray, radii: np.ndarray) -> BallCodes:
    """Bound each optimum by ``x.theta - tau ||theta||``, with theta the residual scaled to be dual feasible."""
    residuals = x - codes @ dictionary.rows
    largest = dictionary.groups.norms(residuals @ dictionary.atoms).max(axis=1, initial=0.0)
    theta = np.divide(residuals, largest[:, None], out=np.zeros_like(residuals), where=largest[:, None] > 0)
    bound = np.maximum((x * theta).sum(axis=1) - radii * np.linalg.norm(theta, axis=1), 0.0)
    objective = dictionary.groups.norms(codes).sum(axis=1)
    return BallCodes(codes, objective, bound, np.linalg.norm(residuals, axis=1))
