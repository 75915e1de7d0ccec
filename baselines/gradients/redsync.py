"""RedSync: bisection of a threshold between the mean and the maximum of the magnitudes.

J. Fang, H. Fu, G. Yang and C.-J. Hsieh, "RedSync: Reducing Synchronization Bandwidth for Distributed Deep
Learning Training System", JPDC 2019 (arXiv 1808.04357), with the stopping rule of the SIDCo authors' code.
"""

from dataclasses import dataclass

import numpy as np

from baselines.gradients.append import Appender
from baselines.gradients.pairs import Gradient, Pairs, checked, finite, pairs, wanted
from baselines.gradients.passes import count_above, moments


@dataclass(frozen=True)
class RedSyncSparsifier:
    """Selection of between k and 2k elements where bisection finds such a threshold; else of the last threshold's.

    Attributes:
        ratio: ρ in (0, 1]; k = max(1, ⌊ρn⌋).
        width: in (0, 1). Bisection goes on while the interval of relative thresholds is wider: three times at 0.2.

    Raises:
        ValueError: the width is out of range.
    """

    ratio: float
    width: float = 0.2

    def __post_init__(self) -> None:
        if not 0 < self.width < 1:
            raise ValueError(f"width is {self.width}; allowed are numbers strictly between 0 and 1")

    def __call__(self, x: Gradient, threads: int | None = None) -> Pairs:
        """Return the elements above the threshold, by index.

        Raises:
            TypeError, ValueError, FloatingPointError: as `pairs.checked`, `pairs.wanted` and `append.Appender`.
        """
        k = wanted(self.ratio, checked(x).size)
        if not x.size:
            return pairs(x, np.empty(0, np.int32))
        mean, _, top = moments(x)
        finite(mean)
        lower, upper = 0.0, 1.0
        while upper - lower > self.width:
            middle = (lower + upper) / 2
            threshold = np.float32(mean + middle * (top - mean))
            above = count_above(x, threshold)
            if k < above < 2 * k:
                break
            if 2 * above < k:
                upper = middle
            else:
                lower = middle
        return Appender(max(above, 1), threads)(x, float(np.nextafter(threshold, np.float32(np.inf))))
