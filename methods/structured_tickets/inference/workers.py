"""The same compiled function on several threads, each with its own share of the tasks.

Plain threads, because numba's parallel loops set OpenMP's number of threads for the whole process, and with it
torch's. The compiled functions release the interpreter lock.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any


def share_out(function: Callable[[int, int], Any], threads: int) -> None:
    """Call ``function(first, step)`` for first = 0 .. threads - 1 and step = threads, at the same time.

    Raises:
        ValueError: threads below 1.
    """
    if threads < 1:
        raise ValueError(f"threads must be >= 1, got {threads!r}")
    others = [_pool(threads - 1).submit(function, first, threads) for first in range(1, threads)]
    function(0, threads)
    for other in others:
        other.result()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, threads), thread_name_prefix="block-product")


os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork
