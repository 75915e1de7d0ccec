"""Devices of trials: the request, the devices that exist, and their description in a record.

One device runs one trial at a time. The CPU is shared by as many trials as there are cores for.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.errors import UsageError, suggestion

AUTO, CPU, CUDA = "auto", "cpu", "cuda"
_DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")


def cuda_devices() -> int:
    """Return the number of CUDA devices that torch can use; it is imported only where a driver is installed."""
    if not any(Path(driver).exists() for driver in _DRIVERS):
        return 0
    import torch

    return torch.cuda.device_count()


def check_request(request: str) -> str:
    """Return `request` if it is one of ``auto``, ``cpu``, ``cuda`` and ``cuda:N``, whether or not it exists.

    Raises:
        UsageError: it is none of them.
    """
    kind, colon, number = request.partition(":")
    if (not colon and kind in (AUTO, CPU, CUDA)) or (kind == CUDA and number.isascii() and number.isdigit()):
        return request
    near = suggestion(request, (AUTO, CPU, CUDA, "cuda:0"))
    raise UsageError(f"--device: expected auto, cpu, cuda or cuda:N, got {request!r}{near}")


def choose(request: str, count: int) -> tuple[str, ...]:
    """Return the devices that trials run on: ``("cpu",)``, or CUDA devices with one trial at a time each.

    ``auto`` takes all CUDA devices, or the CPU where there are none; ``cuda`` takes all; ``cuda:N`` takes one.

    Args:
        request: the user's ``--device``.
        count: number of CUDA devices.

    Raises:
        UsageError: `request` is malformed, or asks for a device that is not here.
    """
    check_request(request)
    existing = tuple(f"{CUDA}:{number}" for number in range(count))
    if request == CPU or (request == AUTO and not count):
        return (CPU,)
    if request in (AUTO, CUDA) and count:
        return existing
    wanted = f"{CUDA}:{int(request.partition(':')[2])}" if ":" in request else request
    if wanted not in existing:
        here = ", ".join((CPU, *existing))
        raise UsageError(f"--device: {request} is not here; torch can use: {here}. `--device auto` takes the best.")
    return (wanted,)


def is_shared(devices: Sequence[str]) -> bool:
    """Whether several trials may use one of these devices at a time."""
    return CPU in devices


def describe(devices: Sequence[str]) -> dict[str, Any]:
    """Return the devices' part of an environment: empty for the CPU, which is part of it already."""
    if is_shared(devices):
        return {}
    import torch

    names = [torch.cuda.get_device_name(int(device.partition(":")[2])) for device in devices]
    return {"devices": sorted(names), "cuda": torch.version.cuda or torch.version.hip}
