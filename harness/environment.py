"""The machine, the versions and the threads behind a record, and how busy the machine was."""

import os
import platform
import sys
from collections.abc import Mapping
from hashlib import blake2b
from importlib import metadata
from pathlib import Path
from typing import Any

from harness.trial import canonical

PACKAGES = (
    "bench-icml22",
    "torch",
    "torch-geometric",
    "ogb",
    "numpy",
    "scipy",
    "numba",
    "networkx",
    "scikit-learn",
    "pandas",
)
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def capture() -> dict[str, Any]:
    """Return the description of this environment, without names of users, hosts and paths."""
    return {
        "cpu": _cpu_model(),
        "cores": usable_cores(),
        "memory_gib": round(total_memory() / 2**30, 1),
        "system": platform.system(),
        "kernel": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def environment_fingerprint(content: Mapping[str, Any]) -> str:
    """Return a short hash of a captured environment (16 hex digits)."""
    return blake2b(canonical(content).encode(), digest_size=8).hexdigest()


def usable_cores() -> int:
    """Return the cores that this process may use (its affinity, not the machine's total)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def total_memory() -> int:
    """Return the bytes of memory that this process may use: the machine's, or its control group's if smaller."""
    limits = [_physical_memory()]
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limits.append(int(Path(path).read_text()))
        except (OSError, ValueError):
            continue
    return min(limits)


def _physical_memory() -> int:
    if hasattr(os, "sysconf"):  # of POSIX, at no cost; `psutil` takes a tenth of the start of a command
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    import psutil

    return int(psutil.virtual_memory().total)


def thread_variables(threads: int) -> dict[str, str]:
    """Return the environment that pins every numerical library; it must be set before they are imported."""
    return {name: str(threads) for name in THREAD_VARIABLES}


def child_environment(**extra: str) -> dict[str, str]:
    """Return the environment of a process with contenders' code: without our variables, with the same imports."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "PYTHONHASHSEED": "0", **extra}


def busy_seconds() -> float:
    """Return the CPU seconds that all cores of the machine have spent busy since boot, time stolen by the
    hypervisor included.
    """
    import psutil

    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
