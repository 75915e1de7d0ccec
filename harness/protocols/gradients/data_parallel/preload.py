"""First use of slow imports and compiled functions, before a fork: forked processes need not repeat it.

The first optimizer of a process makes torch import its compiler, two seconds; the first call of a compiled function
loads it. The server that trials are forked from imports a contender's module, and with it has done both.
"""

import sys
import warnings
from collections.abc import Callable, Iterable

import numpy as np

from harness.protocols.gradients.data_parallel.contract import Bucket, Compressor
from harness.protocols.gradients.data_parallel.training import DataParallelSettings

SIZE = 5000  # number of elements of the gradient in the first use


def use_once(compressors: Iterable[Callable[[], Compressor]] = ()) -> None:
    """Make an optimizer, and let each compressor encode and decode a small gradient.

    Args:
        compressors: compressors whose compiled functions start no threads: a thread pool does not survive a fork.

    Raises:
        RuntimeError: a compressor has started threads.
    """
    already = _has_compiled_threads()
    settings = DataParallelSettings(widths=(2, 2))
    settings.optimizer(settings.model())
    gradient = np.random.default_rng(0).standard_normal(SIZE, np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # about thresholds, which are irrelevant here
        for make in compressors:
            compressor = make()
            for step in range(2):
                bucket = Bucket(0, step, (("normal", SIZE),), 1)
                compressor.decode([compressor.encode(gradient, bucket).payload], bucket)
    if _has_compiled_threads() and not already:
        raise RuntimeError(
            "a compressor has started numba's threads, which do not survive a fork; leave it out here"
        )


def _has_compiled_threads() -> bool:
    """Return whether a parallel compiled function has run in this process."""
    numba = sys.modules.get("numba")
    try:
        return numba is not None and bool(numba.threading_layer())
    except ValueError:  # not yet
        return False


use_once()
