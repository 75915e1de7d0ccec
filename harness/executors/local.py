"""The local executor: isolated workers on this machine, forked from a preloaded server, under limits that hold."""

import json
import os
import selectors
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.device import CPU, is_shared
from harness.environment import busy_seconds, child_environment, thread_variables
from harness.errors import BenchError
from harness.executors.job import Job, Outcome, TrialOrder
from harness.executors.local_worker import LocalWorker
from harness.executors.process_tree import tree_usage
from harness.executors.worker import LOG_FILE, REVEALED_FOLDER
from harness.payload import Payload
from harness.trial import Status, Trial

POLL_SECONDS = 0.05
LOG_LIMIT_BYTES = 64 << 20
CACHE_FOLDER = "cache"
PRELOAD_SECONDS, FORK_SECONDS, STOP_SECONDS = 120.0, 60.0, 5.0
SERVER_GONE = "the fork server has ended; its message is above. Repeat the command to resume."


class LocalExecutor:
    """Runs up to `jobs` trials at a time.

    Use as a context manager: leaving it kills all running trials and removes the work folder.

    Attributes:
        devices: devices of the trials; all but the CPU take one trial at a time.
        readable: folders that contenders need to read besides Python's own and the system's.
        hidden: folders with test targets, the run store and the like, kept out of a worker's reach.
        variables: environment variables of workers, added to those of this process.
    """

    def __init__(
        self,
        *,
        jobs: int,
        threads: int,
        work: Path,
        cache: Path,
        preload: Sequence[str] = (),
        devices: Sequence[str] = (CPU,),
        readable: Sequence[str] = (),
        hidden: Sequence[str] = (),
        variables: Mapping[str, str] = {},
    ) -> None:
        self.jobs, self.threads, self.work, self.cache = jobs, threads, work, cache
        self.preload, self.devices = tuple(preload), tuple(devices)
        self.readable, self.hidden, self.variables = tuple(readable), tuple(hidden), dict(variables)
        self.workers: dict[int, LocalWorker] = {}
        self.selector = selectors.DefaultSelector()
        self.finished: list[Outcome] = []
        self._spent = 0.0  # CPU seconds of workers that have ended
        self._polled = 0.0
        self._control_buffer = b""
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> "LocalExecutor":
        self.work.mkdir(parents=True, exist_ok=True)
        numba_cache(self.cache).mkdir(parents=True, exist_ok=True)
        self._start_server(self.preload)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_server()
        self.selector.close()
        shutil.rmtree(self.work, ignore_errors=True)

    @property
    def running(self) -> list[Trial]:
        """The trials that run now."""
        return [worker.job.trial for worker in self.workers.values()]

    def has_room(self, job: Job) -> bool:
        """Whether `job` may start now; an exclusive job waits for an empty machine and lets nothing in."""
        if any(worker.job.exclusive for worker in self.workers.values()):
            return False
        return len(self.workers) < (1 if job.exclusive else self.jobs) and self._free_device() is not None

    def submit(self, job: Job) -> None:
        """Start a worker for `job`."""
        device = self._free_device()
        if device is None:
            raise BenchError(f"no device is free for {job.trial}: {', '.join(self.devices)}")
        folder = self.work / f"job-{job.number}"
        (folder / CACHE_FOLDER).mkdir(parents=True)
        ours, theirs = socket.socketpair()
        order = TrialOrder(
            trial=job.trial,
            contender=job.contender,
            protocol=job.protocol,
            options=job.options,
            inputs=str(job.inputs),
            view=str(job.view),
            folder=str(folder),
            cache=str(folder / CACHE_FOLDER if job.rehearsal else self.cache),
            threads=self.threads,
            device=device,
            seconds=job.limits.seconds,
            readable=self.readable,
            hidden=self.hidden,
            rehearsal=job.rehearsal,
        )
        message = json.dumps(order.as_dict()).encode() + b"\n"
        try:
            socket.send_fds(self.control, [message], [theirs.fileno()])
        except ConnectionError:
            raise BenchError(SERVER_GONE) from None
        finally:
            theirs.close()
        pid = self._await_fork()
        worker = LocalWorker(job, pid, ours, folder, device, time.monotonic(), busy_seconds(), self._own_cpu())
        self.workers[pid] = worker
        self.selector.register(ours, selectors.EVENT_READ, worker)

    def wait(self, timeout: float) -> list[Outcome]:
        """Serve the workers for up to `timeout` seconds, or until one ends; return the outcomes of ended jobs."""
        until = time.monotonic() + timeout
        self._handle_events()
        while not self.finished:
            left = until - time.monotonic()
            for key, _ in self.selector.select(max(0.0, min(left, POLL_SECONDS))):
                if key.data is None:
                    self._receive(time.monotonic() + 1)
                else:
                    self._read_worker(key.data)
            self._handle_events()
            self._enforce_limits()
            if left <= 0:
                break
        ended, self.finished = self.finished, []
        return ended

    def abandon(self) -> None:
        """Kill every running trial; their outcomes are dropped."""
        self._stop_server()
        for worker in self.workers.values():
            self._unregister(worker.channel)
            worker.channel.close()
        self.workers.clear()

    def deliver(self, number: int, revealed: Payload) -> None:
        """Send the worker of job `number` the payload for after ``fit``; the worker may be gone."""
        for worker in self.workers.values():
            if worker.job.number == number and worker.report.get("fitted"):
                revealed.save(worker.folder / REVEALED_FOLDER)
                with suppress(OSError):
                    worker.channel.sendall(b"revealed\n")

    def _free_device(self) -> str | None:
        if is_shared(self.devices):
            return CPU
        taken = {worker.device for worker in self.workers.values()}
        return next((device for device in self.devices if device not in taken), None)

    def _start_server(self, preload: Sequence[str]) -> None:
        self.control, theirs = socket.socketpair()
        compiled = str(numba_cache(self.cache))
        variables = {**thread_variables(self.threads), "NUMBA_CACHE_DIR": compiled, **self.variables}
        if not is_shared(self.devices):
            variables["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"  # to ask whether there is CUDA does not open it
        environment = {k: v for k, v in child_environment(**variables).items() if not k.startswith("RAY_")}
        command = [sys.executable, "-P", "-m", "harness.executors.fork_server", str(theirs.fileno()), *preload]
        self.server = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            cwd=self.work,
            start_new_session=True,
        )
        theirs.close()
        self.selector.register(self.control, selectors.EVENT_READ, None)
        self._ready_by = time.monotonic() + PRELOAD_SECONDS
        self._ready = False

    def _stop_server(self) -> None:
        self._unregister(self.control)
        self.control.close()  # the server kills its workers and leaves
        try:
            self.server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()

    def _await_fork(self) -> int:
        while True:
            self._receive(self._ready_by if not self._ready else time.monotonic() + FORK_SECONDS)
            for event in self._events:
                if event["event"] == "forked":
                    self._events.remove(event)
                    return int(event["pid"])

    def _receive(self, until: float) -> None:
        """Queue the next message of the fork server; ends of workers wait there until their start is known."""
        patience = max(0.1, until - time.monotonic())
        self.control.settimeout(patience)
        try:
            data = self.control.recv(1 << 16)
        except TimeoutError:
            raise BenchError(
                f"the fork server did not answer for {patience:.0f} s; a contender's import may hang "
                f"(imports: {', '.join(self.preload)})"
            ) from None
        except ConnectionError:  # it died with a message of ours unread
            data = b""
        if not data:
            raise BenchError(SERVER_GONE)
        *lines, self._control_buffer = (self._control_buffer + data).split(b"\n")
        events = [json.loads(line) for line in lines]
        self._ready = self._ready or any(event["event"] == "ready" for event in events)
        self._events.extend(event for event in events if event["event"] != "ready")

    def _handle_events(self) -> None:
        while self._events:
            self._ended(self._events.pop(0))

    def _read_worker(self, worker: LocalWorker) -> None:
        try:
            data = worker.channel.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self._unregister(worker.channel)
            return
        if worker.messages(data) and (revealed := worker.job.reveal()) is not None:
            self.deliver(worker.job.number, revealed)

    def _enforce_limits(self) -> None:
        now = time.monotonic()
        if now - self._polled < POLL_SECONDS:
            return
        self._polled = now
        for worker in self.workers.values():
            usage, limits = tree_usage(worker.pid), worker.job.limits
            worker.sample(usage)
            if worker.verdict is None and now - worker.started > limits.seconds:
                self._kill(worker, "timeout")
            elif worker.verdict is None and usage.resident > limits.memory:
                self._kill(worker, "memory")
            with suppress(OSError):
                log = worker.folder / LOG_FILE
                if log.stat().st_size > LOG_LIMIT_BYTES:
                    os.truncate(log, 0)

    def _kill(self, worker: LocalWorker, verdict: Status) -> None:
        worker.verdict = verdict
        with suppress(ConnectionError):  # the next read reports a server that is gone
            self.control.sendall(json.dumps({"kill": worker.pid}).encode() + b"\n")

    def _own_cpu(self) -> float:
        return time.process_time() + self._spent + sum(worker.cpu for worker in self.workers.values())

    def _ended(self, event: dict[str, Any]) -> None:
        worker = self.workers.get(int(event["pid"]))
        if worker is None:
            return
        wall = time.monotonic() - worker.started
        self._drain(worker)
        worker.cpu = max(worker.cpu, float(event["cpu"]))  # the polls also saw children that were never waited for
        worker.peak = max(worker.peak, int(event["peak"]))
        others = busy_seconds() - worker.busy_at_start - (self._own_cpu() - worker.own_at_start)
        del self.workers[worker.pid]
        self._spent += worker.cpu
        worker.channel.close()
        self.finished.append(worker.outcome(int(event["code"]), wall, others, self.jobs, self.threads))
        shutil.rmtree(worker.folder, ignore_errors=True)

    def _drain(self, worker: LocalWorker) -> None:
        """Read the remaining output of a dead worker."""
        worker.channel.setblocking(False)
        while worker.channel in self.selector.get_map():
            self._read_worker(worker)

    def _unregister(self, channel: socket.socket) -> None:
        with suppress(KeyError, ValueError):  # it hung up before
            self.selector.unregister(channel)


def numba_cache(derived: Path) -> Path:
    """Return the folder of numba's compiled code, given that of intermediate results."""
    return derived / "numba"
