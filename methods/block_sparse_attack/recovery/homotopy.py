"""Greedy active-set homotopy over classes and attacks (S5), and the decisions read off block codes.

The penalty is recomputed from the residual in every iteration, so it shrinks as the fit improves. It is a
heuristic, not a solver of the penalised problem with fixed weights; each restricted problem is solved to its
duality gap.
"""

from dataclasses import dataclass

import numpy as np

from .dictionary import Dictionary
from .newton import newton
from .penalty import Penalty


@dataclass(frozen=True)
class GroupLayout:
    """Groups of a joint dictionary: class i is group i, (attack j, class i) is group ``classes + j classes + i``.

    Raises:
        ValueError: fewer than one class or attack.
    """

    classes: int
    attacks: int

    def __post_init__(self) -> None:
        if self.classes < 1 or self.attacks < 1:
            raise ValueError(
                f"layout has {self.classes} classes and {self.attacks} attacks; expected one or more of each"
            )

    def attack_group(self, attack: int, label: int) -> int:
        """Return the group of an attack on a class."""
        return self.classes + attack * self.classes + label

    def check(self, dictionary: Dictionary) -> None:
        """Raise ValueError unless the dictionary has this layout's number of groups."""
        expected = self.classes * (1 + self.attacks)
        if dictionary.groups.count != expected:
            raise ValueError(
                f"dictionary has {dictionary.groups.count} groups; expected {expected} for the layout {self}"
            )


@dataclass(frozen=True)
class Decision:
    """Decision for one signal.

    Attributes:
        label: predicted class i^.
        attack: index j^ of the predicted attack family.
        codes: (p,).
        denoised: ``D_s[i^] c_s[i^]``, (d,).
        classes, attacks: considered classes and attacks, in order of selection.
        iterations: number of outer iterations.
        penalty: weights of the last restricted problem: lam_s, lam_a, mu_s, mu_a.
    """

    label: int
    attack: int
    codes: np.ndarray
    denoised: np.ndarray
    classes: tuple[int, ...]
    attacks: tuple[int, ...]
    iterations: int = 0
    penalty: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


def decide(
    dictionary: Dictionary,
    layout: GroupLayout,
    signal: np.ndarray,
    codes: np.ndarray,
    classes: tuple[int, ...] = (),
    attacks: tuple[int, ...] = (),
) -> Decision:
    """Return the class, then the attack family, whose block alone explains a signal best.

    Args:
        signal, codes: (d,) and (p,).
        classes, attacks: considered classes and attacks; all by default.

    Raises:
        ValueError: the layout is not the dictionary's.
    """
    layout.check(dictionary)
    x = dictionary.checked_signals(signal)[0]
    classes, attacks = classes or tuple(range(layout.classes)), attacks or tuple(range(layout.attacks))
    parts = [dictionary.block(g) @ codes[dictionary.groups.slice(g)] for g in range(dictionary.groups.count)]
    clean, attacked = sum(parts[: layout.classes]), sum(parts[layout.classes :])
    label = min(classes, key=lambda i: np.linalg.norm(x - parts[i] - attacked))
    attack = min(attacks, key=lambda j: np.linalg.norm(x - clean - parts[layout.attack_group(j, label)]))
    return Decision(label, attack, codes, parts[label], classes, attacks)


def homotopy(
    dictionary: Dictionary,
    layout: GroupLayout,
    signal: np.ndarray,
    *,
    iterations: int = 4,
    mixing: float = 0.99,
    tol: float = 1e-9,
    share: float = 1.0,
    orthonormal: bool = False,
) -> Decision:
    """Select classes and attacks greedily and decide between them.

    Args:
        signal: (d,).
        iterations: limit of outer iterations.
        mixing: share of the norm term in the penalty, in (0, 1].
        tol: relative gap of the restricted problems.
        share: penalty relative to the published one, positive.
        orthonormal: whether blocks are selected by ``||U_g^T R||``, the length of the residual's projection onto
            the block's span, instead of ``||D_g^T R||``, which is large for a block of similar bright atoms.

    Raises:
        ValueError: an argument out of its range, or a layout that is not the dictionary's.
    """
    layout.check(dictionary)
    if iterations < 1:
        raise ValueError(f"iterations is {iterations}; expected 1 or more")
    if not 0 < mixing <= 1:
        raise ValueError(f"mixing is {mixing}; expected a number in (0, 1]")
    if not 0 < share < np.inf:
        raise ValueError(f"share is {share}; expected a positive finite number")
    x = dictionary.checked_signals(signal)
    codes, residual = np.zeros(dictionary.groups.columns), x
    classes: list[int] = []
    attacks: list[int] = []
    weights = (0.0, 0.0, 0.0, 0.0)
    taken = 0
    while taken < iterations:
        taken += 1
        strengths = dictionary.groups.norms(residual @ dictionary.atoms)[0]
        ours, theirs = strengths[: layout.classes], strengths[layout.classes :]
        gamma_s, gamma_a = share * _mean_of_two(ours), share * _mean_of_two(theirs)
        if orthonormal:
            bases = dictionary.orthonormal
            strengths = bases.groups.norms(residual @ bases.atoms)[0]
            ours, theirs = strengths[: layout.classes], strengths[layout.classes :]
        last = not (_add(classes, int(ours.argmax())) | _add(attacks, int(theirs.argmax()) // layout.classes))
        norm, ridge = mixing / 2, (1 - mixing) / 2
        weights = (norm * gamma_s, norm * gamma_a, ridge * gamma_s, ridge * gamma_a)
        pairs = [layout.attack_group(j, i) for j in attacks for i in classes]
        groups = np.array([*classes, *pairs])
        lam, mu = (np.array([s] * len(classes) + [a] * len(pairs)) for s, a in (weights[:2], weights[2:]))
        if lam.min() <= 0:  # nothing is left to explain
            break
        part = newton(_restricted(dictionary, groups), x, Penalty(lam, mu), tol=tol)
        codes = np.zeros_like(codes)
        codes[dictionary.groups.columns_of(groups)] = part.codes[0]
        residual = part.residuals
        if last:
            break
    chosen = decide(dictionary, layout, x[0], codes, tuple(classes), tuple(attacks))
    return Decision(
        chosen.label, chosen.attack, codes, chosen.denoised, chosen.classes, chosen.attacks, taken, weights
    )


def _restricted(dictionary: Dictionary, groups: np.ndarray) -> Dictionary:
    """Return the dictionary of some groups with a bound in place of ``||D||^2``, whose decomposition costs most.

    ``||[A, B]||^2 <= ||A||^2 + ||B||^2``: steps are a little shorter and still valid.
    """
    part = dictionary.restricted(groups)
    part.lipschitz = float((dictionary.spectral_norms[groups] ** 2).sum())
    return part


def _add(chosen: list[int], index: int) -> bool:
    if index in chosen:
        return False
    chosen.append(index)
    return True


def _mean_of_two(values: np.ndarray) -> float:
    return float(np.sort(values)[-2:].mean())
