"""Deep gradient compression: a sampled threshold, adapted until the count is near k.

Y. Lin, S. Han, H. Mao, Y. Wang and W. J. Dally, "Deep Gradient Compression: Reducing the Communication
Bandwidth for Distributed Training", ICLR 2018, with the bounds of the authors' code.
"""

import math
from dataclasses import dataclass

import numpy as np

from baselines.gradients.append import Appender
from baselines.gradients.pairs import Gradient, Pairs, checked, finite, pairs, wanted
from baselines.gradients.passes import count_above


@dataclass(frozen=True)
class DGCSparsifier:
    """Selection of at most k = max(1, ⌊ρn⌋) elements.

    Attributes:
        ratio: ρ in (0, 1].
        sample_ratio: share of elements, evenly spaced from a random start, in the sample for the threshold.
        least, most: multiples of k between which a count is accepted.
        rounds: largest number of adaptations; each counts over all n elements.
    """

    ratio: float
    sample_ratio: float = 0.01
    least: float = 0.8
    most: float = 1.3
    rounds: int = 10

    def __call__(self, x: Gradient, seed: int = 0, threads: int | None = None) -> Pairs:
        """Return the first k by index of the elements at the adapted threshold, or the k largest if they are
        too many.

        Raises:
            TypeError, ValueError, FloatingPointError: as `pairs.checked`, `pairs.wanted` and `append.Appender`.
        """
        k = wanted(self.ratio, checked(x).size)
        if not x.size:
            return pairs(x, np.empty(0, np.int32))
        threshold = self.sampled(x, seed)
        reached = count_above(x, np.nextafter(threshold, np.float32(0)))
        for _ in range(self.rounds):
            if reached >= self.least * k or threshold <= np.finfo(np.float32).tiny:
                break
            threshold = max(np.float32(threshold * self.least), np.finfo(np.float32).tiny)
            reached = count_above(x, np.nextafter(threshold, np.float32(0)))
        candidates = Appender(max(reached, 1), threads)(x, float(threshold))
        if reached > self.most * k:
            largest = np.argpartition(np.abs(candidates.value), reached - k)[reached - k :]
            return Pairs(candidates.index[largest], candidates.value[largest])
        return Pairs(candidates.index[:k], candidates.value[:k])

    def sampled(self, x: Gradient, seed: int) -> np.float32:
        """Return the threshold that a share ρ of the sample reaches."""
        stride = max(1, x.size // max(1, int(x.size * self.sample_ratio)))
        start = np.random.default_rng(seed).integers(min(stride, x.size))
        sample = np.abs(x[start::stride])
        place = sample.size - math.ceil(sample.size * self.ratio)
        finite(np.max(sample))
        return max(np.partition(sample, place)[place], np.finfo(np.float32).tiny)
