"""How long a call takes, and the most memory that it needs above what its process holds already."""

import ctypes
import gc
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_RESET_PEAK = "5"


def settle() -> None:
    """Collect what is garbage, and keep what is left, the loaded modules above all, out of later collections.

    Going through all of a process with torch and numba takes a fifth of a second, and `watched` collects before
    every call.
    """
    gc.collect()
    gc.freeze()


def watched(call: Callable[[], Any]) -> tuple[Any, float, int]:
    """Return what `call` returns, its wall seconds, and the bytes of memory at its peak above those before.

    The bytes are -1 where Linux does not tell.
    """
    before = _reset_peak()
    start = time.perf_counter()
    output = call()
    seconds = time.perf_counter() - start
    return output, seconds, -1 if before is None else max(0, _status("VmHWM") - before)


def _reset_peak() -> int | None:
    """Forget the peak so far; return the resident bytes, or None where the system cannot.

    What was freed goes back to the system first: a call that fills it again would seem to need nothing.
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
        ValueError: the system does not state it.
    """
    match = re.search(rf"^{name}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    if match is None:
        raise ValueError(f"/proc/self/status has no {name}")
    return int(match[1]) << 10
