"""One number of threads for all numerical libraries of a process, changed without a restart."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def pinned(threads: int) -> Iterator[None]:
    """Run the body with `threads` threads in BLAS, OpenMP, numba and torch, as far as they are loaded.

    The process must have been started with at least as many: numba never grows its pool.
    """
    from threadpoolctl import threadpool_limits

    set_threads(threads)
    with threadpool_limits(limits=threads):
        yield


def set_threads(threads: int) -> None:
    """Set the threads of numba and torch, if they are loaded: threadpoolctl does not control numba's."""
    numba: Any = sys.modules.get("numba")
    if numba is not None:
        numba.set_num_threads(threads)
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads)


def threading_layers() -> dict[str, str]:
    """Return library -> threading layer and version of the loaded libraries, on which a scaling figure depends."""
    from threadpoolctl import threadpool_info

    layers = {
        info["user_api"] + ":" + info["internal_api"]: f"{info.get('threading_layer', 'openmp')} {info['version']}"
        for info in threadpool_info()
    }
    numba: Any = sys.modules.get("numba")
    if numba is not None:
        try:
            layers["numba"] = numba.threading_layer()
        except ValueError:  # nothing has run in parallel yet
            layers["numba"] = "not started"
    return layers
