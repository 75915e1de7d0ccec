"""Memory and CPU time of a process and all its descendants, read from /proc where it exists."""

import os
import resource
import sys
from pathlib import Path
from typing import NamedTuple

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_HAS_PROC = Path("/proc/self/statm").exists()


class TreeUsage(NamedTuple):
    """Usage of a process and its living descendants.

    Attributes:
        resident: bytes of resident memory, pages of files included.
        private: bytes of it that are no pages of files, such as libraries and mapped arrays; all of it where the
            system does not distinguish them.
        cpu: CPU seconds.
    """

    resident: int
    private: int
    cpu: float


def tree_usage(pid: int) -> TreeUsage:
    """Return the usage of `pid` and its living descendants; zeros when it is gone."""
    if not _HAS_PROC:
        return _psutil_usage(pid)
    resident, private, cpu, pending = 0, 0, 0.0, [pid]
    while pending:
        process = pending.pop()
        try:
            total, of_files = _resident(process)
            resident += total
            private += total - of_files
            with open(f"/proc/{process}/stat") as file:
                times = file.read().rpartition(")")[2].split()[11:15]
            cpu += sum(map(int, times)) / _TICK
            for task in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{task}/children") as file:
                    pending.extend(map(int, file.read().split()))
        except (OSError, IndexError, ValueError):
            continue
    return TreeUsage(resident, private, cpu)


def private_memory() -> int:
    """Return the bytes of resident memory of this process that are no pages of files."""
    return tree_usage(os.getpid()).private


def private_peak() -> int:
    """Return the largest private memory that this process has had, by the kernel's count.

    The kernel counts pages of files, too; those of now are subtracted, of which there were hardly ever more.
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return peak - (_resident(os.getpid())[1] if _HAS_PROC else 0)


def _resident(process: int) -> tuple[int, int]:
    """Return the bytes of resident memory of a process, and those of them that are pages of files."""
    with open(f"/proc/{process}/statm") as file:
        _, resident, of_files, *_ = map(int, file.read().split())
    return resident * _PAGE, of_files * _PAGE


def _psutil_usage(pid: int) -> TreeUsage:
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
    return TreeUsage(resident, resident, cpu)
