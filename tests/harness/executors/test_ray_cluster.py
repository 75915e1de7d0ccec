"""The Ray executor on a real cluster: two nodes of which one is killed, and one that the command starts itself."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.store import RunStore
from harness.trial import Record
from tests.harness.executors import ray_network
from tests.harness.executors.ray_network import ADDRESS, RayNetwork
from tests.toy_project import BENCH, ToyProject, alive

pytestmark = pytest.mark.skipif(bool(ray_network.missing()), reason=ray_network.missing() or "all is there")
SEEDS = 5
SOURCE = """
class Drawn:
    num_parameters = 1

    def __init__(self, scores):
        self.scores = scores

    def predict(self, graphs):
        return self.scores[: len(graphs)]


class Slow(Toy):
    def fit(self, train, valid, context):
        (context.cache / "pids").mkdir(exist_ok=True)
        (context.cache / "pids" / str(os.getpid())).touch()
        time.sleep(1.2)
        assert not any(name.startswith("RAY_") for name in os.environ)
        context.log(0, loss=float(len(train)))
        return Drawn(context.stream("init").normal(size=(1000, train.num_classes)))


class Wrong(Toy):
    def fit(self, train, valid, context):
        raise ValueError("on purpose")
"""


@pytest.fixture
def network(tmp_path: Path) -> Iterator[tuple[RayNetwork, ToyProject]]:
    project = ToyProject(tmp_path / "toy", SOURCE)
    nodes = RayNetwork(project.environment())
    try:
        nodes.start((1, 1))
        yield nodes, project
    finally:
        project.stop()
        nodes.stop()


def start(project: ToyProject, prefix: list[str], env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start ``bench run --executor ray`` on the toy suite."""
    process = subprocess.Popen(
        [*prefix, *BENCH, "run", "--suite", "toy", "--profile", "smoke", "--executor", "ray", *arguments],
        cwd=project.folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    project.running.append(process)
    return process


def workers(project: ToyProject) -> list[int]:
    """Return the processes that are, or were, fitting `slow`."""
    folder = project.folder / "cache" / "derived" / "pids"
    return [int(name) for name in os.listdir(folder)] if folder.exists() else []


def await_workers(project: ToyProject, process: subprocess.Popen[str], count: int) -> None:
    deadline = time.monotonic() + 90
    while len(alive(workers(project))) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "workers come up"
        time.sleep(0.05)


def results(path: Path) -> dict[str, tuple[object, ...]]:
    """Return what must not depend on where trials ran: by key, all but times and the like, to the bit."""
    with RunStore.open(path, readonly=True) as store:
        assert store.check() == []
        return {
            e.record.key: (
                e.record.trial,
                e.record.status,
                {name: value.hex() for name, value in e.record.metrics.items()},
                [dict(row) for row in e.record.curve],
                e.record.failure and (e.record.failure.kind, e.record.failure.message),
                {n: (a.dtype, a.shape, a.tobytes()) for n, a in store.predictions(e.record.key).arrays.items()}
                if e.record.done
                else None,
            )
            for e in store.entries()
        }


def ranking(stdout: str) -> list[str]:
    """Return the tables that a run prints, without the columns of time and memory, which may be left out."""
    without = [re.sub(r" +([\d.,]+ (ms|s|MiB)\b|fit\b|memory\b|—)", "", line) for line in stdout.splitlines()]
    return [re.sub(r" {2,}", "  ", line) for line in without]


def test_a_killed_node_changes_no_result(network: tuple[RayNetwork, ToyProject]) -> None:
    nodes, project = network
    arguments = ("--seeds", f"0-{SEEDS - 1}")
    process = start(project, nodes.inside([]), nodes.environment, "--address", ADDRESS, *arguments)
    await_workers(project, process, 2)  # one on each node, in the middle of `fit`
    nodes.kill_node(1)
    tables, errors = process.communicate(timeout=90)
    assert process.returncode == 1, errors  # `wrong` fails, here as there
    assert "Traceback" not in errors
    cluster = project.records()
    assert len(cluster) == 4 * SEEDS
    assert any("restarts" in record.facts for record in cluster), nodes.log()
    assert all(record.facts.get("restarts", 1) == 1 for record in cluster)
    assert re.search(r"Ray node 127\.0\.0\.1 \(\w+\) is no longer usable: .*; its 1 trial\(s\) restart", errors)
    assert "restarted because their Ray node was lost" in errors

    on_cluster = results(project.store_path)
    project.store_path.rename(project.folder / "cluster.sqlite")
    local = project.run(*arguments)
    assert local.returncode == 1, local.stderr
    assert results(project.store_path) == on_cluster
    assert ranking(local.stdout) == ranking(tables)
    assert confinement(cluster) == confinement(project.records())


def confinement(records: list[Record]) -> set[bool]:
    return {record.resources.confined for record in records if record.done}


def listeners(session: int) -> list[str]:
    """Return the local addresses that processes of a session listen on, as ``ss`` writes them."""
    table = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    found = []
    for line in table.splitlines():
        owners = [int(pid) for pid in re.findall(r"pid=(\d+)", line)]
        if any(os.getsid(pid) == session for pid in owners if Path(f"/proc/{pid}").exists()):
            found.append(line.split()[3])
    return found


def test_a_cluster_of_its_own_is_private_and_obeys_ctrl_c(tmp_path: Path) -> None:
    project = ToyProject(tmp_path / "toy", SOURCE)
    try:
        process = start(project, [], project.environment(), "-c", "slow", "--seeds", "0-49", "--jobs", "1")
        await_workers(project, process, 1)
        addresses = listeners(process.pid)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        project.stop()
    assert len(addresses) >= 3
    assert all(re.match(r"\[?(::ffff:)?127\.", address) for address in addresses), addresses
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "Resume with the same command:\n  bench run --suite toy --profile smoke --executor ray" in errors
    assert alive(workers(project)) == []
    assert not [record for record in project.records() if not record.done]
