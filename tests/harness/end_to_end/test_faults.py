"""Contenders that misbehave in every way we know: one failed record each, and everybody else goes on."""

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
from tests.harness.end_to_end.faulty_contenders import AT_IMPORT, SOURCE
from tests.toy_project import ToyProject, alive

EXPECTED = {
    "raises-in-configurations": ("failed", "RuntimeError", "no configurations today"),
    "raises-in-fit": ("failed", "ValueError", "fit went wrong at graph 7"),
    "raises-in-predict": ("failed", "KeyError", "predict went wrong"),
    "raises-unprintable": ("failed", "ValueError", "lone surrogate"),
    "leaves-at-once": ("failed", "Exit", "exit code 3 before it was done"),
    "exits-politely": ("failed", "SystemExit", "I have had enough"),
    "hangs": ("timeout", "Timeout", "stopped after 3 s (--timeout)"),
    "hangs-with-children": ("timeout", "Timeout", "stopped after 3 s (--timeout)"),
    "eats-memory": ("memory", "MemoryLimit", "limit 300 MiB (--memory)"),
    "child-eats-memory": ("memory", "MemoryLimit", "limit 300 MiB (--memory)"),
    "killed": ("killed", "Killed", "killed by signal 9"),
    "forges-report": ("failed", "7", ""),
    "forges-success": ("failed", "BadPrediction", "the report cannot be read"),
    "forges-facts": ("failed", "BadPrediction", "the worker's report must be a mapping, got [1]"),
    "forges-depth": ("failed", "BadPrediction", "holds no payload: RecursionError"),
    "forges-count": ("failed", "BadPrediction", "valid_loss must be a finite number, got 1000"),
    "forges-name": ("failed", "BadPrediction", "got '../../../views/targets'"),
    "forges-link": ("failed", "BadPrediction", "is a link, expected a file"),
    "nan-everywhere": ("failed", "BadPrediction", "no finite validation loss"),
    "nan-on-test": ("failed", "BadPrediction", "must be finite, got 16 NaN or infinite of 16 values"),
    "wrong-shape": ("failed", "BadPrediction", "shape (8, 2), got float64 of shape (9, 2)"),
    "wrong-type": ("failed", "BadPrediction", "numeric array of shape (8, 2), got <U3"),
    "objects": ("failed", "ValueError", "Object arrays cannot be saved"),
    "no-model": ("failed", "AttributeError", "'NoneType' object has no attribute 'predict'"),
    "wrong-epochs": ("failed", "BadPrediction", "epoch_classes must be whole numbers of shape (epochs, 8)"),
    "undeclared-stream": ("failed", "UnknownStream", "Add it to the contender's `streams`"),
    "counts-too-much": ("failed", "", ""),
    "raises-at-import": ("failed", "RuntimeError", "broken wheel"),
    "exits-at-import": ("failed", "SystemExit", "5"),
    "no-python": ("failed", "SyntaxError", "invalid syntax"),
}
SURVIVORS = ("honest", "leaves-children", "prints-garbage", "endless-scores")


class Outcome:
    """One run of all faulty contenders, and what it left."""

    def __init__(self, folder: Path) -> None:
        self.project = ToyProject(folder, SOURCE)
        for name, text in AT_IMPORT.items():
            module = name.replace("-", "_")
            self.project.install(module, text, {name: f"{module}:Missing"})
        started = time.monotonic()
        self.process = self.project.run("-q", "-t", "toy-task", "--jobs", "2", "--timeout", "3", "--memory", "300M")
        self.seconds = time.monotonic() - started
        self.records = {record.trial.contender: record for record in self.project.records()}

    def pids(self, contender: str) -> list[int]:
        return pids_in(self.records[contender].log)


def pids_in(log: str) -> list[int]:
    return [int(pid) for pid in re.findall(r"^PID (\d+)$", log, re.MULTILINE)]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return Outcome(tmp_path_factory.mktemp("faults") / "toy")


def test_every_trial_leaves_exactly_one_record(outcome: Outcome) -> None:
    assert len(outcome.project.records()) == len(EXPECTED) + len(SURVIVORS)
    assert set(outcome.records) == {*EXPECTED, *SURVIVORS}


@pytest.mark.parametrize("contender", EXPECTED)
def test_a_fault_is_a_record_that_says_what_happened(outcome: Outcome, contender: str) -> None:
    status, kind, message = EXPECTED[contender]
    record = outcome.records[contender]
    assert record.status == status
    assert record.failure is not None
    assert record.failure.kind == (kind or record.failure.kind)
    assert message in record.failure.message
    assert record.failure.kind
    assert not record.metrics


@pytest.mark.parametrize("contender", ["raises-in-fit", "raises-in-predict", "raises-at-import", "no-python"])
def test_an_exception_comes_with_its_traceback(outcome: Outcome, contender: str) -> None:
    failure = outcome.records[contender].failure
    assert failure is not None
    assert "Traceback (most recent call last)" in failure.traceback
    assert failure.message.partition(" (")[0] in failure.traceback


def test_the_log_is_kept_with_the_failure(outcome: Outcome) -> None:
    record = outcome.records["raises-in-fit"]
    assert record.failure is not None
    assert "about to fail" in record.log
    assert "about to fail" in record.failure.stderr_tail


