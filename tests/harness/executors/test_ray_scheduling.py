"""Which trial goes to which node, and the trials of a lost node; the nodes here answer on request."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import BenchError, UsageError
from harness.executors import ray_executor
from harness.executors.job import Job, TrialLimits
from harness.executors.parcel import pack, unpack
from harness.executors.ray_cluster import RayNode
from harness.executors.ray_executor import RESTARTS, RayExecutor
from harness.executors.ray_node import TrialNode
from harness.executors.station import Station
from harness.payload import Payload
from harness.trial import Trial
from tests.reports import report_of

pytest.importorskip("ray", reason="Ray is not installed")
GIB = 1 << 30


def node(number: int, cpus: int = 2, gpus: int = 0, memory: int = 8 * GIB) -> RayNode:
    return RayNode(f"{number:08x}ff", f"10.0.0.{number}", cpus, gpus, memory)


def job(number: int, exclusive: bool = False) -> Job:
    return Job(
        number,
        Trial("t", f"c{number}"),
        "a:B",
        "c:D",
        Path("inputs"),
        Path("view"),
        lambda: Payload({"z": np.arange(number)}),
        TrialLimits(5.0, 0),
        exclusive,
    )


def executor_with(*stations: Station, **options: Any) -> RayExecutor:
    given = {"address": None, "jobs": None, "threads": 1, **options}
    executor = RayExecutor(**given)
    executor.stations = {station.node.id: station for station in stations}
    return executor


def station(number: int, machine: str = "", slots: int = 2) -> Station:
    made = Station(node(number), slots, 4 * GIB, None, None, 0.0)
    made.answered({"machine": machine or f"machine {number}", "environment": {"cpu": f"{number}"}, "differing": []})
    return made


@pytest.fixture(autouse=True)
def parcels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RayExecutor, "_parcel", lambda self, folder: folder.name)


def placed(executor: RayExecutor) -> dict[str, list[int]]:
    return {s.node.address: list(s.jobs) for s in executor.stations.values()}


def test_the_least_busy_node_comes_first() -> None:
    executor = executor_with(station(1), station(2, slots=4))
    for number in range(6):
        assert executor.has_room(job(number))
        executor.submit(job(number))
    assert placed(executor) == {"10.0.0.1": [0, 3], "10.0.0.2": [1, 2, 4, 5]}
    assert not executor.has_room(job(6))
    assert len(executor.running) == 6
    with pytest.raises(BenchError, match="no node has room for c6 on t"):
        executor.submit(job(6))


def test_jobs_limits_the_whole_cluster() -> None:
    executor = executor_with(station(1), station(2), jobs=3)
    for number in range(3):
        executor.submit(job(number))
    assert executor.jobs == 3
    assert not executor.has_room(job(3))


def test_an_exclusive_trial_has_its_machine_alone_though_two_nodes_share_it() -> None:
    executor = executor_with(station(1, "one"), station(2, "one"), station(3, "other"))
    executor.submit(job(0))
    executor.submit(job(1, exclusive=True))
    assert placed(executor) == {"10.0.0.1": [0], "10.0.0.2": [], "10.0.0.3": [1]}
    assert not executor.has_room(job(2, exclusive=True))
    executor.submit(job(3))
    assert placed(executor)["10.0.0.2"] == [3]
    executor.submit(job(4))
    executor.submit(job(5))
    assert placed(executor)["10.0.0.3"] == [1]
    assert not executor.has_room(job(6))


def test_targets_are_cut_only_when_fit_has_returned() -> None:
    calls = []

    def reveal() -> Payload:
        calls.append(1)
        return Payload({"z": np.arange(3)})

    here = station(1)
    executor = executor_with(here)
    plain = job(7)
    executor.submit(Job(**{**vars(plain), "reveal": reveal}))
    assert not calls
    executor._take(here, [{"event": "fitted", "number": 7}, {"event": "fitted", "number": 8}])
    assert calls == [1]
    ((number, parcel),) = here.reveals
    assert number == 7
    assert unpack(parcel)["z"].tolist() == [0, 1, 2]


def test_what_a_node_reports_is_the_outcome() -> None:
    here = station(1)
    executor = executor_with(here)
    executor.submit(job(0))
    cost = {"wall_seconds": 1.5, "jobs": 2}
    ended = {"event": "ended", "number": 0, "status": "done", "failure": None, "resources": cost, "log": "hello"}
    ended["compiled"] = False
    executor._take(here, [{**ended, "report": {"facts.json": b"no payload"}}])
    (outcome,) = executor.finished
    assert (outcome.status, outcome.log, outcome.resources.wall_seconds) == ("failed", "hello", 1.5)
    assert outcome.failure is not None
    assert outcome.failure.kind == "BadPrediction"
    assert outcome.failure.message.startswith("the report cannot be read: ")
    assert outcome.environment == {"cpu": "1"}
    assert executor.running == []
    executor._take(here, [{**ended, "report": None}])
    assert len(executor.finished) == 1, "a second report of the same job is of no interest"


def test_a_report_comes_back_whole_and_a_forged_one_fails_its_trial() -> None:
    here = station(1)
    executor = executor_with(here)
    sent = report_of({"scores": np.eye(2)}, measured={"step_ms": 1.5}, flags=("a fallback",), parameters=7)
    ended = {"event": "ended", "status": "done", "failure": None, "log": "", "compiled": False}
    ended["resources"] = {"wall_seconds": 10.0}
    for number, payload in enumerate((sent.payload(), Payload({}, {**sent.payload().facts, "valid_loss": "low"}))):
        executor.submit(job(number))
        executor._take(here, [{**ended, "number": number, "report": pack(payload)}])
    whole, forged = executor.finished
    assert whole.report is not None
    assert whole.report["scores"].tobytes() == np.eye(2).tobytes()
    assert replace(whole.report, predictions=sent.predictions) == sent
    assert (forged.status, forged.report) == ("failed", None)
    assert forged.failure is not None
    assert "valid_loss must be a finite number, got 'low'" in forged.failure.message


def test_a_node_gets_all_of_a_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = station(1)
    executor = executor_with(here)
    sent = replace(job(3, exclusive=True), options={"rounds": [1, 2], "network": "perceptron"})
    executor.submit(sent)
    (submission,) = here.submissions
    there = object.__new__(TrialNode)
    monkeypatch.setattr(TrialNode, "_placed", lambda self, name, parcel: tmp_path / name)
    got = there._job(json.loads(json.dumps(submission)))
    travelled = ("number", "trial", "contender", "protocol", "exclusive", "options")
    assert {name: getattr(got, name) for name in travelled} == {name: getattr(sent, name) for name in travelled}
    assert got.limits == TrialLimits(sent.limits.seconds, here.share)
    assert (got.inputs, got.view) == (tmp_path / "inputs", tmp_path / "view")


def test_a_lost_trial_goes_elsewhere_a_bounded_number_of_times() -> None:
    said: list[str] = []
    executor = executor_with(station(1), notice=said.append)
    executor.submit(job(0))
    for number in range(2, 2 + RESTARTS):
        lost = next(iter(executor.stations.values()))
        executor.stations[node(number).id] = station(number)
        executor._lose(lost, "it burns")
        assert [waiting.number for waiting in executor.waiting] == [0]
        assert not executor.has_room(job(9)), "those that were lost come first"
        target = executor._station_for(executor.waiting[0])
        assert target is not None
        executor._assign(executor.waiting.popleft(), target)
    executor._lose(next(iter(executor.stations.values())), "it burns")
    (outcome,) = executor.finished
    assert outcome.status == "killed"
    assert outcome.failure is not None
    assert outcome.failure.kind == "NodeLost"
    assert outcome.failure.message.startswith("3 Ray nodes were lost while they ran this trial")
    first = "Ray node 10.0.0.1 (00000001) is no longer usable: it burns; its 1 trial(s) restart on another node"
    assert said[0] == first


def test_a_trial_avoids_the_node_that_lost_it() -> None:
    executor = executor_with(station(1), station(2))
    executor.lost[0] = [node(1).id]
    executor.submit(job(0))
    assert placed(executor) == {"10.0.0.1": [], "10.0.0.2": [0]}


@pytest.mark.parametrize(
    ("options", "given", "slots"),
    [
        ({}, node(1, cpus=8), 8),
        ({"threads": 3}, node(1, cpus=8), 2),
        ({"memory": 3 * GIB}, node(1, cpus=8), 2),
        ({"jobs": 4}, node(1, cpus=8), 4),
        ({"memory": 9 * GIB}, node(1, cpus=8), 0),
    ],
)
def test_room_on_a_node(options: dict[str, Any], given: RayNode, slots: int) -> None:
    assert executor_with(**options)._slots(given) == slots


def test_a_gpu_for_each_trial() -> None:
    executor = executor_with(device="auto")
    assert not executor._wants_gpus([node(1)])
    assert executor._wants_gpus([node(1), node(2, gpus=2)])
    executor.accelerated = True
    assert [executor._slots(node(1, cpus=8, gpus=gpus)) for gpus in (0, 1, 2, 16)] == [0, 1, 2, 8]
    assert not executor_with(device="cpu")._wants_gpus([node(2, gpus=2)])
    with pytest.raises(UsageError, match="nodes have no GPU"):
        executor_with(device="cuda")._wants_gpus([node(1)])
    with pytest.raises(UsageError, match="gives out its GPUs itself; give cuda, not cuda:1"):
        executor_with(device="cuda:1")._wants_gpus([node(1, gpus=2)])


def test_a_cluster_without_room_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_executor.ray_cluster, "nodes", lambda: [node(1, memory=GIB)])
    executor = executor_with(memory=2 * GIB)
    with pytest.raises(BenchError, match=r"takes 1 CPU\(s\), 2\.0 GiB, .*10\.0\.0\.1 .*: 2 CPUs, 0 GPUs, 1\.0"):
        executor.wait(0.0)


def test_other_code_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    here = station(1)
    here.ready = False
    executor = executor_with(here)
    greeting = {"machine": "m", "environment": {}, "differing": ["methods.sep.contender harness.protocols.x"]}
    executor._take(here, greeting)
    assert executor.stations == {}
    monkeypatch.setattr(ray_executor.ray_cluster, "nodes", lambda: [node(1)])
    with pytest.raises(BenchError, match=r"other code than this machine \(in methods.sep.contender or"):
        executor.wait(0.0)
