"""Drive the timing processes: one after the other, alone on the machine, a record for each case and process."""

import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import catalog
from harness.environment import busy_seconds, capture, environment_fingerprint, usable_cores
from harness.executors.job import TrialLimits
from harness.kernels.launch import events
from harness.kernels.plan import KernelPlan, Measurement
from harness.kernels.process import Share, TimingOrder
from harness.reference import reference_durations
from harness.runner import Interrupts
from harness.trial import Record, Resources, TrialFailure

if TYPE_CHECKING:
    from harness.progress import Progress
    from harness.store import RunStore


@dataclass
class SessionSummary:
    """Counts of a session; `unavailable` maps a case to the reason why its data is not available."""

    done: int = 0
    failed: int = 0
    left: int = 0
    interrupted: bool = False
    unavailable: dict[str, str] = field(default_factory=dict)


def measure(
    plan: KernelPlan, store: "RunStore", limits: TrialLimits, progress: "Progress", cache: Path
) -> SessionSummary:
    """Measure the cases of `plan` that the store lacks, and add a record to `store` after each.

    A first process times all kernels, then a second one, and so on, so that a drift of the machine falls on all of
    them; every other process reverses the order of the implementations. Ctrl-C lets the running case finish, a
    second one abandons it.

    Args:
        cache: folder of numba's compiled code; where it is empty, the first process records the compilation time.
    """
    summary, todo = SessionSummary(), plan.todo
    progress.start(len(todo))
    if not todo:
        return summary
    environment = capture()
    store.put_environment(environment_fingerprint(environment), environment)
    interrupts = Interrupts()
    with tempfile.TemporaryDirectory(prefix="bench-kernels-") as kept, interrupts.watched():
        session = TimingSession(plan, store, limits, progress, summary, str(cache), kept, interrupts)
        session.environment = environment_fingerprint(environment)
        try:
            for process in range(plan.effort.processes):
                session.run({(m.kernel, m.case): m for m in todo if m.process == process}, process % 2 == 1)
        finally:
            progress.stop()
    summary.left = len(todo) - summary.done - summary.failed - session.passed_over
    return summary


@dataclass
class TimingSession:
    """The state of a session: where records go, and the clock of the case that runs."""

    plan: KernelPlan
    store: "RunStore"
    limits: TrialLimits
    progress: "Progress"
    summary: SessionSummary
    cache: str
    kept: str
    interrupts: Interrupts
    environment: str = ""
    passed_over: int = 0
    rates: Mapping[str, Any] = field(default_factory=dict)
    started: float = 0.0
    busy: float = 0.0

    def run(self, pending: dict[tuple[str, str], Measurement], reverse: bool) -> None:
        """Measure the pending cases in one process; if it dies, the rest in another."""
        while pending and not self.interrupts.count:
            current: Measurement | None = None
            self._begin()
            for event in events(self._order(pending, reverse), self.cache, self.limits, self._stop_now):
                kind = event["event"]
                if kind == "limits":
                    self.rates = event["rates"]
                elif kind == "begin":
                    current = pending[event["kernel"], event["case"]]
                    self.progress.running([current.trial])
                    self._begin()
                elif kind in ("case", "unavailable"):
                    assert current is not None
                    del pending[current.kernel, current.case]
                    self._finish(current, event)
                    current = None
                    if self.interrupts.count:
                        break
                elif kind == "died":
                    for measurement in [current] if current else list(pending.values()):
                        del pending[measurement.kernel, measurement.case]
                        self._fail(measurement, event)
        if self.interrupts.count and pending:
            self.summary.interrupted = True

    def _order(self, pending: Iterable[tuple[str, str]], reverse: bool) -> TimingOrder:
        cases: dict[str, list[str]] = {}
        for kernel, case in pending:
            cases.setdefault(kernel, []).append(case)
        shares = []
        for name, chosen in cases.items():
            implementations = self.plan.implementations[name]
            target = catalog.kernels()[name].target
            shares.append(Share(name, target, chosen, implementations[::-1] if reverse else implementations))
        effort = self.plan.effort
        profile, threads = self.plan.selection.profile, self.plan.threads
        return TimingOrder(profile, shares, threads, effort.seconds, effort.min_rounds, self.kept)

    def _stop_now(self) -> bool:
        return self.interrupts.count > 1

    def _begin(self) -> None:
        self.started, self.busy = time.monotonic(), busy_seconds()

    def _finish(self, measurement: Measurement, event: Mapping[str, Any]) -> None:
        if event["event"] == "unavailable":
            self.summary.unavailable[measurement.trial.task] = event["reason"]
            self.passed_over += 1
            self.progress.skipped(measurement.trial)
            return
        findings = event["findings"]
        wrong = [
            f"{name}: {found['reason']}"
            for name, found in findings.items()
            if found["state"] == "failed" and self._is_ours(measurement.kernel, name)
        ]
        facts = {key: event[key] for key in ("cost", "findings", "layers")}
        facts |= {"limits": self.rates, "threads": list(self.plan.threads)}
        failure = TrialFailure("WrongKernel", "; ".join(wrong)) if wrong else None
        self._record(measurement, "failed" if wrong else "done", facts, event["cpu_seconds"], failure, "")

    def _is_ours(self, kernel: str, name: str) -> bool:
        return self.plan.kernels[kernel].implementation(name).role == "ours"

    def _fail(self, measurement: Measurement, event: Mapping[str, Any]) -> None:
        failure = TrialFailure(event["status"], event["message"], "", event["log"])
        self._record(measurement, event["status"], {}, 0.0, failure, event["log"])

    def _record(
        self,
        measurement: Measurement,
        status: Any,
        facts: Mapping[str, Any],
        cpu: float,
        failure: TrialFailure | None,
        log: str,
    ) -> None:
        wall = time.monotonic() - self.started
        others = max(0.0, busy_seconds() - self.busy - cpu)
        findings = facts.get("findings", {})
        record = Record(
            measurement.key,
            measurement.trial,
            measurement.fingerprints,
            status,
            datetime.now(UTC).isoformat(timespec="milliseconds"),
            medians(findings) if status == "done" else {},
            facts,
            Resources(
                wall_seconds=wall,
                cpu_seconds=cpu,
                peak_bytes=max((found["peak_bytes"] for found in findings.values()), default=0),
                contention=min(1.0, others / (usable_cores() * max(wall, 1e-9))),
                threads=max(self.plan.threads),
            ),
            self.environment,
            failure,
            log,
        )
        self.store.add(record)
        self.summary.done += record.done
        self.summary.failed += not record.done
        self.progress.finished(record)


def expected_seconds(todo: Sequence[Measurement], store: "RunStore | None") -> tuple[float, int]:
    """Return the expected seconds of `todo`, by this store's records or the reference's; and the number without."""
    if not todo:
        return 0.0, 0
    past = dict(reference_durations("kernels"))
    if store is not None:
        past |= store.durations()
    known = [past.get((m.trial.task, m.trial.contender, m.trial.profile)) for m in todo]
    return sum(seconds for seconds in known if seconds is not None), known.count(None)


def medians(findings: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """Return the median seconds of each implementation and number of threads, e.g. ``hash @1``."""
    from statistics import median

    return {
        f"{name} @{threads}": median(times)
        for name, found in findings.items()
        for threads, times in found["seconds"].items()
        if times
    }
