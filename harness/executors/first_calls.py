"""First calls in a process: imports and compilation, which are no part of a trial's time and memory.

The fork server does them before it forks (:func:`load_compiled` after its imports). A worker watches for those that
happen nevertheless while its trial is measured, and the record names them.
"""

import gc
import importlib
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

# No public hook measures the time of imports.
_bootstrap: Any = importlib._bootstrap  # type: ignore[attr-defined]
NEGLIGIBLE_SECONDS, NEGLIGIBLE_SHARE = 0.02, 0.01


@dataclass
class FirstCalls:
    """Wall seconds of first calls during the measured part of a trial.

    Attributes:
        imports: importing modules.
        compiled: numba's compilation, and loading of compiled code.
        modules: modules imported meanwhile, in order.
    """

    imports: float = 0.0
    compiled: float = 0.0
    modules: tuple[str, ...] = ()


def negligible(seconds: float, measured: float) -> bool:
    """Return whether first calls of `seconds` hardly change a time of `measured` seconds."""
    return seconds <= max(NEGLIGIBLE_SECONDS, NEGLIGIBLE_SHARE * measured)


@contextmanager
def watched() -> Iterator[FirstCalls]:
    """Watch imports, and numba's compiler if it is loaded, in this process while the body runs."""
    found = FirstCalls()
    before = set(sys.modules)
    with ExitStack() as stack:
        stack.enter_context(_watched_imports(found))
        numba = None
        if "numba.core.event" in sys.modules:
            from harness.executors.compilation import PREPARING, compilation

            numba = stack.enter_context(compilation(PREPARING))
        try:
            yield found
        finally:
            found.compiled = numba.seconds if numba else 0.0
            found.modules = tuple(name for name in sys.modules if name not in before)


@contextmanager
def _watched_imports(found: FirstCalls) -> Iterator[None]:
    """Add up the seconds of imports of this thread; Python calls the function patched for absent modules only."""
    original, thread, depth = _bootstrap._find_and_load, threading.get_ident(), 0

    def find_and_load(name: str, import_: Any) -> Any:
        nonlocal depth
        if depth or threading.get_ident() != thread:
            return original(name, import_)
        depth, started = 1, time.perf_counter()
        try:
            return original(name, import_)
        finally:
            depth = 0
            found.imports += time.perf_counter() - started

    _bootstrap._find_and_load = find_and_load
    try:
        yield
    finally:
        _bootstrap._find_and_load = original


def load_compiled() -> int:
    """Load what numba's cache holds of the functions imported so far; return the number of functions loaded.

    Parallel functions are left out: loading one starts threads, which do not survive a fork.
    """
    if "numba.core.dispatcher" not in sys.modules:
        return 0
    from numba.core.caching import FunctionCache
    from numba.core.dispatcher import Dispatcher

    count = 0
    # By type alone: `isinstance` asks the objects, and some answer with a warning or an import.
    functions: list[Any] = [one for one in gc.get_objects() if Dispatcher in type(one).__mro__]
    for function in functions:
        cache = function._cache
        if not isinstance(cache, FunctionCache) or function.targetoptions.get("parallel"):
            continue
        with suppress(Exception):  # a cache that cannot be read is compiled again by the worker that needs it
            codegen = function.targetctx.codegen()
            for key in cache._cache_file._load_index():
                if cache._index_key(key[0], codegen) == key:
                    function.compile(key[0])
                    count += 1
    return count
