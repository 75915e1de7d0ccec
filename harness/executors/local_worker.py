"""A running trial, as its parent sees it: its messages, its use of the machine, and its outcome."""

import json
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.contract.report import Report
from harness.environment import usable_cores
from harness.errors import BadPrediction
from harness.executors.diagnosis import diagnose, tail
from harness.executors.first_calls import negligible
from harness.executors.job import Job, Outcome
from harness.executors.process_tree import TreeUsage
from harness.executors.worker import LOG_FILE, OUTPUT_FOLDER
from harness.payload import Payload
from harness.trial import Resources, Status, TrialFailure

MESSAGE_LIMIT_BYTES = 1 << 20
PAGE = 4096


@dataclass
class LocalWorker:
    """A running trial.

    Attributes:
        peak: largest resident memory of its processes.
        private: largest memory of its processes without pages of files.
        empty: the same before the trial began; None until then.
    """

    job: Job
    pid: int
    channel: socket.socket
    folder: Path
    device: str
    started: float
    busy_at_start: float
    own_at_start: float
    peak: int = 0
    private: int = 0
    empty: int | None = None
    cpu: float = 0.0
    verdict: Status | None = None
    report: dict[str, Any] = field(default_factory=dict)
    buffer: bytes = b""

    def sample(self, usage: TreeUsage) -> None:
        """Take note of what its processes use now."""
        self.peak, self.private = max(self.peak, usage.resident), max(self.private, usage.private)
        self.cpu = max(self.cpu, usage.cpu)

    def messages(self, data: bytes) -> bool:
        """Take note of its messages; return whether the payload for after ``fit`` is due."""
        *lines, rest = (self.buffer + data).split(b"\n")
        self.buffer = rest if len(rest) <= MESSAGE_LIMIT_BYTES else b""
        due = [self._message(line) for line in lines]  # all of them, not as far as the first that is due
        return any(due)

    def _message(self, line: bytes) -> bool:
        try:
            message = json.loads(line)
            event = message["event"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False  # a contender may write to any descriptor that it finds open
        if event == "confined" and "confined" not in self.report:
            self.report["confined"] = bool(message.get("confined"))
        elif event == "ready" and self.empty is None:
            self.empty = int(_amount(message.get("private")))
        elif event == "fitted" and "fitted" not in self.report:
            self.report["fitted"] = True
            return True
        elif event in ("done", "failed"):
            self.report.update(message)
        return False

    def outcome(self, code: int, wall: float, others: float, jobs: int, threads: int) -> Outcome:
        """Return the outcome of the ended worker.

        Args:
            code: exit code; minus a signal's number if one ended it.
            wall: seconds since its start.
            others: CPU seconds of other processes meanwhile.
        """
        report, failure, status = None, None, self.verdict
        log = tail(self.folder / LOG_FILE)
        if status is None and self.report.get("event") == "done":
            try:
                report, status = Report.from_payload(Payload.load(self.folder / OUTPUT_FOLDER), wall), "done"
            except (OSError, ValueError, KeyError, BadPrediction) as error:
                failure, status = TrialFailure("BadPrediction", f"the report cannot be read: {error}"), "failed"
        if status is None or (failure is None and status != "done"):
            status, failure = diagnose(status, self.job.limits, self.peak, self.report, code, log)
        fit, predict = (report.fit_seconds, report.predict_seconds) if report else (0.0, 0.0)
        imports, compiled = (_amount(self.report.get(name)) for name in ("imports", "compiled"))
        first_call = "excluded" if negligible(imports + compiled, fit + predict) else "included"
        resources = Resources(
            wall_seconds=wall,
            cpu_seconds=self.cpu,
            fit_seconds=fit,
            predict_seconds=predict,
            peak_bytes=self._added_memory(),
            contention=min(1.0, max(0.0, others / (usable_cores() * max(wall, 1e-3)))),
            jobs=1 if self.job.exclusive else jobs,
            threads=threads,
            confined=self.report.get("confined", False),
            first_call=first_call if report else "unknown",
        )
        return Outcome(
            self.job,
            status,
            report,
            failure,
            resources,
            log,
            compiled=not negligible(compiled, fit + predict),
            modules=self._modules() if self.job.rehearsal else (),
        )

    def _added_memory(self) -> int:
        """Return the peak memory above that of the empty worker, 0 if unknown, at least a page otherwise.

        The parent looks now and then, at all processes of the worker; a short peak is known to the worker alone.
        """
        if self.empty is None:
            return 0
        return max(PAGE, self.private - self.empty, int(_amount(self.report.get("peak"))) - self.empty)

    def _modules(self) -> tuple[str, ...]:
        given = self.report.get("modules")
        return tuple(name for name in given if isinstance(name, str)) if isinstance(given, list) else ()


def _amount(value: Any) -> float:
    """Return a number that a worker reports, 0 if it is none."""
    return float(value) if isinstance(value, int | float) and 0 <= value < 1 << 62 else 0.0
