"""The baseline: a linear classifier on the mean and the standard deviation of a sequence."""

from dataclasses import dataclass

import numpy as np

from harness.contract.contender import Settings
from harness.contract.context import Context
from motif_sequences.arrays import SequenceSet
from motif_sequences.linear import LinearModel
from motif_sequences.protocol import SequenceClassifier


@dataclass(frozen=True)
class MomentSettings(Settings):
    """Penalty of the weights."""

    penalty: float = 0.01


class Moments(SequenceClassifier):
    """Describe a sequence by two numbers that ignore the order of its steps."""

    streams = ()

    @classmethod
    def configurations(cls, profile: str) -> tuple[MomentSettings, ...]:
        return (MomentSettings(), MomentSettings(penalty=1.0))

    def fit(self, train: SequenceSet, valid: SequenceSet, context: Context) -> LinearModel:
        return LinearModel(moments, train, self.settings.penalty)


def moments(values: np.ndarray) -> np.ndarray:
    """Return mean and standard deviation of each sequence, shape (n, 2)."""
    return np.stack([values.mean(axis=1), values.std(axis=1)], axis=1)
