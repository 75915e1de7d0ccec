"""Ctrl-C, twice Ctrl-C and SIGTERM: what runs is finished or abandoned, and the same command resumes."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.store import RunStore
from tests.toy_project import ToyProject, alive

SOURCE = """
class Waiter(Toy):
    def fit(self, train, valid, context):
        (context.cache / "started").mkdir(exist_ok=True)
        (context.cache / "started" / str(os.getpid())).touch()
        while not (context.cache / "go").exists():
            time.sleep(0.01)
        return Constant(train.num_classes)
"""
TRIALS = 8


class Interrupted:
    """A run with two trials under way, which wait for a file named `go`."""

    def __init__(self, folder: Path) -> None:
        self.project = ToyProject(folder, SOURCE)
        self.arguments = ("-q", "-t", "toy-task", "--seeds", f"0-{TRIALS - 1}", "--jobs", "2")
        self.derived = folder / "cache" / "derived"
        self.process = self.project.start(*self.arguments)
        deadline = time.monotonic() + 60
        while len(self.workers()) < 2:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, "two workers come up"
            time.sleep(0.01)

    def workers(self) -> list[int]:
        folder = self.derived / "started"
        return [int(name) for name in os.listdir(folder)] if folder.exists() else []

    def go(self) -> None:
        (self.derived / "go").touch()

    def finish(self) -> str:
        _, errors = self.process.communicate(timeout=60)
        assert "Traceback" not in errors
        assert alive(self.workers()) == []
        return errors

    def resume(self) -> None:
        """Run the same command again and hold the store against what must be in it."""
        before = {record.key: record for record in self.project.records()}
        self.go()
        resumed = self.project.run(*self.arguments)
        assert resumed.returncode == 0, resumed.stderr
        records = self.project.records()
        assert sorted(record.trial.seed for record in records) == list(range(TRIALS))
        after = {record.key: record for record in records}
        assert {key: after[key] for key in before} == before
        with RunStore.open(self.project.store_path, readonly=True) as store:
            assert store.check() == []


@pytest.fixture
def interrupted(tmp_path: Path) -> Iterator[Interrupted]:
    running = Interrupted(tmp_path / "toy")
    yield running
    running.project.stop()


def test_ctrl_c_finishes_what_runs(interrupted: Interrupted) -> None:
    interrupted.process.send_signal(signal.SIGINT)
    time.sleep(1.0)
    assert interrupted.process.poll() is None, "it must wait for the two running trials"
    interrupted.go()
    errors = interrupted.finish()
    assert interrupted.process.returncode == 130
    assert len(interrupted.project.records()) == 2
    assert "interrupted with 6 trial(s) left; 2 finished, and their records are in" in errors
    command = re.search(r"Resume with the same command:\n  (.+)", errors)
    assert command is not None
    assert command[1].startswith("bench run --suite toy --profile smoke -q -t toy-task --seeds 0-7")
    interrupted.resume()


def test_ctrl_c_twice_abandons_what_runs(interrupted: Interrupted) -> None:
    interrupted.process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    interrupted.process.send_signal(signal.SIGINT)
    errors = interrupted.finish()
    assert interrupted.process.returncode == 130
    assert "interrupted with 8 trial(s) left; 0 finished" in errors
    assert interrupted.project.records() == []
    interrupted.resume()


def test_sigterm_abandons_what_runs(interrupted: Interrupted) -> None:
    interrupted.process.terminate()
    errors = interrupted.finish()
    assert interrupted.process.returncode == 130
    assert "interrupted with 8 trial(s) left" in errors
    interrupted.resume()


def test_the_message_of_the_first_ctrl_c(tmp_path: Path) -> None:
    running = Interrupted(tmp_path / "toy")
    try:
        running.process.send_signal(signal.SIGTERM)
        running.finish()
        loud = running.project.start(*[a for a in running.arguments if a != "-q"])
        while len(running.workers()) < 4:
            assert loud.poll() is None, loud.communicate()
            time.sleep(0.01)
        os.killpg(loud.pid, signal.SIGINT)
        time.sleep(0.7)
        loud.send_signal(signal.SIGTERM)
        _, errors = loud.communicate(timeout=60)
    finally:
        running.project.stop()
    assert "stopping: waiting for 2 running trial(s); a second Ctrl-C abandons them" in errors
    assert "8 trials to run" in errors


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    project = ToyProject(tmp_path / "toy", "class Honest(Toy):\n    pass\n")
    shell = subprocess.run(
        ["bash", "-c", "set -o pipefail; python -P -m harness list | head -n 1"],
        env=project.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert shell.stderr == ""
    assert shell.stdout == "suites\n"
