"""Gaussian-k: the threshold of a normal distribution fitted to the magnitudes, corrected at most three times.

S. Shi, X. Chu, K. C. Cheung and S. See, "Understanding Top-k Sparsification in Distributed Deep Learning", 2019
(arXiv 1911.08772), with the factors of the SIDCo authors' code.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from baselines.gradients.append import Appender
from baselines.gradients.pairs import Gradient, Pairs, checked, finite, pairs, wanted
from baselines.gradients.passes import count_above, moments

SMALLEST, LARGEST = np.finfo(np.float32).tiny, np.finfo(np.float32).max


@dataclass(frozen=True)
class GaussianKSparsifier:
    """Selection of about k elements where magnitudes are near normal, any number elsewhere.

    Attributes:
        ratio: ρ in (0, 1]; k = max(1, ⌊ρn⌋).
        rounds: largest number of corrections.
    """

    ratio: float
    rounds: int = 3

    def __call__(self, x: Gradient, threads: int | None = None) -> Pairs:
        """Return the elements above the threshold, by index.

        Raises:
            TypeError, ValueError, FloatingPointError: as `pairs.checked`, `pairs.wanted` and `append.Appender`.
        """
        k = wanted(self.ratio, checked(x).size)
        if not x.size:
            return pairs(x, np.empty(0, np.int32))
        mean, deviation, _ = moments(x)
        finite(mean)
        quantile = NormalDist().inv_cdf(1 - self.ratio) if self.ratio < 1 else -np.inf
        threshold = mean + deviation * quantile if deviation else mean
        for _ in range(self.rounds):
            above = count_above(x, np.float32(threshold))
            if above < 2 * k / 3:
                threshold *= 0.5
            elif above > 4 * k / 3:
                threshold *= 1.5
            else:
                break
        least = np.float32(min(max(threshold, SMALLEST), LARGEST))
        return Appender(max(count_above(x, least), 1), threads)(x, float(np.nextafter(least, np.float32(np.inf))))
