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
    """Number and width of the random kernels; inverse strength of the regularisation."""

    kernels: int = 100
    width: int = 9
    strength: float = 1.0


class RandomConvolutions(SequenceClassifier):
    """Describe a sequence by how strongly, and how often, it responds to each of many random kernels."""

    streams: tuple[str, ...] = ("kernels",)

    @classmethod
    def configurations(cls, profile: str) -> tuple[ConvolutionSettings, ...]:
        return (ConvolutionSettings(), ConvolutionSettings(strength=0.01))

    def fit(self, train: SequenceSet, valid: SequenceSet, context: Context) -> LinearModel:
        kernels = context.stream("kernels").standard_normal((self.settings.kernels, self.settings.width))
        kernels -= kernels.mean(axis=1, keepdims=True)

        def features(values: np.ndarray) -> np.ndarray:
            windows = sliding_window_view(values, kernels.shape[1], axis=1)  # (n, places, width)
            responses = windows @ kernels.T  # (n, places, kernels)
            return np.hstack([responses.max(axis=1), (responses > 0).mean(axis=1)])

        return LinearModel(features, train, self.settings.strength)


class ShuffledConvolutions(RandomConvolutions):
    """The same after one permutation of the steps of all sequences, which destroys every motif."""

    streams = ("kernels", "order")

    def fit(self, train: SequenceSet, valid: SequenceSet, context: Context) -> LinearModel:
        order = context.stream("order").permutation(train.values.shape[1])
        shuffled = SequenceSet(train.values[:, order], train.num_classes, train.targets)
        model = super().fit(shuffled, valid, context)
        features = model.features
        model.features = lambda values: features(values[:, order])
        return model
