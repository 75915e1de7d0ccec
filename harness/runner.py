"""Plan -> execute -> store: one straight line from a list of trials to their records."""

import os
import signal
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.data.access import DataAccess
from harness.data.datasets import must_be_made
from harness.device import CPU, choose, cuda_devices, describe
from harness.environment import capture, environment_fingerprint
from harness.errors import DataError, ProtocolFault, StoreError, StoreFull, StoreReadOnly
from harness.executors.executor import Executor
from harness.executors.job import Job, Outcome
from harness.executors.workspace import sweep_left_behind, workspace
from harness.payload import Payload
from harness.plan import Plan, PlannedTrial
from harness.run_executor import RunOptions, cluster_executor, local_executor
from harness.task import Task
from harness.trial import Record, Trial, TrialFailure
from harness.views import Views

if TYPE_CHECKING:
    from harness.progress import Progress
    from harness.store import RunStore

WAIT_SECONDS = 0.5


@dataclass
class RunSummary:
    """Summary of a run."""

    done: int = 0
    failed: int = 0
    left: int = 0
    restarted: int = 0
    interrupted: bool = False
    unavailable: dict[str, DataError] = field(default_factory=dict)


@dataclass
class Interrupts:
    """Counts Ctrl-C: the first lets running trials finish, the second abandons them."""

    count: int = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count SIGINT, and take SIGTERM for two of them, while the body runs."""

        def handle(number: int, _: object) -> None:
            self.count += 2 if number == signal.SIGTERM else 1

        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run(plan: Plan, store: "RunStore", access: DataAccess, options: RunOptions, progress: "Progress") -> RunSummary:
    """Run the pending trials of `plan`, adding a record to `store` as each trial ends."""
    summary = RunSummary(unavailable=dict(plan.unavailable))
    todo = plan.todo
    progress.start(len(todo))
    if not todo:
        return summary
    interrupts = Interrupts()
    sweep_left_behind()
    with workspace() as work, interrupts.watched():
        views = Views(access, Path(work) / "views")
        hidden = (*hidden_folders(access, store), str(views.folder))
        executor: Executor
        devices: tuple[str, ...] = (CPU,)
        try:
            make_derived(todo, views, summary, progress, interrupts)
            if options.executor == "ray":
                executor = cluster_executor(options, todo, hidden, access, progress)
            else:
                devices = choose(options.device, 0 if options.device == CPU else cuda_devices())
                executor = local_executor(
                    options, todo, hidden, access, Path(work), devices, progress, lambda: interrupts.count > 0
                )
            environment = {**capture(), **describe(devices)}
            store.put_environment(environment_fingerprint(environment), environment)
            with executor:
                progress.jobs = executor.jobs
                Execution(executor, views, store, options, progress, summary, environment).run(todo, interrupts)
        except ProtocolFault as fault:
            kept = f"The run ends here; the store keeps its {summary.done + summary.failed} ended trials."
            raise ProtocolFault(f"{str(fault).removesuffix('.').removesuffix('?')}. {kept}") from fault
        finally:
            progress.stop()
    return summary


def make_derived(
    todo: Sequence[PlannedTrial],
    views: Views,
    summary: RunSummary,
    progress: "Progress",
    interrupts: Interrupts,
) -> None:
    """Compute the derived data sets of the trials before any worker starts: this takes minutes and all cores."""
    for task in {planned.task.name: planned.task for planned in todo}.values():
        try:
            if not interrupts.count and must_be_made(task.dataset, views.access):
                progress.note(f"computing data set {task.dataset}: takes minutes; later runs reuse it")
                views.data(task)
        except DataError as error:
            if not interrupts.count:  # Ctrl-C reaches the computation too, and is no fault of its data
                summary.unavailable[task.name] = error


@dataclass
class Execution:
    """The loop that keeps the executor full and the store up to date."""

    executor: Executor
    views: Views
    store: "RunStore"
    options: RunOptions
    progress: "Progress"
    summary: RunSummary
    environment: Mapping[str, Any]
    planned: dict[Trial, PlannedTrial] = field(default_factory=dict)
    submitted: int = 0
    checked: set[str] = field(default_factory=set)
    repeated: set[Trial] = field(default_factory=set)
    uncached: set[str] = field(default_factory=set)

    def run(self, todo: Sequence[PlannedTrial], interrupts: Interrupts) -> None:
        """Run `todo` to its end, or until interrupted; exclusive trials come last."""
        self.planned = {planned.trial: planned for planned in todo}
        pending = deque(sorted(todo, key=lambda planned: planned.task.time_ranked))
        while pending or self.executor.running:
            if interrupts.count and pending:
                self.summary.left += len(pending)
                pending.clear()
                self.summary.interrupted = True
                self.progress.interrupted(len(self.executor.running))
            if interrupts.count > 1:
                self.summary.left += len(self.executor.running)
                self.summary.interrupted = True
                self.executor.abandon()
                return
            self._fill(pending)
            for outcome in self.executor.wait(WAIT_SECONDS if self.executor.running else 0.0):
                if self._compiled(outcome) and not interrupts.count:
                    pending.appendleft(self.planned[outcome.job.trial])
                else:
                    self._finish(outcome)
            self.progress.running(self.executor.running)

    def _fill(self, pending: deque[PlannedTrial]) -> None:
        while pending:
            planned = pending[0]
            task = planned.task
            if task.name in self.summary.unavailable:
                pending.popleft()
                self.summary.left += 1
                self.progress.skipped(planned.trial)
                continue
            try:
                if task.name not in self.checked:
                    self.views.check_fold(task, max(t.fold for t in self.planned if t.task == task.name))
                    self.checked.add(task.name)
                job = self._job(planned.trial, task)
            except DataError as error:
                self.summary.unavailable[task.name] = error
                continue
            if not self.executor.has_room(job):
                return
            pending.popleft()
            self.submitted += 1
            self.executor.submit(job)

    def _job(self, trial: Trial, task: Task) -> Job:
        return self.views.job(self.submitted, task, trial, self.options.limits)

    def _compiled(self, outcome: Outcome) -> bool:
        """Return whether to repeat a trial: it compiled for a case that no rehearsal had, and now it need not.

        A contender that compiles once more keeps no compiled code; its trials are not repeated any longer.
        """
        trial = outcome.job.trial
        if not outcome.compiled or outcome.status != "done" or trial.contender in self.uncached:
            return False
        if trial in self.repeated:
            self.uncached.add(trial.contender)
            return False
        self.repeated.add(trial)
        return True

    def _finish(self, outcome: Outcome) -> None:
        planned = self.planned[outcome.job.trial]
        outcome, metrics = self.views.settled(planned.task, outcome)
        report = outcome.report
        facts: dict[str, Any] = report.record_facts() if report else {}
        if outcome.status == "done" and (items := self.views.test_items(planned.task, planned.trial)) is not None:
            facts["test_items"] = items
        self.summary.restarted += outcome.restarts
        record = Record(
            key=planned.key,
            trial=planned.trial,
            fingerprints=planned.fingerprints,
            status=outcome.status,
            created=datetime.now(UTC).isoformat(timespec="milliseconds"),
            metrics=metrics,
            facts=facts | ({"restarts": outcome.restarts} if outcome.restarts else {}),
            resources=outcome.resources,
            environment=self._environment(outcome),
            failure=outcome.failure,
            log=outcome.log,
            curve=report.curve if report else (),
        )
        record = self._stored(record, outcome)
        if record.done:
            self.summary.done += 1
        else:
            self.summary.failed += 1
        self.progress.finished(record)

    def _environment(self, outcome: Outcome) -> str:
        """Return the fingerprint of a trial's environment, after storing the environment."""
        if outcome.environment is None:
            return environment_fingerprint(self.environment)
        fingerprint = environment_fingerprint(outcome.environment)
        self.store.put_environment(fingerprint, outcome.environment)
        return fingerprint

    def _stored(self, record: Record, outcome: Outcome) -> Record:
        """Store a record; one that the store rejects becomes a failure with the reason."""
        made = Payload(outcome.report.predictions) if record.done and outcome.report else None
        try:
            self.store.add(record, made)
        except (StoreFull, StoreReadOnly):
            raise
        except (StoreError, ValueError, OverflowError) as error:
            if not record.done:
                raise
            failure = TrialFailure(type(error).__name__, str(error), "", outcome.log)
            record = replace(record, status="failed", metrics={}, facts={}, curve=(), failure=failure)
            self.store.add(record)
        return record


def hidden_folders(access: DataAccess, store: "RunStore") -> tuple[str, ...]:
    """Return the folders that a worker must not reach: data root, data cache and the run store's."""
    folders = [access.root, access.data, store.path.parent if store.path else None]
    return tuple(str(Path(folder).resolve()) for folder in folders if folder is not None and os.path.exists(folder))
