"""The device of a worker: visibility, deterministic operations of torch, and peak memory."""

import os
import re
import sys
import warnings
from pathlib import Path
from typing import Any, TextIO

_UNDETERMINED = re.compile(r"(\S+) does not have a deterministic implementation")
_WORKSPACE = ":4096:8"  # of cuBLAS: with it, products repeat to the bit (NVIDIA, cuBLAS library, reproducibility)


def claim(device: str) -> str:
    """Make `device` the only one that this process can see, and return the name that it has from now on.

    It must come before anything in this process uses CUDA. A variable that already restricts the devices is
    honoured: ``cuda:1`` is then the second of those.
    """
    if not device.startswith("cuda"):
        return device
    number = int(device.partition(":")[2] or 0)
    visible = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    os.environ["CUDA_VISIBLE_DEVICES"] = visible[number] if visible else str(number)
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", _WORKSPACE)
    return "cuda:0"


def cuda_is_open() -> bool:
    """Whether this process has used CUDA, so that a fork of it could not; off Linux, as far as torch knows."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return True
    return any(target.startswith("/dev/nvidia-uvm") for target in map(_target, Path("/proc/self/fd").glob("*")))


class Determinism:
    """Asks torch for deterministic operations and collects the names of those that have no such form."""

    def __init__(self) -> None:
        self.operations: set[str] = set()

    def start(self) -> None:
        """Switch torch, if it is loaded, and listen to its warnings; they still reach the trial's log."""
        torch = sys.modules.get("torch")
        if torch is None:
            return
        torch.set_deterministic_debug_mode("warn")
        warnings.filterwarnings("default", message=f".*{_UNDETERMINED.pattern}", category=UserWarning)
        show = warnings.showwarning

        def listen(
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if found := _UNDETERMINED.search(str(message)):
                self.operations.add(found[1])
            show(message, category, filename, lineno, file, line)

        warnings.showwarning = listen

    def facts(self) -> dict[str, Any]:
        """Return the facts for the record; empty if every operation was deterministic."""
        return {"nondeterministic_operations": sorted(self.operations)} if self.operations else {}


def device_facts(device: str) -> dict[str, Any]:
    """Return the device's name and the peak bytes that torch allocated on it; empty for the CPU."""
    torch = sys.modules.get("torch")
    if not device.startswith("cuda") or torch is None:
        return {}
    used = torch.cuda.is_initialized()
    peak = int(torch.cuda.max_memory_allocated(device)) if used else 0
    return {"device": torch.cuda.get_device_name(device), "peak_device_bytes": peak}


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:  # closed meanwhile
        return ""
