"""Iteratively reweighted least squares on the joint dictionary, in four variants of coupled blocks.

Each iteration fixes a weight for each block from the current codes and solves two ridge problems, attacks first:

    c_a <- (D_a^T D_a + W_a)^-1 D_a^T (x - D_s c_s),   c_s <- (D_s^T D_s + W_s)^-1 D_s^T (x - D_a c_a)

Variants 1 to 3 thereby lower ``1/2 ||x - D c||^2`` plus a sum of norms: of every block; of every class with its
attacks; of every class with its attacks scaled by sqrt(l2). Variant 4 is a heuristic: its two weights are not
the gradients of one function, so it need not decrease an objective.
"""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import scipy.linalg

from harness.seeds import stream

from .joint_dictionary import JointDictionary

FLOOR = 1e-5
SMALL = 256  # dimensions up to which the outer products of all groups are kept


@dataclass(frozen=True)
class IrlsSettings:
    """Weights and limits of the reweighting.

    Attributes:
        variant: 1 to 4.
        l1: weight of the penalty, positive.
        l2: weight of attacks within a class, positive; variants 3 and 4.
        threshold: joint size below which a class is deleted; variants 3 and 4. Zero deletes none.
        iterations: limit of iterations.
        tol: relative change of ``D_s c_s`` at which to stop.
        seed: seed of the initial signal codes, which are standard normal; each signal has its own stream.
        watch_attacks: whether the norms of live attack blocks must also change by at most `tol`. Attack codes of
            variant 1 start from zero, at the floor, and grow by a factor in each iteration while ``D_s c_s`` is
            constant: without this condition the iteration stops too early.

    Raises:
        ValueError: a value out of its range.
    """

    variant: int = 1
    l1: float = 3.0
    l2: float = 15.0
    threshold: float = 1.5
    iterations: int = 300
    tol: float = 1e-5
    seed: int = 0
    watch_attacks: bool = False

    def __post_init__(self) -> None:
        if self.variant not in (1, 2, 3, 4):
            raise ValueError(f"variant is {self.variant}; expected 1, 2, 3 or 4")
        for name in ("l1", "l2"):
            if not 0 < getattr(self, name) < np.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a positive finite number")
        if not (self.threshold >= 0 and self.tol >= 0 and self.iterations >= 1):
            raise ValueError(
                f"threshold is {self.threshold}, tol is {self.tol}, iterations is {self.iterations}; expected "
                "zero or more, zero or more, one or more"
            )


@dataclass(frozen=True)
class ReweightedCodes:
    """Reweighted codes of one signal.

    Attributes:
        codes: (p,); zero in deleted classes.
        classes: classes that were not deleted.
        iterations: number of iterations.
        change: last relative change of ``D_s c_s``.
    """

    codes: np.ndarray
    classes: tuple[int, ...]
    iterations: int
    change: float


def irls(joint: JointDictionary, signal: np.ndarray, settings: IrlsSettings) -> ReweightedCodes:
    """Code one signal (d,).

    Raises:
        ValueError: a signal that does not fit.
    """
    x = joint.dictionary.checked_signals(signal)[0]
    starts, r = joint.dictionary.groups.starts, joint.layout.classes
    atoms = joint.dictionary.atoms
    codes = np.zeros(joint.dictionary.groups.columns)
    digest = blake2b(x.tobytes(), digest_size=16).hexdigest()
    codes[: starts[r]] = stream("irls", settings.seed, digest).normal(size=starts[r])
    live, taken, change = np.arange(r), 0, np.inf
    fit = atoms[:, : starts[r]] @ codes[: starts[r]]
    while taken < settings.iterations and change > settings.tol:
        taken += 1
        norms = joint.dictionary.groups.norms(codes[None])[0].reshape(-1, r)  # row 0: signals, then an attack a row
        signal_weights, attack_weights, sizes = block_weights(norms[0], norms[1:], settings)
        if settings.variant >= 3:
            live = _survivors(live, sizes, settings.threshold)
        ours = joint.dictionary.groups.columns_of(live)
        pairs = np.array([joint.layout.attack_group(j, int(i)) for j in range(joint.layout.attacks) for i in live])
        theirs = joint.dictionary.groups.columns_of(pairs)
        start, codes = codes, np.zeros_like(codes)
        rest = x - atoms[:, ours] @ start[ours]
        codes[theirs] = _block_ridge(joint, pairs, attack_weights[:, live].ravel(), rest)
        rest = x - atoms[:, theirs] @ codes[theirs]
        codes[ours] = _block_ridge(joint, live, signal_weights[live], rest)
        previous, fit = fit, atoms[:, ours] @ codes[ours]
        change = float(np.linalg.norm(fit - previous) / max(float(np.linalg.norm(previous)), FLOOR))
        if settings.watch_attacks:
            change = max(change, _largest_change(norms[1:].ravel(), joint, codes))
        if len(live) == 1 < r:
            break
    return ReweightedCodes(codes, tuple(int(i) for i in live), taken, change)


