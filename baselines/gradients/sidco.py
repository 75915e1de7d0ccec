"""SIDCo-E: a threshold from exponential fits to the magnitudes and then, stage by stage, to their exceedances.

A. M. Abdelmoniem, A. Elzanaty, M.-S. Alouini and M. Canini, "An Efficient Statistical-based Gradient
Compression Technique for Distributed Training Systems", MLSys 2021. Each stage after the first uses only
the elements that the stage before selected.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from baselines.gradients.append import Appender
from baselines.gradients.pairs import Gradient, Pairs, checked, finite, pairs, wanted
from baselines.gradients.passes import count_above, mean_magnitude

MOST_STAGES = 8


@dataclass(frozen=True)
class SIDCoSparsifier:
    """Selection of about k = max(1, ⌊ρn⌋) elements.

    Attributes:
        ratio: ρ in (0, 1].
        stages: number of stages M; a single fit where ρ ≥ `first`.
        first: share δ₁ that the first of several stages selects.
        tolerance: the number of stages stays while the achieved ratio is within ρ(1 ± tolerance).
    """

    ratio: float
    stages: int = 1
    first: float = 0.25
    tolerance: float = 0.2

    def __call__(self, x: Gradient, threads: int | None = None) -> Pairs:
        """Return the elements above the last stage's threshold, by index.

        Raises:
            TypeError, ValueError, FloatingPointError: as `pairs.checked`, `pairs.wanted` and `append.Appender`.
        """
        wanted(self.ratio, checked(x).size)
        if not x.size:
            return pairs(x, np.empty(0, np.int32))
        mean = finite(mean_magnitude(x))
        if self.stages == 1 or self.ratio >= self.first:
            return _above(x, mean * math.log(1 / self.ratio), threads)
        chosen = _above(x, mean * math.log(1 / self.first), threads)
        share = (self.ratio / self.first) ** (1 / (self.stages - 1))
        for _ in range(self.stages - 1):
            if not chosen.index.size:
                break
            magnitudes = np.abs(chosen.value)
            least = float(magnitudes.min())
            threshold = least + (float(magnitudes.mean(dtype=np.float64)) - least) * math.log(1 / share)
            kept = magnitudes > np.float32(threshold)
            chosen = Pairs(chosen.index[kept], chosen.value[kept])
        return chosen

    def adapted(self, selected: int, size: int) -> "SIDCoSparsifier":
        """Return the sparsifier for the steps after `selected` of `size` elements: more stages if too few."""
        achieved = selected / (self.ratio * size)
        if achieved < 1 - self.tolerance:
            return replace(self, stages=min(self.stages + 1, MOST_STAGES))
        if achieved > 1 + self.tolerance:
            return replace(self, stages=max(self.stages - 1, 1))
        return self


def _above(x: Gradient, threshold: float, threads: int | None) -> Pairs:
    least = np.float32(max(threshold, float(np.finfo(np.float32).tiny)))
    above = count_above(x, least)
    return Appender(max(above, 1), threads)(x, float(np.nextafter(least, np.float32(np.inf))))
