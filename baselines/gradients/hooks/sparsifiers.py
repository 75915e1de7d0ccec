"""Sparsifiers that send (index, value) pairs: top-k, DGC, RedSync, Gaussian-k, SIDCo, a fixed threshold, append.

Ranks select different elements, so messages are gathered; see the modules one folder up for the rules.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from baselines.gradients.append import Appender
from baselines.gradients.compaction import GRACE_THRESHOLD, flatnonzero
from baselines.gradients.dgc import DGCSparsifier
from baselines.gradients.gaussian_k import GaussianKSparsifier
from baselines.gradients.pairs import Gradient, Pairs, wanted
from baselines.gradients.redsync import RedSyncSparsifier
from baselines.gradients.sidco import SIDCoSparsifier
from baselines.gradients.topk import topk
from harness.protocols.gradients.data_parallel.contract import Bucket, Collective, Encoded
from harness.protocols.gradients.data_parallel.pairs import mean_of_pairs, packed
from harness.seeds import MAX_SEED, derive_seed

RULES = ("topk", "dgc", "redsync", "gaussian_k", "sidco", "threshold", "append")
ADAPT_EVERY = 5  # steps between two adaptations of SIDCo to the number of selected elements


@dataclass(frozen=True)
class Sparsification:
    """Rule for the sent elements.

    Attributes:
        rule: one of RULES.
        ratio: ρ in (0, 1], for all rules but `threshold`.
        threshold: threshold of the rule `threshold`.

    Raises:
        ValueError: the rule is unknown, or a number is out of range.
    """

    rule: str = "topk"
    ratio: float = 0.001
    threshold: float = GRACE_THRESHOLD

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"rule is {self.rule!r}; allowed are {', '.join(map(repr, RULES))}")
        wanted(self.ratio, 1)
        if not 0 < self.threshold < np.inf:
            raise ValueError(f"threshold is {self.threshold}; allowed are positive finite numbers")


class Sparsifier:
    """Compressor that sends the elements that a rule selects.

    Args:
        settings: the rule.
    """

    collective: Collective = "gather"

    def __init__(self, settings: Sparsification) -> None:
        self.settings = settings
        self.equal_sizes = settings.rule == "topk"  # always k elements
        self._sidco: dict[tuple[str, ...], SIDCoSparsifier] = {}

    def encode(self, gradient: Gradient, bucket: Bucket) -> Encoded:
        pairs = self._select(gradient, bucket)
        return Encoded(packed(pairs.index, pairs.value), pairs.index.copy())

    def decode(self, received: Sequence[Tensor], bucket: Bucket) -> Gradient:
        return mean_of_pairs(received, bucket.size)

    def _select(self, x: Gradient, bucket: Bucket) -> Pairs:
        ratio = self.settings.ratio
        rules: dict[str, Callable[[], Any]] = {
            "topk": lambda: topk(x, ratio),
            "dgc": lambda: DGCSparsifier(ratio)(x, derive_seed(bucket.step, bucket.index) % MAX_SEED, 1),
            "redsync": lambda: RedSyncSparsifier(ratio)(x, 1),
            "gaussian_k": lambda: GaussianKSparsifier(ratio)(x, 1),
            "sidco": lambda: self._adapting(x, bucket),
            "threshold": lambda: flatnonzero(x, self.settings.threshold),
            "append": lambda: _append(x, ratio),
        }
        selected: Pairs = rules[self.settings.rule]()
        return selected

    def _adapting(self, x: Gradient, bucket: Bucket) -> Pairs:
        sidco = self._sidco.get(bucket.names, SIDCoSparsifier(self.settings.ratio))
        selected = sidco(x, 1)
        if (bucket.step + 1) % ADAPT_EVERY == 0:
            sidco = sidco.adapted(selected.index.size, x.size)
        self._sidco[bucket.names] = sidco
        return selected


def _append(x: Gradient, ratio: float) -> Pairs:
    """Append in one pass at the exact threshold, that of rank k; room for 1.3 k + 64 where magnitudes are equal."""
    k = wanted(ratio, x.size)
    magnitude = float(np.partition(np.abs(x), x.size - k)[x.size - k]) if x.size else 0.0
    return Appender(int(1.3 * k) + 64, 1)(x, max(magnitude, float(np.finfo(np.float32).tiny)))
