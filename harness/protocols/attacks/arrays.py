"""Attacked images as arrays, for the identification of attacks. Numpy only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from harness.payload import Payload

PARTS = ("dictionary", "train", "valid", "test")


@dataclass(frozen=True)
class AttackedFold:
    """The place of one replication in an attacked set: its own network, dictionary and test images.

    Attributes:
        number: index of the fold.
        train, valid, test: indices 0..n-1 into the fold's images of that part.
    """

    number: int
    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class AttackedDataset:
    """Clean images, their perturbations under several attacks and the attacked networks, one payload a fold.

    The arrays of a fold are those of `adversary.data_set`. The set never leaves the parent process: the test labels
    are among them.

    Attributes:
        fingerprint: of the data set that the images are from, the recipe and its code; not of the
            arrays, which differ in their last bits from one kind of processor to the next.
        provenance: origin of the set in a sentence.

    Raises:
        ValueError: no fold, labels that do not fit their images, or labels out of range.
    """

    name: str
    folds: Sequence[Payload]
    num_classes: int
    fingerprint: str
    provenance: str

    def __post_init__(self) -> None:
        if not self.folds:
            raise ValueError(f"{self.name}: at least one fold is needed")
        for number, fold in enumerate(self.folds):
            for part in PARTS:
                images, labels = fold[f"{part}_images"], fold[f"{part}_labels"]
                if not len(images) or labels.shape != (len(images),):
                    raise ValueError(
                        f"{self.name}, fold {number}: {part}_labels must be one for each image (1 or more), got "
                        f"shape {labels.shape} for {images.shape}"
                    )
                if not 0 <= int(labels.min()) <= int(labels.max()) < self.num_classes:
                    raise ValueError(
                        f"{self.name}, fold {number}: {part}_labels must lie in 0..{self.num_classes - 1}, "
                        f"got {labels.min()}..{labels.max()}"
                    )

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the data set of arrays ``f<fold>_<name>``; facts ``num_classes``, ``folds``."""
        return cls(name, fold_payloads(payload), int(payload.facts["num_classes"]), fingerprint, provenance)

    @cached_property
    def splits(self) -> tuple[AttackedFold, ...]:
        """Splits of the folds in the harness's terms."""
        return tuple(
            AttackedFold(number, *(np.arange(len(fold[f"{part}_labels"])) for part in ("train", "valid", "test")))
            for number, fold in enumerate(self.folds)
        )

    def with_test_labels(self, fold: int, labels: np.ndarray) -> "AttackedDataset":
        """Return the same data set with other test labels in a fold."""
        changed = Payload({**self.folds[fold].arrays, "test_labels": labels}, self.folds[fold].facts)
        return replace(self, folds=(*self.folds[:fold], changed, *self.folds[fold + 1 :]))


def fold_payloads(payload: Payload) -> tuple[Payload, ...]:
    """Return each fold's arrays by name, and its facts, from arrays ``f<fold>_<name>`` and the list ``folds``."""
    facts: list[Mapping[str, Any]] = payload.facts["folds"]
    arrays: list[dict[str, np.ndarray]] = [{} for _ in facts]
    for name, array in payload.arrays.items():
        fold, _, rest = name.partition("_")
        arrays[int(fold[1:])][rest] = array
    return tuple(Payload(part, known) for part, known in zip(arrays, facts, strict=True))
