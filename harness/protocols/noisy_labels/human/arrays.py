"""Labels of people without images, as data sets: numbers of labels of each class, and single labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from harness.payload import Payload
from harness.protocols.images.arrays import check_targets
from harness.protocols.noisy_labels.arrays import Annotations


@dataclass(frozen=True)
class HumanLabelCounts:
    """Numbers of labels of each class.

    Attributes:
        votes: (n, classes) int64; every image has a label.

    Raises:
        ValueError: votes of another type or shape, negative ones, or an image without a label.
    """

    name: str
    votes: np.ndarray
    fingerprint: str
    provenance: str

    def __post_init__(self) -> None:
        if self.votes.ndim != 2 or self.votes.dtype.kind not in "iu":
            raise ValueError(
                f"votes must be whole numbers (n, classes), got {self.votes.dtype} of {self.votes.shape}"
            )
        if self.votes.size and (self.votes.min() < 0 or self.votes.sum(axis=1).min() < 1):
            raise ValueError("votes must be 0 or more, and every image needs a label")

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the set of an array ``votes``."""
        return cls(name, payload["votes"], fingerprint, provenance)

    @property
    def distributions(self) -> np.ndarray:
        """Share of each class among an image's labels, (n, classes) float64."""
        return self.votes / self.votes.sum(axis=1, keepdims=True)

    @property
    def splits(self) -> Sequence[None]:
        """One value: the set is not split."""
        return (None,)

    @property
    def counts(self) -> dict[str, int]:
        """Number of images and of classes."""
        return {"items": len(self.votes), "classes": self.votes.shape[1]}


@dataclass(frozen=True)
class HumanAnnotations:
    """Single labels with their annotators and features, and the true class of each image.

    Attributes:
        targets: (n,) int64.
        annotations: features are the reaction time in ms and the number of the trial in the annotator's session.
    """

    name: str
    targets: np.ndarray
    annotations: Annotations
    fingerprint: str
    provenance: str

    def __post_init__(self) -> None:
        check_targets(self.targets, self.annotations.num_items, self.annotations.num_classes)

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the set of ``targets`` and ``human_<field>``; facts ``num_annotators`` and ``num_classes``."""
        annotations = Annotations.from_arrays(
            payload.arrays,
            "human_",
            num_items=len(payload["targets"]),
            num_annotators=int(payload.facts["num_annotators"]),
            num_classes=int(payload.facts["num_classes"]),
        )
        return cls(name, payload["targets"], annotations, fingerprint, provenance)

    @property
    def splits(self) -> Sequence[None]:
        """One value: the set is not split."""
        return (None,)

    @property
    def counts(self) -> dict[str, int]:
        """Number of images and of classes."""
        return {"items": len(self.targets), "classes": self.annotations.num_classes}
