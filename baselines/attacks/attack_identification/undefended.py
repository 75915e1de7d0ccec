"""Undefended network alone, the lower bound for the other contenders."""

from dataclasses import dataclass

import numpy as np
from torch import nn

from harness.protocols.attacks.adversary.training import predicted_labels


@dataclass(frozen=True)
class UndefendedNetwork:
    """Undefended network on flattened images (n, d)."""

    network: nn.Module

    def classify(self, signals: np.ndarray) -> np.ndarray:
        """Return the class of the highest score, int64 (n,)."""
        return predicted_labels(self.network, signals)
