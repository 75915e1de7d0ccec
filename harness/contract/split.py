"""One fold of a data set: which items are trained on, selected on and tested on; and folds as flat arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

PARTS = ("train", "valid", "test")


@dataclass(frozen=True)
class Split:
    """Item indices of one fold; disjoint, int64."""

    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray

    def __post_init__(self) -> None:
        together = np.concatenate([self.train, self.valid, self.test])
        if len(np.unique(together)) != len(together):
            raise ValueError("train, valid and test indices overlap or repeat")


def split_arrays(splits: Sequence[Split]) -> dict[str, np.ndarray]:
    """Return splits as four arrays: train, valid and test items of all folds, and (3, F+1) offsets into them."""
    parts = {name: [getattr(split, name) for split in splits] for name in PARTS}
    offsets = np.array([np.concatenate([[0], np.cumsum([len(p) for p in part])]) for part in parts.values()])
    joined = {f"split_{name}": np.concatenate(part).astype(np.int64) for name, part in parts.items()}
    return {**joined, "split_offsets": offsets.astype(np.int64)}


def splits_from_arrays(arrays: Mapping[str, np.ndarray]) -> tuple[Split, ...]:
    """Return the splits of :func:`split_arrays`.

    Raises:
        KeyError: an array is missing.
        ValueError: they are no splits.
    """
    offsets = arrays["split_offsets"]
    cut = [np.split(np.asarray(arrays[f"split_{n}"]), o[1:-1]) for n, o in zip(PARTS, offsets, strict=True)]
    return tuple(Split(*fold) for fold in zip(*cut, strict=True))
