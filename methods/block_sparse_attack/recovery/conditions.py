"""Conditions under which the exact program recovers the active blocks, for generated subspaces.

With m atoms a class of the order of d every block spans nearly everything and the tests fail on real data.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.optimize

from .constrained import exact_program
from .dictionary import RANK_TOLERANCE, Dictionary


@dataclass(frozen=True)
class Primal:
    """Sufficient condition for every signal of the active span: ``inradius > coherence``.

    Attributes:
        inradius: that of the convex hull of the images of the unit balls of the two active groups, in their span.
        coherence: ``max ||U^T D_g||_2`` over the inactive groups, U an orthonormal basis of the span.
        independent: whether the active span meets the span of the inactive groups in 0 only, which suffices alone.
    """

    inradius: float
    coherence: float
    independent: bool

    @property
    def holds(self) -> bool:
        """Whether recovery is guaranteed."""
        return self.independent or self.inradius > self.coherence


def primal_condition(dictionary: Dictionary, active: tuple[int, int]) -> Primal:
    """Return the inradius test of two active groups.

    ``inradius^2 = max_{t in [0,1]} lambda_min(U^T (t D_1 D_1^T + (1-t) D_2 D_2^T) U)``, exact for a span of
    dimension three or more, a lower bound otherwise.

    Raises:
        ValueError: the groups are not two different groups of the dictionary, or both zero.
    """
    basis, rest = _split(dictionary, active)
    images = [basis.T @ dictionary.block(g) for g in active]
    first, second = (image @ image.T for image in images)

    def smallest(t: float) -> float:
        return float(np.linalg.eigvalsh(t * first + (1 - t) * second)[0])

    found = scipy.optimize.minimize_scalar(
        lambda t: -smallest(t), bounds=(0, 1), method="bounded", options={"xatol": 1e-12}
    )
    inradius = np.sqrt(max(smallest(0.0), smallest(1.0), -found.fun, 0.0))
    coherence = max((float(np.linalg.norm(basis.T @ dictionary.block(g), 2)) for g in rest), default=0.0)
    return Primal(float(inradius), coherence, _independent(dictionary, basis, rest))


def dual_margin(dictionary: Dictionary, active: tuple[int, int], signal: np.ndarray) -> float:
    """Return ``1 - max ||D_g^T w||`` over inactive groups for the least-norm dual w of one signal; positive:
    recovered.

    Args:
        signal: (d,), in the span of the active groups.

    Raises:
        ValueError: the groups are not two different groups of the dictionary, or both zero.
        InfeasibleError: the signal is not in the span of the active groups.
    """
    basis, rest = _split(dictionary, active)
    part = dictionary.restricted(np.array(active))
    codes = exact_program(part, signal, tol=1e-9).codes
    norms = part.groups.norms(codes[None])[0]
    used = np.flatnonzero(norms > 1e-9 * max(norms.max(), np.finfo(float).tiny))
    equations = (
        np.concatenate([(part.block(g).T @ basis) for g in used]) if len(used) else np.zeros((1, basis.shape[1]))
    )
    right = np.concatenate([codes[part.groups.slice(g)] / norms[g] for g in used]) if len(used) else np.zeros(1)
    dual = basis @ scipy.linalg.lstsq(equations, right)[0]
    return 1.0 - max((float(np.linalg.norm(dictionary.block(g).T @ dual)) for g in rest), default=0.0)


def _split(dictionary: Dictionary, active: tuple[int, int]) -> tuple[np.ndarray, list[int]]:
    count = dictionary.groups.count
    if len(set(active)) != 2 or not all(0 <= g < count for g in active):
        raise ValueError(f"active is {active}; expected two different groups below {count}")
    basis = scipy.linalg.orth(np.concatenate([dictionary.block(g) for g in active], axis=1), rcond=RANK_TOLERANCE)
    if not basis.shape[1]:
        raise ValueError(f"active is {active}; expected groups with an atom that is not zero")
    return basis, [g for g in range(count) if g not in active]


def _independent(dictionary: Dictionary, basis: np.ndarray, rest: list[int]) -> bool:
    if not rest:
        return True
    others = np.concatenate([dictionary.block(g) for g in rest], axis=1)
    joint = np.concatenate([basis, others], axis=1)
    return bool(np.linalg.matrix_rank(joint) == basis.shape[1] + np.linalg.matrix_rank(others))
