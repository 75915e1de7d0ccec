"""One fold of a data set: which items are trained on, selected on and tested on."""

from dataclasses import dataclass

import numpy as np


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
