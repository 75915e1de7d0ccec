"""Wall seconds of a call, and its peak memory above the memory that its process holds already."""

import ctypes
import gc
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_RESET_PEAK = "5"


def settle() -> None:
    """Collect garbage, and exclude all other objects, mostly of loaded modules, from later collections.

    A full collection in a process with torch and numba takes a fifth of a second, and :func:`watched` collects
    before every call.
    """
    gc.collect()
    gc.freeze()


def watched(call: Callable[[], Any]) -> tuple[Any, float, int]:
    """Return the result of `call`, its wall seconds, and its peak bytes of memory above those before.

    The bytes are -1 where the system does not report them.
    """
    before = _reset_peak()
    start = time.perf_counter()
    output = call()
    seconds = time.perf_counter() - start
    return output, seconds, -1 if before is None else max(0, _status("VmHWM") - before)


def _reset_peak() -> int | None:
    """Reset the peak; return the resident bytes, or None where the system cannot.

    Freed memory goes back to the system first: a call that reuses it would seem to need none.
    """
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # another C library than GNU's
        return None
    try:
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK)
        return _status("VmRSS")
    except (OSError, ValueError):
        return None


def _status(name: str) -> int:
    """Return a size from the process's own status, in bytes.

    Raises:
        ValueError: the system does not report it.
    """
    match = re.search(rf"^{name}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    if match is None:
        raise ValueError(f"/proc/self/status has no {name}")
    return int(match[1]) << 10
