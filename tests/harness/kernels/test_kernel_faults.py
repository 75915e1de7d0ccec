"""Timing processes that die, hang, grow or compute nonsense cost one measurement each."""

import os
import signal
import subprocess
import time

from tests.toy_project import BENCH, ToyProject

ONE = ("--profile", "smoke", "--threads", "1", "--processes", "1")


def test_a_killed_process_costs_its_case_only(project: ToyProject) -> None:
    done = project.bench("kernels", "toy-dies", *ONE)
    assert done.returncode == 1
    statuses = {r.trial.task: (r.status, r.failure) for r in project.records() if r.trial.contender == "toy-dies"}
    assert {task: status for task, (status, _) in statuses.items()} == {
        "toy-dies:n=1000": "done",
        "toy-dies:n=4000": "killed",
        "toy-dies:n=16000": "done",
    }
    failure = statuses["toy-dies:n=4000"][1]
    assert failure is not None
    assert "exit status -9" in failure.message
    assert "last words" in failure.stderr_tail
    assert "! process 0: the timing process ended with exit status -9" in done.stdout


def test_a_hanging_case_is_stopped_at_its_limit(project: ToyProject) -> None:
    start = time.monotonic()
    done = project.bench("kernels", "toy-hangs", *ONE, "--sizes", "4000", "--timeout", "15s")
    assert done.returncode == 1
    assert "a case took longer than 15 s" in done.stdout + done.stderr
    assert time.monotonic() - start < 60


def test_a_case_that_takes_too_much_memory_is_stopped(project: ToyProject) -> None:
    done = project.bench("kernels", "toy-greedy", *ONE, "--sizes", "1000", "--memory", "2G")
    assert done.returncode == 1
    assert "exceeded 2.0 GiB" in done.stdout + done.stderr


def test_a_wrong_result_of_ours_is_a_failure_and_never_timed(project: ToyProject) -> None:
    done = project.bench("kernels", "toy-wrong", *ONE, "--sizes", "1000")
    assert done.returncode == 1
    (record,) = (r for r in project.records() if r.trial.contender == "toy-wrong")
    assert record.status == "failed"
    assert record.failure is not None
    assert "wrong result" in record.failure.message
    assert record.facts["findings"]["wrong"]["seconds"] == {}


def test_interrupting_keeps_what_is_finished_and_the_same_command_goes_on(project: ToyProject) -> None:
    command = ("kernels", "toy-sum", "--profile", "smoke", "--threads", "1", "--processes", "4", "--fresh")
    before = len(project.records())
    process = subprocess.Popen(
        [*BENCH, *command],
        cwd=project.folder,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    project.running.append(process)
    deadline = time.monotonic() + 60
    while len(project.records()) == before and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "left; the same command continues" in errors
    finished = len(project.records()) - before
    assert 1 <= finished < 12
