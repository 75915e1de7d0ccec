"""The executor: rooms, exclusive jobs, limits, reports; and the confinement of workers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from harness.errors import BenchError
from harness.executors import local
from harness.executors.confinement import available
from harness.executors.job import Job, Outcome, TrialLimits, TrialOrder
from harness.executors.local import LocalExecutor
from harness.executors.process_tree import tree_usage
from harness.payload import Payload
from harness.trial import Trial

MODULE = '''
import os, time
import numpy as np
from harness.contract.options import NoOptions
from harness.contract.report import Report


class Echo:
    """A protocol that returns what it was given, and when it ran."""

    Options = NoOptions

    def check(self, contender, name):
        pass

    def run(self, contender, inputs, view, reveal, context):
        began = time.monotonic()
        time.sleep(view.facts["sleep"])
        revealed = reveal()
        ended = time.monotonic()
        threads = [os.environ[n] for n in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")]
        facts = {
            "began": began,
            "ended": ended,
            "threads": threads,
            "pid": os.getpid(),
            "scratch": str(context.scratch),
            "cwd": os.getcwd(),
            "tmp": os.environ["TMPDIR"],
            "time_left": context.time_left(),
        }
        arrays = {"sum": inputs["x"] + view["y"] + revealed["z"]}
        return Report(arrays, settings={}, valid_loss=0.0, configurations_tried=1, fit_seconds=0.5,
                      predict_seconds=0.25, model=facts)


class Nobody:
    name = "nobody"
    streams = ()
'''
Submit = Callable[..., Job]


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LocalExecutor, Submit]]:
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "echo_protocol.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    Payload({"x": np.arange(3)}).save(tmp_path / "inputs")
    numbers = iter(range(100))

    def job(sleep: float = 0.0, exclusive: bool = False, seconds: float = 60.0, target: str = "Nobody") -> Job:
        number = next(numbers)
        view = tmp_path / f"view-{number}"
        Payload({"y": np.full(3, number)}, {"sleep": sleep}).save(view)
        return Job(
            number,
            Trial("task", f"c{number}"),
            f"echo_protocol:{target}",
            "echo_protocol:Echo",
            tmp_path / "inputs",
            view,
            lambda: Payload({"z": np.full(3, 100)}),
            TrialLimits(seconds, 1 << 30),
            exclusive,
        )

    with LocalExecutor(
        jobs=2, threads=1, work=tmp_path / "work", cache=tmp_path / "cache", preload=("echo_protocol",)
    ) as executor:
        yield executor, job
    assert not (tmp_path / "work").exists()


def finish(executor: LocalExecutor) -> list[Outcome]:
    outcomes: list[Outcome] = []
    deadline = time.monotonic() + 60
    while executor.running and time.monotonic() < deadline:
        outcomes += executor.wait(1.0)
    return sorted(outcomes, key=lambda outcome: outcome.job.number)


def test_a_job_goes_all_the_way(room: tuple[LocalExecutor, Submit]) -> None:
    executor, job = room
    executor.submit(job())
    assert [trial.contender for trial in executor.running] == ["c0"]
    (outcome,) = finish(executor)
    assert (outcome.status, outcome.failure) == ("done", None)
    assert outcome.report is not None
    assert outcome.report["sum"].tolist() == [100, 101, 102]
    facts = outcome.report.model
    assert facts["threads"] == ["1", "1", "1"]
    assert facts["scratch"] == facts["cwd"] == facts["tmp"]
    assert not Path(facts["scratch"]).exists()
    assert 50 < facts["time_left"] < 60
    cost = outcome.resources
    assert (cost.fit_seconds, cost.predict_seconds) == (0.5, 0.25)
    assert (cost.jobs, cost.threads, cost.confined) == (2, 1, available())
    assert cost.cpu_seconds > 0
    assert 0 < cost.wall_seconds < 60
    assert 0 < cost.peak_bytes < 5 << 20  # above the empty worker
    assert cost.first_call == "excluded"
    assert 0 <= cost.contention <= 1


def test_two_jobs_share_the_machine_and_a_third_waits(room: tuple[LocalExecutor, Submit]) -> None:
    executor, job = room
    for _ in range(2):
        assert executor.has_room(job())
        executor.submit(job(sleep=0.4))
    assert not executor.has_room(job())
    first, second = [outcome.report.model for outcome in finish(executor) if outcome.report]
    assert first["began"] < second["ended"]
    assert second["began"] < first["ended"]
    assert executor.has_room(job())


def test_an_exclusive_job_is_alone(room: tuple[LocalExecutor, Submit]) -> None:
    executor, job = room
    executor.submit(job(sleep=0.2))
    assert not executor.has_room(job(exclusive=True))
    finish(executor)
    assert executor.has_room(job(exclusive=True))
    executor.submit(job(sleep=0.2, exclusive=True))
    assert not executor.has_room(job())
    finish(executor)


def test_workers_are_processes_of_their_own(room: tuple[LocalExecutor, Submit]) -> None:
    executor, job = room
    for _ in range(2):
        executor.submit(job())
    pids = {outcome.report.model["pid"] for outcome in finish(executor) if outcome.report}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_abandoning_leaves_nothing(room: tuple[LocalExecutor, Submit]) -> None:
    executor, job = room
    executor.submit(job(sleep=1000))
    pids = list(executor.workers)
    executor.abandon()
    assert executor.running == []
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    executor.abandon()


def test_a_missing_attribute_is_a_failure(room: tuple[LocalExecutor, Submit]) -> None:
    executor, job = room
    executor.submit(job(target="Absent"))
    (outcome,) = finish(executor)
    assert outcome.status == "failed"
    assert outcome.failure is not None
    assert outcome.failure.kind == "AttributeError"


def test_an_import_that_hangs_ends_with_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "endless_import.py").write_text("import time\ntime.sleep(1000)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(local, "PRELOAD_SECONDS", 1.0)
    executor = LocalExecutor(
        jobs=1, threads=1, work=tmp_path / "work", cache=tmp_path / "cache", preload=("endless_import",)
    )
    limits = TrialLimits(10, 1 << 30)
    job = Job(0, Trial("t", "c"), "a:b", "c:d", tmp_path, tmp_path, Payload, limits)
    monkeypatch.setattr(local, "STOP_SECONDS", 0.5)
    with executor:
        with pytest.raises(BenchError, match=r"contender's import may hang \(imports: endless_import\)"):
            executor.submit(job)
        server = executor.server
    assert server.poll() is not None


def test_orders_travel_as_json() -> None:
    order = TrialOrder(
        trial=Trial("t", "c", 1, 2),
        contender="a:b",
        protocol="c:d",
        options={"rounds": [1, 2], "rate": 0.5},
        inputs="i",
        view="v",
        folder="f",
        cache="k",
        threads=1,
        device="cpu",
        seconds=5.0,
        readable=("r",),
        hidden=("h", "g"),
    )
    assert TrialOrder.from_dict(json.loads(json.dumps(order.as_dict()))) == order


def test_usage_counts_the_whole_tree() -> None:
    code = (
        "import os, time\n"
        "block = bytearray(b'x') * (40 << 20)\n"
        "child = os.fork()\n"
        "block[::4096] = b'y' * len(block[::4096])\n"
        "os.write(1, b'ready\\n')\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline() for _ in range(2)]
        usage = tree_usage(process.pid)
    finally:
        for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
            os.kill(int(child), 9)
        process.kill()
        process.communicate()
    assert lines == ["ready\n", "ready\n"]
    assert usage.resident > usage.private > 80 << 20
    assert usage.cpu > 0
    assert tree_usage(process.pid) == (0, 0, 0.0)


@pytest.mark.skipif(not available(), reason="this kernel has no Landlock")
def test_confinement_allows_what_is_listed_and_nothing_else(tmp_path: Path) -> None:
    for name in ("readable", "writable", "hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    code = f"""
