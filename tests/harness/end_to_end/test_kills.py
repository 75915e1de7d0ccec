"""The harness killed by SIGKILL at random moments, and resumed to the end."""

import random
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from harness.errors import StoreError
from harness.store import RunStore
from harness.trial import Record
from tests.toy_project import ToyProject, alive

KILLS = 20
SEEDS = 60
SOURCE = """
class Sleeper(Toy):
    def fit(self, train, valid, context):
        if os.fork() == 0:
            os.setsid()
            time.sleep(1000)
        time.sleep(0.04)
        context.log(0, loss=1.0)
        return Constant(train.num_classes)
"""


def descendants(pid: int) -> list[int]:
    """Return `pid` and all processes below it."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listing.splitlines())}
    family = [pid]
    for member in family:
        family.extend(child for child, parent in parents.items() if parent == member)
    return family


def gone(pids: list[int], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not alive(pids)


def stored(path: Path) -> dict[str, Record]:
    if not path.exists():
        return {}
    with RunStore.open(path, readonly=True) as store:
        return {entry.record.key: entry.record for entry in store.entries()}


def wait_for_a_record(path: Path, before: int, process: "subprocess.Popen[str]", seconds: float = 60.0) -> None:
    """Return when the store has more records than before, or the process has ended."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(StoreError):  # it is just being made
            if len(stored(path)) > before:
                return
        time.sleep(0.02)


def test_nothing_is_lost_or_done_twice(tmp_path: Path) -> None:
    project = ToyProject(tmp_path / "toy", SOURCE)
    arguments = ("-q", "-t", "toy-task", "--seeds", f"0-{SEEDS - 1}", "--jobs", "2")
    moments = random.Random(20220717)
    seen: dict[str, Record] = {}
    try:
        for number in range(KILLS):
            process = project.start(*arguments)
            if number % 2:  # amid records, however slowly this machine starts; otherwise mostly before them
                wait_for_a_record(project.store_path, len(seen), process)
                time.sleep(moments.uniform(0.0, 0.1))
            else:
                time.sleep(moments.uniform(0.3, 1.5))
            family = descendants(process.pid)
            process.kill()
            process.communicate(timeout=30)
            assert gone(family), f"left running: {alive(family)}"
            now = stored(project.store_path)
            assert {key: now.get(key) for key in seen} == seen
            seen = now
        interrupted = len(seen)
        finished = project.run(*arguments)
        assert finished.returncode == 0, finished.stderr
    finally:
        project.stop()
    assert interrupted > 0, "no kill came late enough to prove anything"
    records = project.records()
    assert sorted(record.trial.seed for record in records) == list(range(SEEDS))
    assert all(record.done for record in records)
    final = stored(project.store_path)
    assert {key: final[key] for key in seen} == seen
    with RunStore.open(project.store_path, readonly=True) as store:
        assert store.check() == []
        assert all(store.predictions(key)["scores"].shape == (8, 2) for key in final)
