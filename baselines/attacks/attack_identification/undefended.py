"""The network under attack, alone: what the others are to improve on."""

from dataclasses import dataclass

import numpy as np
from torch import nn

from harness.protocols.attacks.adversary.training import predicted_labels


@dataclass(frozen=True)
class UndefendedNetwork:
    """A network that takes flattened images (n, d)."""

    network: nn.Module

    def classify(self, signals: np.ndarray) -> np.ndarray:
        """Return the class of the highest score, int64 (n,)."""
        return predicted_labels(self.network, signals)