def block_weights(
    ours: np.ndarray, theirs: np.ndarray, settings: IrlsSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the ridge weights of signal blocks (r,) and attack blocks (q, r), and the joint sizes of classes (r,).

    Args:
        ours, theirs: norms of the blocks, (r,) and (q, r).
    """
    l1, l2 = settings.l1, settings.l2
    if settings.variant == 1:
        return l1 / _floored(ours), l1 / _floored(theirs), ours
    if settings.variant == 2:
        sizes = np.sqrt(ours**2 + (theirs**2).sum(axis=0))
        tied = l1 / _floored(sizes)
        return tied, np.broadcast_to(tied, theirs.shape), sizes
    if settings.variant == 3:
        sizes = np.sqrt(ours**2 + l2 * (theirs**2).sum(axis=0))
        tied = l1 / _floored(sizes)
        return tied, np.broadcast_to(l2 * tied, theirs.shape), sizes
    sizes = np.sqrt(ours**2 + l2 * theirs.sum(axis=0))
    plain = np.sqrt(ours**2 + theirs.sum(axis=0))
    return l1 / _floored(sizes), l1 * l2 / _floored(plain * theirs) + 0.01, sizes


def ridge(atoms: np.ndarray, weights: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return ``argmin_c ||target - D c||^2 + sum_k w_k c_k^2`` by the smaller of its two normal equations.

    Args:
        atoms: D, (d, n).
        weights: positive, (n,).
    """
    d, n = atoms.shape
    if n <= d:
        gram = atoms.T @ atoms
        gram[np.diag_indices(n)] += weights
        return scipy.linalg.solve(gram, atoms.T @ target, assume_a="pos", check_finite=False)
    scaled = atoms / np.sqrt(weights)
    outer = scaled @ scaled.T
    outer[np.diag_indices(d)] += 1
    return (atoms.T @ scipy.linalg.solve(outer, target, assume_a="pos", check_finite=False)) / weights


def _block_ridge(joint: JointDictionary, groups: np.ndarray, weights: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return `ridge` on some groups with one weight each, by the groups' outer products where d is small."""
    columns = joint.dictionary.groups.columns_of(groups)
    spread = np.repeat(weights, joint.dictionary.groups.sizes[0])
    atoms = joint.dictionary.atoms[:, columns]
    d = len(atoms)
    if d > SMALL or len(columns) <= d:
        return ridge(atoms, spread, target)
    inverse = np.zeros(joint.dictionary.groups.count)
    inverse[groups] = 1 / weights
    outer = (inverse @ joint.outer_products).reshape(d, d)
    outer[np.diag_indices(d)] += 1
    return (atoms.T @ scipy.linalg.solve(outer, target, assume_a="pos", check_finite=False)) / spread


def _largest_change(before: np.ndarray, joint: JointDictionary, codes: np.ndarray) -> float:
    """Return the largest relative change of an attack block's norm, of those above the floor."""
    now = joint.dictionary.groups.norms(codes[None])[0][joint.layout.classes :]
    alive = now > FLOOR
    return float((np.abs(now - before)[alive] / now[alive]).max(initial=0.0))


def _survivors(live: np.ndarray, sizes: np.ndarray, threshold: float) -> np.ndarray:
    kept = live[sizes[live] >= threshold]
    return kept if len(kept) else live[[sizes[live].argmax()]]


def _floored(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, FLOOR)