import os, subprocess, sys
from harness.executors.confinement import confine
root = {str(tmp_path)!r}
print(confine([root + "/readable"], [root + "/writable"], [root + "/hidden"]))
def attempt(action):
    try:
        action()
        return "ok"
    except OSError as error:
        return type(error).__name__
for name in ("readable", "writable", "hidden"):
    path = f"{{root}}/{{name}}"
    print(
        name,
        attempt(lambda: open(path + "/file").read()),
        attempt(lambda: os.listdir(path)),
        attempt(lambda: open(path + "/new", "w")),
        attempt(lambda: os.rename(path + "/file", path + "/moved")),
    )
print("child", subprocess.run(["cat", root + "/hidden/file"], capture_output=True).returncode)
link = root + "/writable/link"
print("link", attempt(lambda: os.symlink(root + "/hidden", link)), attempt(lambda: os.listdir(link)))
import json, email, unittest
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [
        "True",
        "readable ok ok PermissionError PermissionError",
        "writable ok ok ok ok",
        "hidden PermissionError PermissionError PermissionError PermissionError",
        "child 1",
        "link ok PermissionError",
    ]


@pytest.mark.skipif(not available(), reason="this kernel has no Landlock")
def test_a_hidden_folder_inside_a_readable_one_is_not_called_hidden(tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    code = (
        "from harness.executors.confinement import confine\n"
        f"print(confine([{str(tmp_path)!r}], [], [{str(tmp_path / 'hidden')!r}]))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
