"""Ranks that die, hang, raise or are not alike: an error that names them, within the limit, and no process left."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import psutil
import pytest
import torch
import torch.distributed as dist

from harness.protocols.gradients.data_parallel.group import RanksDiffer
from harness.protocols.gradients.data_parallel.launch import RankFailed, run_ranks
from harness.protocols.gradients.data_parallel.traffic import loopback_bytes
from harness.protocols.gradients.data_parallel.training import (
    CompressedCommunication,
    DataParallelSettings,
    Examples,
    train_rank,
)

TINY = DataParallelSettings(widths=(64, 16, 10), batch=32, steps=4)
LIMIT, TIMEOUT = 40.0, 5.0


def examples() -> Examples:
    rng = np.random.default_rng(0)
    return rng.standard_normal((100, 64), np.float32), rng.integers(0, 10, 100)


def killed(rank: int, world: int) -> None:
    """Rank 1 is killed while rank 0 waits for it."""
    if rank == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    dist.all_reduce(torch.ones(3))


def another_model(rank: int, world: int) -> None:
    settings = DataParallelSettings(widths=(64, 16 + rank, 10), batch=32, steps=4)
    train_rank(rank, world, settings, CompressedCommunication(), examples())


def not_finite(rank: int, world: int) -> None:
    """Rank 1 alone meets a pixel that is no number."""
    features, classes = examples()
    if rank == 1:
        features = np.full_like(features, np.nan)
    train_rank(rank, world, TINY, CompressedCommunication(), (features, classes))


def compiled(rank: int, world: int) -> tuple[int, int]:
    """A rank compiles something; numba was imported with this module, before the rank knew that it is one."""
    return numba.njit(lambda number: 10 * number)(rank), numba.get_num_threads()


def stuck(rank: int, world: int) -> None:
    """Rank 1 never comes to the collective."""
    if rank == 1:
        time.sleep(600)
    dist.all_reduce(torch.ones(3))


def returned(rank: int, world: int) -> tuple[int, int]:
    return rank, world


def run(function: Callable[..., Any], limit: float = LIMIT, timeout: float = TIMEOUT) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return run_ranks(function, 2, limit=limit, timeout=timeout)


@pytest.fixture(autouse=True)
def nothing_left() -> Any:
    began = time.monotonic()
    yield
    assert not multiprocessing.active_children()
    assert time.monotonic() - began < LIMIT + 20


def test_a_killed_rank_is_named() -> None:
    with pytest.raises(RankFailed, match="rank 1 of 2 was killed by SIGKILL") as error:
        run(killed)
    assert error.value.rank == 1


def test_a_rank_with_another_model_is_named_before_training() -> None:
    with pytest.raises(RanksDiffer, match="rank 1 of 2 has another model than rank 0"):
        run(another_model)


def test_a_gradient_that_is_not_finite_names_rank_and_parameters() -> None:
    with pytest.raises(RankFailed, match=r"(?s)rank 1 of 2 .*gradient of .*0\.weight.*non-finite") as error:
        run(not_finite)
    assert error.value.rank == 1


def test_a_rank_that_hangs_ends_the_run() -> None:
    with pytest.raises(RankFailed, match="rank 1 of 2 did not end") as error:
        run(stuck, timeout=2.0)
    assert error.value.rank == 1


def test_a_limit_ends_the_run() -> None:
    with pytest.raises(RankFailed, match=r"ranks 0, 1 of 2 did not end within 0\.05 s and were stopped"):
        run(stuck, limit=0.05)


PARENT = """
import signal, sys, time
from harness.protocols.gradients.data_parallel.launch import run_ranks

def say_and_wait(rank, world):
    import os
    os.write(1, b"%d\\n" % os.getpid())  # in one piece: two ranks write
    time.sleep(600)

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored in the background
    run_ranks(say_and_wait, 2, limit=300)
"""


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_ranks_end_with_the_process_that_started_them(sent: signal.Signals, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        ranks = [psutil.Process(int(parent.stdout.readline())) for _ in range(2)]
        parent.send_signal(sent)
        parent.wait(20)
        _, alive = psutil.wait_procs(ranks, timeout=20)
        assert not alive


def test_ranks_can_compile_and_have_one_thread() -> None:
    assert run_ranks(compiled, 2, limit=LIMIT, timeout=TIMEOUT) == [(0, 1), (10, 1)]


def test_one_rank_is_a_run_too() -> None:
    assert run_ranks(returned, 1, limit=LIMIT, timeout=TIMEOUT) == [(0, 1)]


def test_more_ranks_than_cores_are_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    with (
        pytest.warns(RuntimeWarning, match="2 ranks share 1 cores"),
        pytest.raises(RankFailed, match="did not end within"),
    ):
        run_ranks(stuck, 2, limit=0.05)


@pytest.mark.parametrize(("world", "limit", "timeout"), [(0, 1, 1), (2, 0, 1), (2, 1, -1)])
def test_runs_that_make_no_sense_are_refused(world: int, limit: float, timeout: float) -> None:
    with pytest.raises(ValueError, match="expected 1 or more and positive seconds"):
        run_ranks(returned, world, limit=limit, timeout=timeout)


def test_counters_of_the_interface_are_read(tmp_path: Path) -> None:
    counters = tmp_path / "dev"
    counters.write_text(
        "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes\n"
        "    lo: 11 2 0 0 0 0 0 0 987 2 0 0 0 0 0 0\n  eth0: 5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0\n"
    )
    assert loopback_bytes(counters) == 987
    assert loopback_bytes(tmp_path / "none") is None
    counters.write_text("no interface\n")
    assert loopback_bytes(counters) is None
