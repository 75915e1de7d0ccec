"""A Ray cluster: found at an address, or started on this machine's loopback interface for one run."""

import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from harness.errors import BenchError, UsageError

AUTO_ADDRESS = "auto"
PROBE_SECONDS = 5.0
_STORE_BYTES = 1 << 30
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # sends no usage statistics
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # else Ray replaces 127.0.0.1 by a public address
_TOKEN_FAULT = "Authenticat"


@dataclass(frozen=True)
class RayNode:
    """A living node of a cluster and its totals: CPUs, GPUs, and bytes that Ray gives to tasks."""

    id: str
    address: str
    cpus: int
    gpus: int
    memory: int

    def __str__(self) -> str:
        return f"{self.address} ({self.id[:8]})"


def check_installed() -> None:
    """Raise a BenchError with the install command if Ray is missing."""
    if find_spec("ray") is None:
        raise BenchError(
            "--executor ray needs Ray, which is not installed. Install it on every machine of the cluster: "
            "pip install -c constraints.txt 'bench-icml22[ray]'"
        )


def check_address(address: str) -> None:
    """Check that a server listens at ``HOST:PORT``; ``auto`` is left to Ray.

    Raises:
        UsageError: the address is malformed.
        BenchError: no server answers within five seconds.
    """
    if address == AUTO_ADDRESS:
        return
    host, _, port = address.rpartition(":")
    if "/" in host or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise UsageError(f"--address: expected HOST:PORT of the cluster's head, or auto, got {address!r}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PROBE_SECONDS).close()
    except OSError as error:
        raise BenchError(
            f"--address: no Ray cluster answers at {address}: {error.strerror or error}. "
            f"Start one there: ray start --head --port={port}"
        ) from None


@contextmanager
def cluster(address: str | None, cpus: int, memory: int) -> Iterator[None]:
    """Connect to a cluster, or start one for this process alone, while the body runs.

    One that is started here asks for a token that only its own processes have.

    Args:
        address: ``HOST:PORT``, ``auto`` for the cluster that this machine is a node of, or None to start one that
            listens on 127.0.0.1 only.
        cpus, memory: resources of the cluster that is started.

    Raises:
        BenchError: it cannot be reached or started, or has another version of Ray or Python.
    """
    check_installed()
    own = {**_LOOPBACK, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    os.environ.update(_SETTINGS if address else {**_SETTINGS, **own})  # read when ray is imported
    import ray

    folder = None if address else tempfile.mkdtemp(prefix="bench-ray-", dir="/tmp")  # a socket's path must be short
    start: dict[str, Any] = {
        "_temp_dir": folder,
        "include_dashboard": False,
        "_node_ip_address": "127.0.0.1",
        "num_cpus": cpus,
        "_memory": memory,
        "object_store_memory": _STORE_BYTES,
    }
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        ray.init(
            address=address or "local",
            logging_level=logging.ERROR,
            log_to_driver=False,
            **({} if address else start),
        )
    except Exception as error:
        raise BenchError(_cannot_use(address, str(error).strip() or type(error).__name__)) from error
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)  # Ray takes over SIGTERM; a run has its own way to end
    try:
        with redirect_stdout(sys.stderr):  # a thread of Ray prints news of nodes; tables alone belong to the output
            yield
    finally:
        ray.shutdown()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def nodes() -> list[RayNode]:
    """Return the living nodes of the cluster, largest first."""
    import ray

    found = []
    for node in ray.nodes():
        if node["Alive"]:
            total: dict[str, Any] = node["Resources"]
            cpus, gpus, memory = (int(total.get(name, 0)) for name in ("CPU", "GPU", "memory"))
            found.append(RayNode(node["NodeID"], node["NodeManagerAddress"], cpus, gpus, memory))
    return sorted(found, key=lambda node: (-node.cpus, node.id))


def _cannot_use(address: str | None, error: str) -> str:
    reason = error.splitlines()[0]
    if address is None:
        return f"Ray cannot be started on this machine: {reason}"
    if _TOKEN_FAULT in error:
        return (
            f"--address: the Ray cluster at {address} asks for a token that is not known here. Set "
            f"RAY_AUTH_MODE=token, and RAY_AUTH_TOKEN or ~/.ray/auth_token to the cluster's (`ray get-auth-token`)"
        )
    if address == AUTO_ADDRESS:
        return (
            f"--address auto: this machine is no node of a running Ray cluster ({reason}). Start one with "
            f"`ray start --head`, or leave --address out to start one for this run"
        )
    return (
        f"--address: cannot use the Ray cluster at {address}: {reason} The machine that runs `bench` must be one "
        f"of its nodes (`ray start --address={address}`), with the same versions of Ray and Python"
    )
