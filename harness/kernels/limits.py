"""The machine's read bandwidth and matrix-product rate, measured in the process that times the kernels."""

import math
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit

from harness.kernels.roofline import MachineRates

STREAM_BYTES = 256 << 20  # several times the last-level cache of a server
GEMM_SIDE = 1024
SECONDS = 0.1


@njit(cache=True, nogil=True)
def _scan_part(words: np.ndarray) -> int:
    """Return the largest word, read at four places in turn: one stream does not saturate every memory."""
    length = words.size // 4
    a = b = c = d = words[0]
    for i in range(length):
        a = max(a, words[i])
        b = max(b, words[i + length])
        c = max(c, words[i + 2 * length])
        d = max(d, words[i + 3 * length])
    return max(max(a, b), max(c, d))


@njit(cache=True, nogil=True)
def _copy_part(target: np.ndarray, source: np.ndarray) -> None:
    target[:] = source


def measure(threads: int, seconds: float = SECONDS) -> MachineRates:
    """Return the four rates with `threads` pinned threads, each measured for `seconds`."""
    read, copy = _memory_rates(threads, seconds)
    return MachineRates(read, copy, _gemm_rate("float32", seconds), _gemm_rate("float64", seconds))


def _memory_rates(threads: int, seconds: float) -> tuple[float, float]:
    words = np.ones(STREAM_BYTES // 4, dtype=np.int32)
    target = np.empty_like(words)
    sources, targets = np.array_split(words, threads), np.array_split(target, threads)
    with ThreadPoolExecutor(threads) as pool:
        read = fastest(lambda: list(pool.map(_scan_part, sources)), seconds)
        copy = fastest(lambda: list(pool.map(_copy_part, targets, sources)), seconds)
    return STREAM_BYTES / read, 2 * STREAM_BYTES / copy


def _gemm_rate(dtype: str, seconds: float) -> float:
    """Return flops a second of the fastest loaded library: NumPy's BLAS, or torch's."""
    a: np.ndarray = np.random.default_rng(0).random((GEMM_SIDE, GEMM_SIDE)).astype(dtype)
    out = np.empty_like(a)
    best = fastest(lambda: np.matmul(a, a, out=out), seconds)
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        b, result = torch.from_numpy(a), torch.from_numpy(out)
        best = min(best, fastest(lambda: torch.mm(b, b, out=result), seconds))
    return 2.0 * GEMM_SIDE**3 / best


def fastest(call: Callable[[], object], seconds: float) -> float:
    """Return the least wall time of a call repeated for `seconds`, after a warm-up: a limit is a best case."""
    call()
    best, until = math.inf, time.perf_counter() + seconds
    while time.perf_counter() < until:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best
