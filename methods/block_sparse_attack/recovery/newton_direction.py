"""Newton direction of one signal on its active groups, and the choice of these groups.

On the active groups A the objective is smooth: its gradient is ``W c - A^T R`` and its Hessian
``A^T A + W - sum_g l_g u_g u_g^T`` with ``l_g = lam_g/||c_g||``, ``W = diag(l_g + mu_g)`` and the unit vectors
``u_g = c_g/||c_g||``. ``N = (A^T A + W)^-1`` takes one Cholesky factorisation; the rank-one terms are a correction
with as many unknowns as active groups, a few tens, for any number of atoms.
"""

from dataclasses import dataclass

import numpy as np

from .active_system import SystemFactory
from .dictionary import Dictionary

ENTERING = 4
RIDGE = 1e-10


@dataclass
class Iterate:
    """Current state of one signal; `residual` and `codes` are changed in place.

    Attributes:
        residual: R, (d,).
        codes: c, (p,).
        correlations: ``D^T R``, (p,).
        lam, mu: (groups,).
    """

    residual: np.ndarray
    codes: np.ndarray
    correlations: np.ndarray
    lam: np.ndarray
    mu: np.ndarray


def direction(dictionary: Dictionary, factory: SystemFactory, at: Iterate, threshold: float) -> np.ndarray:
    """Return a descent direction (p,); groups that are zero at their own optimum are set to zero first.

    Args:
        factory: factory of systems of the same dictionary.
        threshold: a group enters if its correlation exceeds lam by this relative amount.
    """
    groups = dictionary.groups
    strengths, lengths = groups.norms(np.stack([at.correlations, at.codes]))
    _leave(dictionary, at, lengths, strengths)
    change = np.zeros_like(at.codes)
    _enter(dictionary, at, lengths, strengths, threshold, change)
    active = np.flatnonzero(lengths)
    if len(active):
        change[groups.columns_of(active)] = _newton(dictionary, factory, at, active, lengths[active])
    return change


def _leave(dictionary: Dictionary, at: Iterate, lengths: np.ndarray, strengths: np.ndarray) -> None:
    """Set weak groups to zero that are zero at their optimum with the others fixed: P does not rise."""
    for g in np.flatnonzero((lengths > 0) & (strengths < at.lam)):
        columns, block = dictionary.groups.slice(g), dictionary.block(g)
        image = block @ at.codes[columns]
        if np.linalg.norm(block.T @ (at.residual + image)) <= at.lam[g]:
            at.residual += image
            at.codes[columns], lengths[g] = 0.0, 0.0


def _enter(
    dictionary: Dictionary,
    at: Iterate,
    lengths: np.ndarray,
    strengths: np.ndarray,
    threshold: float,
    change: np.ndarray,
) -> None:
    """Move the inactive groups that violate optimality most by a proximal step each."""
    excess = np.where(lengths > 0, 0.0, strengths / at.lam - 1)
    for g in np.argsort(-excess)[: max(ENTERING, int((lengths > 0).sum()))]:
        if excess[g] <= threshold:
            break
        columns = dictionary.groups.slice(g)
        step = (1 - at.lam[g] / strengths[g]) / (dictionary.spectral_norms[g] ** 2 + at.mu[g])
        change[columns] = step * at.correlations[columns]


def _newton(
    dictionary: Dictionary, factory: SystemFactory, at: Iterate, active: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    sizes, columns = np.asarray(dictionary.groups.sizes)[active], dictionary.groups.columns_of(active)
    codes, ends = at.codes[columns], np.cumsum(sizes)[:-1]
    pull = at.lam[active] / lengths  # l_g
    weights = pull + at.mu[active]
    system = factory.factorise(active, 1 / weights)
    plain = system.solve(at.correlations[columns] - np.repeat(weights, sizes) * codes)
    units = np.split(codes / np.repeat(lengths, sizes), ends)
    overlaps = np.array([u @ part for u, part in zip(units, np.split(plain, ends), strict=True)])

    # I - U^T N U for U_g = sqrt(l_g) u_g, from the curvature u^T (W - W N W) u, which has no cancellation.
    root = np.sqrt(pull)
    scale = root / weights
    small = np.diag(at.mu[active] / weights) + scale[:, None] * system.curvature(units) * scale
    small[np.diag_indices(len(small))] += RIDGE
    factors = root * np.linalg.solve(small, root * overlaps)
    change = plain + system.solve(np.concatenate([u * f for u, f in zip(units, factors, strict=True)]))

    # A group whose direction would be reversed goes to zero instead, where the model ends.
    for u, part, length in zip(units, np.split(change, ends), lengths, strict=True):
        if u @ part <= -length:
            part[:] = -length * u
    return change
