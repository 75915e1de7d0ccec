"""The sparsifiers as the kernel `hash-sparsification` times them: `prepare(case, data, threads)` returns the call.

`data` has the keys `gradient` (float32, (n,)), `threshold` (for methods that take one) and `k`.
Arrays that a user keeps from step to step are allocated once for all gradients of a case.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from baselines.gradients import append as appending
from baselines.gradients import compaction, topk
from baselines.gradients.dgc import DGCSparsifier
from baselines.gradients.gaussian_k import GaussianKSparsifier
from baselines.gradients.pairs import Pairs
from baselines.gradients.redsync import RedSyncSparsifier
from baselines.gradients.sidco import MOST_STAGES, SIDCoSparsifier

Data = Mapping[str, Any]
Call = Callable[[], Pairs]


def _capacity(k: int) -> int:
    return int(1.3 * k) + 64


@lru_cache(maxsize=2)
def _appender(capacity: int, threads: int) -> appending.Appender:
    return appending.Appender(capacity, threads)


@lru_cache(maxsize=1)
def _positions(size: int) -> torch.Tensor:
    return torch.arange(size, dtype=torch.int32)


def append(case: Any, data: Data, threads: int) -> Call:
    """One-pass append."""
    appender, x, threshold = _appender(_capacity(data["k"]), threads), data["gradient"], data["threshold"]
    return lambda: appender(x, threshold)


def append_loop(case: Any, data: Data, threads: int) -> Call:
    """Append by a plain loop."""
    x, threshold = data["gradient"], np.float32(data["threshold"])
    index, value = np.empty(_capacity(data["k"]), np.int32), np.empty(_capacity(data["k"]), np.float32)

    def call() -> Pairs:
        kept = appending.append_plain(x, threshold, index, value)
        return Pairs(index[:kept], value[:kept])

    return call


def flatnonzero(case: Any, data: Data, threads: int) -> Call:
    """numpy.flatnonzero and a gather."""
    return lambda: compaction.flatnonzero(data["gradient"], data["threshold"])


def nonzero(case: Any, data: Data, threads: int) -> Call:
    """torch.nonzero and a gather."""
    return lambda: compaction.nonzero(data["gradient"], data["threshold"])


def masked_select(case: Any, data: Data, threads: int) -> Call:
    """torch.masked_select of positions and values."""
    positions = _positions(data["gradient"].size)
    return lambda: compaction.masked_select(data["gradient"], positions, data["threshold"])


def torch_topk(case: Any, data: Data, threads: int) -> Call:
    """torch.topk."""
    return lambda: topk.topk(data["gradient"], _ratio(data))


def argpartition(case: Any, data: Data, threads: int) -> Call:
    """numpy.argpartition."""
    return lambda: topk.argpartition(data["gradient"], _ratio(data))


def random_k(case: Any, data: Data, threads: int) -> Call:
    """k elements at random."""
    return lambda: topk.random_k(data["gradient"], _ratio(data), seed=0)


def dgc(case: Any, data: Data, threads: int) -> Call:
    """DGC, its threshold included."""
    sparsifier = DGCSparsifier(_ratio(data))
    return lambda: sparsifier(data["gradient"], threads=threads)


def redsync(case: Any, data: Data, threads: int) -> Call:
    """RedSync, its threshold included."""
    sparsifier = RedSyncSparsifier(_ratio(data))
    return lambda: sparsifier(data["gradient"], threads=threads)


def gaussian_k(case: Any, data: Data, threads: int) -> Call:
    """Gaussian-k, its threshold included."""
    sparsifier = GaussianKSparsifier(_ratio(data))
    return lambda: sparsifier(data["gradient"], threads=threads)


@lru_cache(maxsize=8)
def _settled(case: Any) -> list[SIDCoSparsifier]:
    return []


def sidco(case: Any, data: Data, threads: int) -> Call:
    """SIDCo-E, its threshold included, with the number of stages that it reaches after some steps."""
    settled = _settled(case)
    if not settled:
        sparsifier = SIDCoSparsifier(_ratio(data))
        for _ in range(MOST_STAGES):
            sparsifier = sparsifier.adapted(sparsifier(data["gradient"], threads).index.size, data["gradient"].size)
        settled.append(sparsifier)
    return lambda: settled[0](data["gradient"], threads=threads)


def _ratio(data: Data) -> float:
    """Return a ratio whose number of elements is k for any rounding: ⌊(k + 1/2)/n · n⌋ = k."""
    return min(1.0, (data["k"] + 0.5) / data["gradient"].size)
