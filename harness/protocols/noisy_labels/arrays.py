"""Images with noisy labels as arrays: derived sets hold them, views are cut from them. Numpy only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from harness.contract.split import Split, splits_from_arrays
from harness.payload import Payload
from harness.protocols.images.arrays import ImageSet, check_images, check_targets

FIELDS = ("item", "label", "annotator", "features")


@dataclass(frozen=True)
class Annotations:
    """The labels that annotators gave to n images: p of them, in the order of their images.

    Attributes:
        item: (p,) int64, position of the image among the n.
        label: (p,) int64, the label that was given.
        annotator: (p,) int64 in 0..num_annotators-1.
        features: (p, f) float32, other side information of each label, such as the time taken; f may be 0.
        num_items: number n of images; each has one label or more.
        num_annotators: number of annotators; 1 where labels have no known author.

    Raises:
        ValueError: names the array that does not fit, with what was got and what is allowed.
    """

    item: np.ndarray
    label: np.ndarray
    annotator: np.ndarray
    features: np.ndarray
    num_items: int
    num_annotators: int
    num_classes: int

    def __post_init__(self) -> None:
        for name, limit in (
            ("item", self.num_items),
            ("label", self.num_classes),
            ("annotator", self.num_annotators),
        ):
            values = getattr(self, name)
            if values.shape != (len(self),) or values.dtype.kind not in "iu":
                raise ValueError(
                    f"{name} must be {len(self)} whole numbers, got {values.dtype} of shape {values.shape}"
                )
            if len(self) and not 0 <= int(values.min()) <= int(values.max()) < limit:
                raise ValueError(f"{name} must lie in 0..{limit - 1}, got {values.min()}..{values.max()}")
        fits = self.features.ndim == 2 and len(self.features) == len(self) and self.features.dtype.kind in "fiu"
        if not fits or not np.isfinite(self.features).all():
            raise ValueError(
                f"features must be finite numbers of shape ({len(self)}, f), got {self.features.dtype} of shape "
                f"{self.features.shape}"
            )
        if np.any(np.diff(self.item) < 0):
            raise ValueError("item must be sorted: labels stand in the order of their images")
        if len(unlabelled := np.flatnonzero(self.counts == 0)):
            raise ValueError(f"item: every image needs a label or more, image {unlabelled[0]} has none")

    def __len__(self) -> int:
        return len(self.item)

    @cached_property
    def counts(self) -> np.ndarray:
        """Number of labels of each image, (n,) int64."""
        return np.bincount(self.item, minlength=self.num_items)

    @cached_property
    def votes(self) -> np.ndarray:
        """Number of labels of each class for each image, (n, classes) int64."""
        flat = self.item * self.num_classes + self.label
        return np.bincount(flat, minlength=self.num_items * self.num_classes).reshape(self.num_items, -1)

    @property
    def has_side_information(self) -> bool:
        """Whether annotators or features are known."""
        return self.num_annotators > 1 or self.features.shape[1] > 0

    def of_items(self, index: np.ndarray) -> "Annotations":
        """Return the labels of the images at `index`, (m,), renumbered 0..m-1 in that order.

        Raises:
            ValueError: an image that there is not, or one twice.
        """
        if len(index) and not 0 <= int(index.min()) <= int(index.max()) < self.num_items:
            raise ValueError(f"index must lie in 0..{self.num_items - 1}, got {index.min()}..{index.max()}")
        if len(np.unique(index)) != len(index):
            raise ValueError("index repeats an image")
        place = np.full(self.num_items, -1)
        place[index] = np.arange(len(index))
        chosen = np.flatnonzero(place[self.item] >= 0)
        chosen = chosen[np.argsort(place[self.item[chosen]], kind="stable")]
        return replace(
            self,
            item=place[self.item[chosen]],
            label=self.label[chosen],
            annotator=self.annotator[chosen],
            features=self.features[chosen],
            num_items=len(index),
        )

    def arrays(self, prefix: str) -> dict[str, np.ndarray]:
        """Return the arrays, their names behind `prefix`."""
        return {f"{prefix}{name}": getattr(self, name) for name in FIELDS}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], prefix: str, **sizes: int) -> Self:
        """Return the annotations of :meth:`arrays`.

        Args:
            sizes: `num_items`, `num_annotators` and `num_classes`.
        """
        given: dict[str, Any] = {name: np.asarray(arrays[f"{prefix}{name}"]) for name in FIELDS}
        return cls(**{**given, **sizes})


@dataclass(frozen=True)
class NoisyImages:
    """Some images with their noisy labels; no clean label is in it.

    Attributes:
        images: n images, without targets.

    Raises:
        ValueError: images with targets, or labels of another number of images or classes.
    """

    images: ImageSet
    annotations: Annotations

    def __post_init__(self) -> None:
        given = self.annotations
        if (len(self.images), self.images.num_classes) != (given.num_items, given.num_classes):
            raise ValueError(
                f"expected labels of {len(self.images)} images and {self.images.num_classes} classes, got labels "
                f"of {given.num_items} and {given.num_classes}"
            )
        if self.images.targets is not None:
            raise ValueError("images with noisy labels must not have targets")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return self.images.num_classes

    @property
    def labels(self) -> np.ndarray:
        """The label of each image, (n,), where each has one.

        Raises:
            ValueError: an image has several.
        """
        if len(self.annotations) != len(self):
            raise ValueError(f"expected one label an image, got {len(self.annotations)} for {len(self)} images")
        return self.annotations.label


@dataclass(frozen=True)
class NumberedSplit(Split):
    """The split of one draw of the noisy labels."""

    number: int = 0


@dataclass(frozen=True)
class NoisyDataset:
    """Images with clean targets, and several draws of noisy labels; it never leaves the parent process.

    Attributes:
        images: (n, h, w) or (n, h, w, c) uint8.
        targets: (n,) int64, the clean classes.
        splits: one a draw, all the same images; validation images have noisy labels, test images none.
        draws: noisy labels of all n images, one a split; those of test images are never given away.
        transitions: (draws, classes, classes): row j holds the probabilities of the noisy labels of class j.
        networks: arrays and facts of classifiers that were trained on each draw, if the set has any.
        fingerprint: identity of the set.
        provenance: origin of the data in a sentence.

    Raises:
        ValueError: the arrays do not belong together.
    """

    name: str
    images: np.ndarray
    targets: np.ndarray
    num_classes: int
    splits: Sequence[NumberedSplit]
    draws: Sequence[Annotations]
    transitions: np.ndarray
    networks: Sequence[Payload]
    fingerprint: str
    provenance: str

    def __post_init__(self) -> None:
        check_images(self.images)
        check_targets(self.targets, len(self.images), self.num_classes)
        if not self.splits or len(self.splits) != len(self.draws):
            raise ValueError(f"{self.name}: expected one split a draw, got {len(self.splits)} of {len(self.draws)}")
        sizes = (len(self.images), self.num_classes)
        for number, draw in enumerate(self.draws):
            if (draw.num_items, draw.num_classes) != sizes:
                raise ValueError(
                    f"{self.name}: draw {number} must label {sizes[0]} images of {sizes[1]} classes, got "
                    f"{draw.num_items} and {draw.num_classes}"
                )
        expected = (len(self.draws), self.num_classes, self.num_classes)
        if self.transitions.shape != expected:
            raise ValueError(f"{self.name}: transitions must have shape {expected}, got {self.transitions.shape}")

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the set of `noise.derive`: images, targets, splits, ``r<draw>_<field>`` and transitions."""
        facts = payload.facts
        classes = int(facts["num_classes"])
        splits = tuple(
            NumberedSplit(s.train, s.valid, s.test, n) for n, s in enumerate(splits_from_arrays(payload.arrays))
        )
        sizes = {
            "num_items": len(payload["images"]),
            "num_annotators": int(facts["num_annotators"]),
            "num_classes": classes,
        }
        draws = tuple(Annotations.from_arrays(payload.arrays, f"r{n}_", **sizes) for n in range(len(splits)))
        networks = tuple(_networks(payload, number) for number in range(len(facts.get("networks", []))))
        return cls(
            name, payload["images"], payload["targets"], classes, splits, draws, payload["transitions"], networks,
            fingerprint, provenance,
        )  # fmt: skip

    @property
    def counts(self) -> dict[str, int]:
        """Number of images and of classes."""
        return {"items": len(self.images), "classes": self.num_classes}

    def with_targets(self, targets: np.ndarray) -> "NoisyDataset":
        """Return the same set with other clean targets; the noisy labels stay."""
        return replace(self, targets=targets)


def _networks(payload: Payload, draw: int) -> Payload:
    """Return the arrays ``n<draw>_<name>`` and facts of the classifiers of a draw."""
    prefix = f"n{draw}_"
    arrays = {n.removeprefix(prefix): a for n, a in payload.arrays.items() if n.startswith(prefix)}
    facts: Mapping[str, Any] = payload.facts["networks"][draw]
    return Payload(arrays, facts)
