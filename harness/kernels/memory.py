"""How long a call takes, and the most memory that it needs above what its process holds already."""

import re
import time
from collections.abc import Callable
from pathlib import Path

_RESET_PEAK = "5"


def watched(call: Callable[[], object]) -> tuple[float, int]:
    """Return the wall seconds of `call`, and the bytes of resident memory at its peak above those before it.

    The bytes are -1 where Linux does not tell.
    """
    try:
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK)
        before = _status("VmRSS")
    except (OSError, ValueError):
        return _seconds(call), -1
    seconds = _seconds(call)
    return seconds, max(0, _status("VmHWM") - before)


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _status(name: str) -> int:
    """Return a size from the process's own status, in bytes.

    Raises:
        ValueError: the system does not state it.
    """
    match = re.search(rf"^{name}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    if match is None:
        raise ValueError(f"/proc/self/status has no {name}")
    return int(match[1]) << 10
