"""Resident memory and CPU time of a process and all its descendants, read from /proc where it exists."""

import os
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_HAS_PROC = Path("/proc/self/statm").exists()


def tree_usage(pid: int) -> tuple[int, float]:
    """Return (resident bytes, CPU seconds) of `pid` and its living descendants; zeros when it is gone."""
    if not _HAS_PROC:
        return _psutil_usage(pid)
    resident, cpu, pending = 0, 0.0, [pid]
    while pending:
        process = pending.pop()
        try:
            with open(f"/proc/{process}/statm") as file:
                resident += int(file.read().split()[1]) * _PAGE
            with open(f"/proc/{process}/stat") as file:
                times = file.read().rpartition(")")[2].split()[11:15]
            cpu += sum(map(int, times)) / _TICK
            for task in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{task}/children") as file:
                    pending.extend(map(int, file.read().split()))
        except (OSError, IndexError, ValueError):
            continue
    return resident, cpu


def _psutil_usage(pid: int) -> tuple[int, float]:
    import psutil

    resident, cpu = 0, 0.0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            times = process.cpu_times()
            resident += process.memory_info().rss
            cpu += times.user + times.system
    except psutil.Error:
        pass
    return resident, cpu
