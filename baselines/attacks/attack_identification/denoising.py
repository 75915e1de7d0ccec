"""Denoising before the undefended network: projection onto principal components, or total variation."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.decomposition import PCA
from torch import nn

from harness.protocols.attacks.adversary.training import predicted_labels

from .signals import checked_signals
from .total_variation import total_variation_denoised


class Denoiser(Protocol):
    """Denoiser before the network."""

    def denoise(self, signals: np.ndarray) -> np.ndarray:
        """Return signals (n, d) with less noise."""
        ...


@dataclass(frozen=True)
class PrincipalComponents:
    """Projection onto the leading principal components of clean images, around their mean."""

    mean: np.ndarray  # (d,)
    components: np.ndarray  # (k, d), orthonormal rows

    @classmethod
    def fit(cls, images: np.ndarray, components: int) -> "PrincipalComponents":
        """Fit the components to clean images (n, d).

        Raises:
            ValueError: images that are not a finite matrix, or a number of components outside 1 to min(n, d).
        """
        given = np.asarray(images)
        if given.ndim != 2:
            raise ValueError(f"images have shape {given.shape}; expected (images, d)")
        rows = checked_signals(given, given.shape[1])
        if not 1 <= components <= min(rows.shape):
            raise ValueError(f"components is {components}; expected 1 to {min(rows.shape)}")
        found = PCA(components, svd_solver="full").fit(rows)
        return cls(found.mean_, found.components_)

    def denoise(self, signals: np.ndarray) -> np.ndarray:
        x = checked_signals(signals, len(self.mean)) - self.mean
        return self.mean + (x @ self.components.T) @ self.components


@dataclass(frozen=True)
class TotalVariation:
    """Rudin-Osher-Fatemi denoising of images of one shape.

    Attributes:
        shape: height and width.
        weight: weight of the total variation, for pixels in [0, 1].
        iterations: Chambolle steps.
    """

    shape: tuple[int, int]
    weight: float = 0.1
    iterations: int = 50

    def denoise(self, signals: np.ndarray) -> np.ndarray:
        height, width = self.shape
        x = checked_signals(signals, height * width)
        images = x.reshape(-1, height, width)
        return total_variation_denoised(images, self.weight, self.iterations).reshape(x.shape)


@dataclass(frozen=True)
class DenoisedNetwork:
    """Denoiser, then the undefended network on flattened images."""

    denoiser: Denoiser
    network: nn.Module

    def classify(self, signals: np.ndarray) -> np.ndarray:
        """Return the network's class of each denoised signal, int64 (n,)."""
        return predicted_labels(self.network, self.denoiser.denoise(signals))
