"""The method: random convolutions and a linear classifier (ROCKET: Dempster et al., 2020); and its control."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from harness.contract.contender import Settings
from harness.contract.context import Context
from motif_sequences.arrays import SequenceSet
from motif_sequences.linear import LinearModel
from motif_sequences.protocol import SequenceClassifier


@dataclass(frozen=True)
class ConvolutionSettings(Settings):
    """Number and width of the random kernels; penalty of the weights."""

    kernels: int = 100
    width: int = 9
    penalty: float = 0.01


class RandomConvolutions(SequenceClassifier):
    """Describe a sequence by how strongly, and how often, it responds to each of many random kernels."""

    streams: tuple[str, ...] = ("kernels",)

    @classmethod
    def configurations(cls, profile: str) -> tuple[ConvolutionSettings, ...]:
        return (ConvolutionSettings(), ConvolutionSettings(penalty=1.0))

    def fit(self, train: SequenceSet, valid: SequenceSet, context: Context) -> LinearModel:
        kernels = context.stream("kernels").standard_normal((self.settings.kernels, self.settings.width))
        kernels -= kernels.mean(axis=1, keepdims=True)
        order = self.order(train.values.shape[1], context)

        def features(values: np.ndarray) -> np.ndarray:
            windows = sliding_window_view(values[:, order], kernels.shape[1], axis=1)  # (n, places, width)
            responses = windows @ kernels.T  # (n, places, kernels)
            return np.hstack([responses.max(axis=1), (responses > 0).mean(axis=1)])

        return LinearModel(features, train, self.settings.penalty)

    def order(self, steps: int, context: Context) -> np.ndarray:
        """Return the order in which the steps of every sequence are read."""
        return np.arange(steps)


class ShuffledConvolutions(RandomConvolutions):
    """The same on steps in a random order, one for all sequences, which destroys the motifs."""

    streams = ("kernels", "order")

    def order(self, steps: int, context: Context) -> np.ndarray:
        """Return a random order."""
        return context.stream("order").permutation(steps)
