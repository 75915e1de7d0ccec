"""What is said when there is no Ray, no cluster, or no such place."""

import importlib.util
import socket
from collections.abc import Callable

import pytest

from harness.commands.run import cluster_options
from harness.errors import BenchError, UsageError
from harness.executors import ray_cluster
from harness.executors.ray_cluster import check_address
from tests.toy_project import ToyProject

HONEST = "class Honest(Toy):\n    pass\n"


@pytest.mark.parametrize(
    "address", ["", "host", ":6379", "host:", "host:port", "host:0", "host:70000", "ray://h:1"]
)
def test_malformed_addresses(address: str) -> None:
    with pytest.raises(UsageError, match="expected HOST:PORT of the cluster's head, or auto, got"):
        check_address(address)


def test_no_server_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but it does not listen
        port = taken.getsockname()[1]
        with pytest.raises(BenchError, match=rf"no Ray cluster answers at 127.0.0.1:{port}: Connection refused"):
            check_address(f"127.0.0.1:{port}")


def test_somebody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        check_address(f"127.0.0.1:{server.getsockname()[1]}")
    check_address("auto")


def test_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "find_spec", lambda name: None)
    with pytest.raises(BenchError, match=r"needs Ray, which is not installed\..*pip install .*bench-icml22\[ray\]"):
        cluster_options(None, 1, 60.0, None, "auto", None)


def test_an_address_without_its_executor(toy: Callable[[str], ToyProject]) -> None:
    run = toy(HONEST).run("--address", "auto")
    assert run.returncode == 2
    assert run.stderr == "bench: --address names a Ray cluster; give --executor ray, too\n"


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_options_of_a_cluster_are_not_held_against_this_machine() -> None:
    options = cluster_options(500, 64, 60.0, 1 << 50, "auto", "auto")
    assert (options.jobs, options.threads, options.limits.memory, options.executor) == (500, 64, 1 << 50, "ray")
    assert cluster_options(None, 1, 60.0, None, "cuda", "auto").jobs == 0
    with pytest.raises(UsageError, match="--jobs: 500 jobs"):
        cluster_options(500, 1, 60.0, None, "auto", None)
