"""A Ray cluster of several nodes on one machine, in a network namespace of its own: nothing else sees its ports.

Only the loopback interface is there. Outside of such a namespace Ray would replace 127.0.0.1 by the machine's
address.
"""

import itertools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

PORT = 6399
ADDRESS = f"127.0.0.1:{PORT}"
STORE_BYTES = 100 << 20
MEMORY_BYTES = 4 << 30
HEALTH_CHECK = {"period_ms": "500", "timeout_ms": "2000", "failure_threshold": "3"}
_MAPPED = [] if os.geteuid() == 0 else ["--map-root-user"]
_JOINED = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]


def missing() -> str:
    """Say what this machine lacks for such a cluster, or return nothing."""
    if find_spec("ray") is None:
        return "Ray is not installed"
    for tool in ("unshare", "nsenter", "ip"):
        if shutil.which(tool) is None:
            return f"`{tool}` is not installed"
    probe = subprocess.run(
        ["unshare", *_MAPPED, "--net", "ip", "link", "set", "lo", "up"], capture_output=True, text=True, check=False
    )
    return f"a network namespace is not permitted: {probe.stderr.strip()}" if probe.returncode else ""


class RayNetwork:
    """Starts nodes, runs commands beside them, and kills nodes as a power cut would.

    Attributes:
        environment: of all nodes.
        nodes: the processes that hold each node's, in the order of their start; the first is the head.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self.temporary = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # sockets' paths must be short
        self.environment = {**environment, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        self.environment |= {f"RAY_health_check_{name}": value for name, value in HEALTH_CHECK.items()}
        self.nodes: list[subprocess.Popen[str]] = []
        self.holder = subprocess.Popen(
            ["unshare", *_MAPPED, "--net", "sh", "-c", "ip link set lo up && echo up && exec sleep 600"],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.holder.stdout is not None
        assert self.holder.stdout.readline() == "up\n"

    def inside(self, command: Sequence[str]) -> list[str]:
        """Return the command line that runs `command` in the namespace."""
        return ["nsenter", "--target", str(self.holder.pid), *_JOINED, "--net", *command]

    def start(self, cpus: Sequence[int]) -> None:
        """Start a node for each number of CPUs, the head first, and wait until all are up."""
        for number, count in enumerate(cpus):
            head = ["--head", "--port", str(PORT), "--include-dashboard=false", "--temp-dir", self.temporary]
            sizes = [f"--num-cpus={count}", f"--object-store-memory={STORE_BYTES}", f"--memory={MEMORY_BYTES}"]
            options = ["--node-ip-address=127.0.0.1", "--disable-usage-stats", "--block"]
            where = ["--address", ADDRESS] if number else head
            self.nodes.append(
                subprocess.Popen(
                    self.inside([sys.executable, "-m", "ray.scripts.scripts", "start", *where, *sizes, *options]),
                    env=self.environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    start_new_session=True,
                )
            )
        for node in self.nodes:
            assert node.stdout is not None
            said = list(itertools.takewhile(lambda line: "--block" not in line, node.stdout))
            assert node.poll() is None, f"a node did not start: {''.join(said)}"

    def kill_node(self, number: int) -> None:
        """Kill all processes of a node at once."""
        os.killpg(self.nodes[number].pid, signal.SIGKILL)
        self.nodes[number].wait()

    def stop(self) -> None:
        """Kill all nodes and the namespace."""
        for process in (*self.nodes, self.holder):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self.temporary, ignore_errors=True)

    def log(self) -> str:
        """Return what the nodes' own processes said last, for a test that fails."""
        files = sorted(Path(self.temporary).glob("session_*/logs/worker*.err"))
        return "\n".join(file.read_text(errors="replace")[-2000:] for file in files)
