"""One timing process from its parent's side: start it, read its events, kill it when it exceeds a limit."""

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from harness.environment import child_environment, thread_variables
from harness.executors.job import TrialLimits
from harness.executors.process_tree import tree_usage
from harness.kernels.process import TimingOrder

POLL_SECONDS = 0.2
LOG_TAIL_BYTES = 8 << 10
PASSED_ON = ("BENCH_DATA", "BENCH_CACHE", "BENCH_OFFLINE", "BENCH_MIRROR")
NUMBA_LAYERS = "omp workqueue tbb"  # GNU OpenMP first: it is torch's too, so that both share one pool of threads


def events(
    order: TimingOrder, cache: str, limits: TrialLimits, stop: Callable[[], bool]
) -> Iterator[dict[str, Any]]:
    """Start a process for `order` and yield its events.

    If it ends early the last event is ``died`` with ``status`` (*killed*, *timeout*, *memory*), ``message`` and
    ``log``. The limit of time holds between two events, that of memory always. When `stop` returns true the process
    is killed, and the last event is ``stopped``.

    Args:
        cache: folder for numba's compiled code.
    """
    environment = child_environment(
        **thread_variables(max(order.threads)),
        NUMBA_CACHE_DIR=cache,
        NUMBA_THREADING_LAYER_PRIORITY=NUMBA_LAYERS,
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
    )
    environment["PYTHONHASHSEED"] = "random"  # random in each process, like the memory layout
    read, write = os.pipe()
    with tempfile.TemporaryFile() as log, os.fdopen(read, "rb", buffering=0) as stream:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "harness.kernels.process", str(write)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[write],
            env=environment,
            start_new_session=True,
        )
        os.close(write)
        try:
            _give(process, order)
            ended = False
            for event in _read(process, stream, limits, stop):
                ended = event["event"] in ("end", "stopped", "died")
                yield {**event, "log": _tail(log)} if event["event"] == "died" else event
            if not ended:
                process.wait()
                message = f"the timing process ended with exit status {process.returncode}"
                yield {"event": "died", "status": "killed", "message": message, "log": _tail(log)}
        finally:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _give(process: "subprocess.Popen[bytes]", order: TimingOrder) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError):  # its end is reported by the caller
        process.stdin.write(json.dumps(asdict(order)).encode())
        process.stdin.close()


def _read(
    process: "subprocess.Popen[bytes]", stream: Any, limits: TrialLimits, stop: Callable[[], bool]
) -> Iterator[dict[str, Any]]:
    """Yield events until the stream ends, a limit is exceeded or `stop` returns true."""
    buffer, last = b"", time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            if selector.select(POLL_SECONDS):
                chunk = stream.read(1 << 16)
                if not chunk:
                    return
                *lines, buffer = (buffer + chunk).split(b"\n")
                for line in lines:
                    yield json.loads(line)
                    last = time.monotonic()
            if stop():
                yield {"event": "stopped"}
                return
            if time.monotonic() - last > limits.seconds:
                message = f"a case took longer than {limits.seconds:g} s"
                yield {"event": "died", "status": "timeout", "message": message}
                return
            if (used := tree_usage(process.pid).resident) > limits.memory:
                message = f"resident memory of {used / 2**30:.1f} GiB exceeded {limits.memory / 2**30:.1f} GiB"
                yield {"event": "died", "status": "memory", "message": message}
                return


def _tail(log: Any) -> str:
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - LOG_TAIL_BYTES))
    return log.read().decode("utf-8", "backslashreplace")
