"""The joint dictionary ``[D_s, D_a]``: clean images of each class, perturbations of each (attack, class)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..recovery.dictionary import Dictionary
from ..recovery.homotopy import GroupLayout


@dataclass(frozen=True)
class JointDictionary:
    """Dictionary of unit columns with m atoms a block.

    Attributes:
        dictionary: group i is class i; group ``r + j r + i`` is attack j on class i (attack-major).
        layout: r classes and q attacks.
        families: names of the attacks, in the dictionary's order.

    Raises:
        ValueError: a dictionary with another number of groups, or of names than of attacks.
    """

    dictionary: Dictionary
    layout: GroupLayout
    families: tuple[str, ...]

    def __post_init__(self) -> None:
        self.layout.check(self.dictionary)
        if len(self.families) != self.layout.attacks:
            raise ValueError(f"families are {self.families}; expected {self.layout.attacks} names")

    @classmethod
    def of(
        cls,
        images: np.ndarray,
        labels: np.ndarray,
        perturbations: np.ndarray,
        classes: int,
        families: tuple[str, ...],
    ) -> "JointDictionary":
        """Return the dictionary of images (r m, d), m of each class, and their changes by each attack, (q, r m, d).

        Columns are scaled to unit length; a zero perturbation stays a zero column.

        Raises:
            ValueError: shapes that do not fit, classes of unequal sizes, labels out of range, or values that are
                not finite.
        """
        images, perturbations = np.asarray(images, np.float64), np.asarray(perturbations, np.float64)
        labels = checked_labels(labels, len(images), classes)
        if images.ndim != 2 or not images.size:
            raise ValueError(f"images have shape {images.shape}; expected (images, d)")
        if perturbations.shape != (len(families), *images.shape):
            expected = (len(families), *images.shape)
            raise ValueError(f"perturbations have shape {perturbations.shape}; expected {expected}")
        counts = np.bincount(labels, minlength=classes)
        if counts.min() != counts.max():
            raise ValueError(f"labels have {counts.min()} to {counts.max()} images a class; expected equally many")
        order = np.argsort(labels, kind="stable")
        rows = np.concatenate([images[order], *perturbations[:, order]])  # (r m + q r m, d)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        atoms = (rows / np.where(norms > 0, norms, 1)).T
        layout = GroupLayout(classes, len(families))
        return cls(Dictionary(atoms, int(counts[0])), layout, tuple(families))

    @cached_property
    def signals(self) -> Dictionary:
        """D_s, the clean images alone."""
        return self.dictionary.restricted(np.arange(self.layout.classes))

    @cached_property
    def outer_products(self) -> np.ndarray:
        """``D_g D_g^T`` of each group, flattened, (groups, d d): for small d."""
        blocks = (self.dictionary.block(g) for g in range(self.dictionary.groups.count))
        return np.stack([(block @ block.T).ravel() for block in blocks])

    def leading_directions(self, count: int) -> np.ndarray:
        """Return the `count` leading left singular vectors of the atoms, (d, count); all d if there are no more.

        Raises:
            ValueError: the count is below 1.
        """
        if count < 1:
            raise ValueError(f"count is {count}; expected 1 or more")
        _values, vectors = np.linalg.eigh(self.dictionary.atoms @ self.dictionary.rows)
        return vectors[:, ::-1][:, :count]

    def projected(self, directions: np.ndarray) -> "JointDictionary":
        """Return the dictionary in coordinates of orthonormal `directions` (d, k); atoms get shorter."""
        atoms = directions.T @ self.dictionary.atoms
        return JointDictionary(Dictionary(atoms, self.dictionary.groups), self.layout, self.families)

    @property
    def penalty_families(self) -> tuple[int, int]:
        """Numbers of signal groups and attack groups, whose penalties are scaled separately."""
        return self.layout.classes, self.layout.classes * self.layout.attacks

    def attack_energy(self, signals: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return ``||D_a c_a|| / ||x'||`` of signals (n, d) with codes (n, p), small if not attacked."""
        first = int(self.dictionary.groups.starts[self.layout.classes])
        explained = np.linalg.norm(codes[:, first:] @ self.dictionary.rows[first:], axis=1)
        lengths = np.linalg.norm(signals, axis=1)
        return np.divide(explained, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def first_of_each_class(labels: np.ndarray, per_class: int, classes: int) -> np.ndarray:
    """Return the positions of the first `per_class` images of each class, in order of class, then of the data set.

    Raises:
        ValueError: a class with fewer images, or labels out of range.
    """
    labels = checked_labels(labels, len(labels), classes)
    if per_class < 1:
        raise ValueError(f"per_class is {per_class}; expected 1 or more")
    counts = np.bincount(labels, minlength=classes)
    if counts.min() < per_class:
        raise ValueError(
            f"per_class is {per_class}; expected at most {counts.min()}, the images of class {counts.argmin()}"
        )
    return np.concatenate([np.flatnonzero(labels == label)[:per_class] for label in range(classes)])


def checked_labels(labels: np.ndarray, count: int, classes: int) -> np.ndarray:
    """Return labels as int64 (count,).

    Raises:
        ValueError: another shape, not integers, or out of 0 to classes - 1.
    """
    given = np.asarray(labels)
    if given.shape != (count,) or not np.issubdtype(given.dtype, np.integer):
        raise ValueError(f"labels have shape {given.shape} and type {given.dtype}; expected ({count},) integers")
    if classes < 1 or (count and not 0 <= given.min() <= given.max() < classes):
        raise ValueError(f"labels hold values out of range; expected 0 to {classes - 1}")
    return given.astype(np.int64)
