"""The data set, which stays in the parent process, and the sequences that a contender gets."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from harness.contract.split import Split, splits_from_arrays
from harness.payload import Payload


@dataclass(frozen=True)
class SequenceDataset:
    """Sequences (n, steps) float64 with all their targets (n,) int64 and one split a fold."""

    name: str
    values: np.ndarray
    targets: np.ndarray
    num_classes: int
    splits: tuple[Split, ...]
    fingerprint: str
    provenance: str

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the data set of ``values``, ``targets`` and splits; fact ``num_classes``."""
        classes, splits = int(payload.facts["num_classes"]), splits_from_arrays(payload.arrays)
        return cls(name, payload["values"], payload["targets"], classes, splits, fingerprint, provenance)

    def with_targets(self, targets: np.ndarray) -> Self:
        """Return the same data set with other targets."""
        return replace(self, targets=targets)


@dataclass(frozen=True)
class SequenceSet:
    """Some sequences (n, steps) float64; `targets` (n,) int64 are None for those to predict."""

    values: np.ndarray
    num_classes: int
    targets: np.ndarray | None = None
