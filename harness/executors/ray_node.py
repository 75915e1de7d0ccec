"""The part of the Ray executor that runs on a node: an actor around that node's own local executor.

The actor answers calls; a thread of it serves the workers all the time, so that limits hold and times are true
however late the driver asks. Views arrive as bytes and lie in the node's work folder while the run lasts; the
payload for after ``fit`` is requested, and arrives, only then.
"""

import json
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.data.access import DataAccess
from harness.device import CPU, CUDA, describe
from harness.environment import capture
from harness.executors.job import Job, Outcome, TrialLimits
from harness.executors.local import LocalExecutor
from harness.executors.parcel import Parcel, pack, unpack, unpack_folder
from harness.executors.workspace import sweep_left_behind, workspace
from harness.fingerprint import CodeIndex
from harness.payload import Payload
from harness.trial import Trial

SERVE_SECONDS, IDLE_SECONDS, CLOSE_SECONDS = 0.02, 0.2, 10.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class NodeSettings:
    """Settings that a node receives once.

    Attributes:
        slots: number of trials that it runs at a time.
        accelerated: whether each has a CUDA device of its own.
        hidden: folders of the driver that hold targets; on a shared file system they are here, too.
        code: modules of a contender and its protocol, joined by a blank -> their fingerprint at the driver.
    """

    slots: int
    threads: int
    accelerated: bool
    preload: tuple[str, ...]
    hidden: tuple[str, ...]
    code: Mapping[str, str]


class TrialNode:
    """Runs trials on the node that it lives on; made a Ray actor by the driver."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = NodeSettings(**settings)
        self.devices = tuple(f"{CUDA}:{n}" for n in range(self.settings.slots) if self.settings.accelerated) or (
            CPU,
        )
        self.folder = workspace()
        self.orders: queue.SimpleQueue[Callable[[LocalExecutor], None]] = queue.SimpleQueue()
        self.news: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.closing = threading.Event()
        self.fault: BaseException | None = None
        sweep_left_behind()
        self.thread = threading.Thread(target=self._serve, name="workers", daemon=True)
        self.thread.start()

    def greet(self) -> dict[str, Any]:
        """Return this machine's name, its environment, and the contenders whose code differs from the driver's."""
        index = CodeIndex()
        code = self.settings.code
        differing = [modules for modules in code if index.fingerprint(modules.split()) != code[modules]]
        environment = {**capture(), **describe(self.devices)}
        return {"machine": _machine(), "environment": environment, "differing": differing}

    def exchange(
        self, submissions: list[dict[str, Any]], reveals: list[tuple[int, Parcel]], seconds: float
    ) -> list[dict[str, Any]]:
        """Take jobs and revealed payloads; return the events since the last call, after at most `seconds`.

        Raises:
            BenchError, OSError: the workers of this node cannot be served any more.
        """
        for submission in submissions:
            job = self._job(submission)
            self.orders.put(lambda executor, job=job: executor.submit(job))  # type: ignore[misc]
        for number, parcel in reveals:
            self.orders.put(lambda executor, n=number, p=parcel: executor.deliver(n, unpack(p)))  # type: ignore[misc]
        happened = []
        try:
            happened.append(self.news.get(timeout=seconds))
            while True:
                happened.append(self.news.get_nowait())
        except queue.Empty:
            pass
        if self.fault is not None:
            raise self.fault
        return happened

    def close(self) -> None:
        """Kill all trials of this node and remove the work folder."""
        self.closing.set()
        self.thread.join(CLOSE_SECONDS)
        self.folder.cleanup()

    def _serve(self) -> None:
        """Keep the workers going until the actor closes, or something breaks."""
        access = DataAccess.from_environment(offline=True)
        hidden = [*self.settings.hidden, *(str(f.resolve()) for f in (access.root, access.data) if f is not None)]
        hidden.append(self.folder.name + "/views")
        try:
            with LocalExecutor(
                jobs=self.settings.slots,
                threads=self.settings.threads,
                work=Path(self.folder.name) / "jobs",
                cache=access.derived,
                preload=self.settings.preload,
                devices=self.devices,
                hidden=[folder for folder in dict.fromkeys(hidden) if os.path.exists(folder)],
                variables={"PYTHONPATH": os.pathsep.join(plain_import_path())},
            ) as executor:
                while not self.closing.is_set():
                    self._follow_orders(executor)
                    for outcome in executor.wait(SERVE_SECONDS if executor.running else 0.0):
                        self.news.put({"event": "ended", **plain_outcome(outcome)})
        except BaseException as error:  # the next exchange raises it at the driver
            self.fault = error

    def _follow_orders(self, executor: LocalExecutor) -> None:
        try:
            patience = None if executor.running else IDLE_SECONDS
            order = self.orders.get(timeout=patience) if patience else self.orders.get_nowait()
            while True:
                order(executor)
                order = self.orders.get_nowait()
        except queue.Empty:
            return

    def _job(self, submission: dict[str, Any]) -> Job:
        number = int(submission["number"])

        def fitted() -> Payload | None:
            self.news.put({"event": "fitted", "number": number})
            return None

        return Job(
            number,
            Trial(**submission["trial"]),
            submission["contender"],
            submission["protocol"],
            self._placed(*submission["inputs"]),
            self._placed(*submission["view"]),
            fitted,
            TrialLimits(submission["seconds"], submission["memory"]),
            submission["exclusive"],
            submission["options"],
        )

    def _placed(self, name: str, parcel: Any) -> Path:
        """Fetch a payload from Ray's object store, once, and return the folder that it lies in."""
        import ray

        folder = Path(self.folder.name) / "views" / name
        if not folder.exists():
            unpack_folder(ray.get(parcel), folder)
        return folder


def plain_import_path() -> list[str]:
    """Return the module path of a new Python: without the driver's working folder, which Ray adds to its own."""
    asked = [sys.executable, "-P", "-c", "import json, sys; print(json.dumps(sys.path))"]
    listed: list[str] = json.loads(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
    return [folder for folder in listed if folder]


def plain_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as plain values and bytes."""
    return {
        "number": outcome.job.number,
        "status": outcome.status,
        "report": None if outcome.report is None else pack(outcome.report.payload()),
        "failure": None if outcome.failure is None else asdict(outcome.failure),
        "resources": asdict(outcome.resources),
        "log": outcome.log,
        "compiled": outcome.compiled,
    }


def _machine() -> str:
    """Return an identifier that all nodes on this machine share, in containers or not."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return socket.gethostname()
