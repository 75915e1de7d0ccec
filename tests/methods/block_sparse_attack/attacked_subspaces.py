"""Generated unions of subspaces: signals that are exactly, or nearly, block-sparse in a joint dictionary."""

from dataclasses import dataclass

import numpy as np

from methods.block_sparse_attack.classification.joint_dictionary import JointDictionary


@dataclass(frozen=True)
class AttackedSubspaces:
    joint: JointDictionary
    signals: np.ndarray
    labels: np.ndarray
    attacks: np.ndarray
    clean: np.ndarray


def attacked_subspaces(
    count: int,
    *,
    classes: int = 6,
    atoms: int = 8,
    dimension: int = 60,
    ranks: tuple[int, int] = (3, 4),
    noise: float = 0.0,
    seed: int = 0,
) -> AttackedSubspaces:
    """Draw subspaces of each class and (attack, class), a dictionary of their points, and signals."""
    random = np.random.default_rng(seed)
    families = ("l1", "l2", "linf")

    def subspace(rank: int) -> np.ndarray:
        return np.linalg.qr(random.normal(size=(dimension, rank)))[0]

    ours = [subspace(ranks[0]) for _ in range(classes)]
    theirs = [[subspace(ranks[1]) for _ in range(classes)] for _ in families]
    labels = np.repeat(np.arange(classes), atoms)
    images = np.stack([ours[i] @ random.normal(size=ranks[0]) for i in labels])
    changes = np.stack([[basis[i] @ random.normal(size=ranks[1]) for i in labels] for basis in theirs])
    joint = JointDictionary.of(images, labels, changes, classes, families)
    drawn, attacks = random.integers(classes, size=count), random.integers(3, size=count)
    clean = np.stack([unit(ours[i] @ random.normal(size=ranks[0])) for i in drawn])
    added = np.stack(
        [unit(theirs[j][i] @ random.normal(size=ranks[1])) for i, j in zip(drawn, attacks, strict=True)]
    )
    signals = clean + added + noise * random.normal(size=clean.shape) / np.sqrt(dimension)
    return AttackedSubspaces(joint, signals, drawn, attacks, clean)


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