@pytest.mark.parametrize("contender", SURVIVORS)
def test_others_go_on(outcome: Outcome, contender: str) -> None:
    record = outcome.records[contender]
    assert record.status == "done", record.failure
    assert set(record.metrics) >= {"accuracy", "nll"}


@pytest.mark.parametrize(
    ("contender", "processes"),
    [("hangs", 1), ("hangs-with-children", 6), ("leaves-children", 5), ("child-eats-memory", 1)],
)
def test_no_process_is_left(outcome: Outcome, contender: str, processes: int) -> None:
    pids = outcome.pids(contender)
    assert len(pids) == processes
    assert alive(pids) == []


def test_no_process_is_left_by_the_last_trial(outcome: Outcome) -> None:
    path = outcome.project.folder / "alone.sqlite"
    alone = outcome.project.run("-q", "-t", "toy-task", "-c", "leaves-children", "--store", str(path))
    assert alone.returncode == 0, alone.stderr
    with RunStore.open(path, readonly=True) as store:
        (entry,) = store.entries()
    assert len(pids_in(entry.record.log)) == 5
    assert alive(pids_in(entry.record.log)) == []


def test_the_time_limit_holds(outcome: Outcome) -> None:
    assert outcome.seconds < 90
    assert outcome.records["hangs"].resources.wall_seconds >= 3


def test_memory_of_children_counts(outcome: Outcome) -> None:
    for contender in ("eats-memory", "child-eats-memory"):
        assert outcome.records[contender].resources.peak_bytes > 100 << 20


def test_garbage_stays_in_the_log(outcome: Outcome) -> None:
    assert outcome.process.stdout == ""
    assert "garbage" not in outcome.process.stderr
    assert "garbage" in outcome.records["prints-garbage"].log


def test_the_command_fails_and_says_how_to_go_on(outcome: Outcome) -> None:
    assert outcome.process.returncode == 1
    assert f"{len(EXPECTED)} trial(s) failed" in outcome.process.stderr
    assert "--retry failed" in outcome.process.stderr
    assert "Traceback" not in outcome.process.stderr
    assert "broken: contender raises-at-import: RuntimeError: broken wheel" in outcome.process.stderr


def test_show_explains_a_failure(outcome: Outcome) -> None:
    shown = outcome.project.bench("show", "-c", "raises-in-fit")
    assert shown.returncode == 0
    assert "ValueError: fit went wrong at graph 7" in shown.stdout
    assert "about to fail" in shown.stdout


def test_failures_are_retried_and_results_are_not(tmp_path: Path) -> None:
    project = ToyProject(
        tmp_path / "toy",
        """
        class Honest(Toy):
            pass

        class Late(Toy):
            pass

        class Flaky(Toy):
            def fit(self, train, valid, context):
                if not (context.cache / "works").exists():
                    raise ValueError("not yet")
                return Constant(train.num_classes)
        """,
    )
    two = ("-q", "-t", "toy-task", "-c", "honest", "-c", "flaky")

    def states() -> list[tuple[str, str]]:
        return sorted((r.trial.contender, r.status) for r in project.records())

    assert project.run(*two).returncode == 1
    assert states() == [("flaky", "failed"), ("honest", "done")]
    retried = project.run("-q", "-t", "toy-task", "--retry", "failed")
    assert retried.returncode == 1
    assert states() == [("flaky", "failed"), ("flaky", "failed"), ("honest", "done")], "`late` never failed"
    (project.folder / "cache" / "derived" / "works").touch()
    assert project.run(*two).returncode == 0
    finished = [("flaky", "done"), ("flaky", "failed"), ("flaky", "failed"), ("honest", "done")]
    assert states() == finished
    assert project.run(*two).returncode == 0
    assert project.run("-q", "-t", "toy-task", "--retry", "failed").returncode == 0
    assert states() == finished


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[ToyProject]:
    project = ToyProject(
        tmp_path / "toy",
        """
        class Honest(Toy):
            pass

        class Slow(Toy):
            def fit(self, train, valid, context):
                (context.cache / "pid").write_text(str(os.getpid()))
                time.sleep(1000)
        """,
    )
    yield project
    project.stop()


def test_a_worker_killed_from_outside(slow: ToyProject) -> None:
    process = slow.start("-q", "-t", "toy-task", "--jobs", "1")
    pid = wait_for_pid(slow.folder / "cache" / "derived" / "pid", process)
    os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == 1
    record: Record = slow.record("slow")
    assert (record.status, record.failure and record.failure.kind) == ("killed", "Killed")
    assert slow.record("honest").done


def test_the_fork_server_killed_from_outside(slow: ToyProject) -> None:
    process = slow.start("-q", "-t", "toy-task", "--jobs", "1", "-c", "slow")
    pid = wait_for_pid(slow.folder / "cache" / "derived" / "pid", process)
    server = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(server, signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the fork server has ended" in errors
    assert "Traceback" not in errors
    assert alive([pid, server]) == []


def wait_for_pid(file: Path, process: "subprocess.Popen[str]") -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists() and file.read_text():
            return int(file.read_text())
        time.sleep(0.01)
    raise AssertionError(f"no worker came up: {process.communicate()}")
