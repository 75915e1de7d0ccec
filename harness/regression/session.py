"""The new side of the gate: the run store's records of the present code; missing ones are measured now."""

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from harness import catalog
from harness.data.access import DataAccess
from harness.environment import total_memory, usable_cores
from harness.executors.job import TrialLimits
from harness.fingerprint import CodeIndex
from harness.identity import Identities
from harness.kernels.plan import KernelPlan, KernelSelection, make_kernel_plan
from harness.kernels.session import measure
from harness.plan import Plan, TrialSelection, expected_durations, make_plan
from harness.progress import Progress
from harness.regression.gate import CaseName
from harness.regression.records import Side, side_of
from harness.runner import RunOptions, run
from harness.statistics.intervals import plural
from harness.store import RunStore
from harness.trial import Trial

Say = Callable[[str], None]


class Wanted(NamedTuple):
    """A trial of the reference, whichever code it ran."""

    task: str
    contender: str
    fold: int
    seed: int

    @classmethod
    def of(cls, trial: Trial) -> "Wanted":
        """Return the identity of a trial within its profile."""
        return cls(trial.task, trial.contender, trial.fold, trial.seed)


@dataclass
class GateSession:
    """Runs the missing trials and cases into `store`.

    Attributes:
        say: receives messages about the work ahead.
        unavailable: task -> why its data is unavailable.
        interrupted: whether Ctrl-C ended it early.
    """

    store: RunStore
    access: DataAccess
    options: RunOptions
    say: Say
    quiet: bool = False
    unavailable: dict[str, str] = field(default_factory=dict)
    interrupted: bool = False

    def trials(self, suite: str, profile: str, wanted: Sequence[Wanted]) -> Side:
        """Run those of `wanted` that the store lacks; return their records of the present code.

        Raises:
            EmptySelection: the present suite has none of them.
            UsageError: a fold or seed that the task does not have.
        """
        plan = self._plan(suite, profile, wanted)
        self.unavailable |= {task: str(error) for task, error in plan.unavailable.items()}
        if plan.todo:
            self.say(f"gate, suite {suite}: {len(plan.todo)} trials to run, {plan.cached} in {self.store.path}")
        progress = Progress(
            expected_durations(plan, self.store), [p.trial for p in plan.todo], self.options.jobs, quiet=self.quiet
        )
        summary = run(plan, self.store, self.access, self.options, progress)
        self.interrupted = self.interrupted or summary.interrupted
        return side_of(self.store).narrowed(profile, {planned.key for planned in plan.trials})

    @contextmanager
    def apart(self) -> Iterator["GateSession"]:
        """Yield a session with an empty store of its own, deleted at the end.

        A run store keeps one record of a result that repeats to the bit, so it would not add that of a second run.
        """
        with (
            tempfile.TemporaryDirectory(prefix="bench-gate-") as folder,
            RunStore.open(Path(folder) / "again.sqlite") as store,
        ):
            other = replace(self, store=store)
            yield other
        self.interrupted = self.interrupted or other.interrupted

    def _plan(self, suite: str, profile: str, wanted: Sequence[Wanted]) -> Plan:
        """Plan task by task: each has folds and seeds of its own."""
        whole = Plan(TrialSelection(suite, profile), catalog.suite(suite))
        identities = Identities(self.access.cache / "identity")
        for task in dict.fromkeys(trial.task for trial in wanted):
            own = [trial for trial in wanted if trial.task == task]
            members = catalog.task_contenders(whole.suite, catalog.task(task))
            named = tuple(dict.fromkeys(trial.contender for trial in own if trial.contender in members))
            folds, seeds = sorted({trial.fold for trial in own}), sorted({trial.seed for trial in own})
            if not named:
                continue
            selection = TrialSelection(suite, profile, (task,), named, tuple(folds), tuple(seeds))
            part = make_plan(selection, self.access, identities, self.store, "resume", self._download)
            whole.trials += [p for p in part.trials if Wanted.of(p.trial) in own]
            whole.unavailable |= part.unavailable
            whole.broken |= part.broken
        return whole

    def kernels(self, cases: Collection[CaseName], profile: str, threads: Sequence[int], processes: int) -> Side:
        """Measure the `cases` that the store lacks; return all records of the present code."""
        plan = self._kernel_plan(cases, profile, threads, processes, fresh=False)
        if plan.todo:
            self.say(f"gate, kernels: {len(plan.todo)} measurements to run in {plural(processes, 'process')}")
        self._measure(plan)
        return side_of(self.store).narrowed(profile, {m.key for m in plan.measurements})

    def repeat(self, cases: Collection[CaseName], profile: str, threads: Sequence[int], processes: int) -> Side:
        """Measure `cases` in fresh processes even if the store has them; return the new measurements only."""
        plan = self._kernel_plan(cases, profile, threads, processes, fresh=True)
        self.say(f"gate: {plural(len(cases), 'case')} may be slower: measuring a second time in fresh processes")
        began = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._measure(plan)
        return side_of(self.store).narrowed(profile, {m.key for m in plan.measurements}, since=began)

    def _kernel_plan(
        self, cases: Collection[CaseName], profile: str, threads: Sequence[int], processes: int, *, fresh: bool
    ) -> KernelPlan:
        names = tuple(dict.fromkeys(kernel for kernel, _ in cases))
        selection = KernelSelection(names, profile, threads=tuple(threads), processes=processes)
        index = CodeIndex.load(self.access.cache / "identity" / "code.json")
        plan = make_kernel_plan(selection, index, self.store, fresh)
        return replace(plan, measurements=[m for m in plan.measurements if (m.kernel, m.case) in cases])

    def _measure(self, plan: KernelPlan) -> None:
        expected: Mapping[tuple[str, str, str], float] = self.store.durations()
        progress = Progress(expected, [m.trial for m in plan.todo], 1, quiet=self.quiet)
        limits = TrialLimits(self.options.limits.seconds, int(0.9 * total_memory()))
        if self.access.root is not None:
            os.environ["BENCH_DATA"] = str(self.access.root)  # the timing processes read it
        summary = measure(plan, self.store, limits, progress, self.access.derived / "numba")
        self.unavailable |= summary.unavailable
        self.interrupted = self.interrupted or summary.interrupted

    def _download(self, dataset: str) -> None:
        self.say(f"downloading {dataset}")


def reference_trials(reference: Side) -> set[Wanted]:
    """Return the reference's trials, timing processes of kernels left out."""
    trials = (entry.record.trial for entry in reference.entries)
    return {Wanted.of(trial) for trial in trials if not is_timing(trial)}


def reference_cases(reference: Side) -> dict[CaseName, int]:
    """Return the cases of kernels that the reference has, with the number of its processes."""
    found: dict[CaseName, set[int]] = {}
    for entry in reference.entries:
        trial = entry.record.trial
        if is_timing(trial):
            found.setdefault((trial.contender, trial.task.partition(":")[2]), set()).add(trial.fold)
    return {case: len(processes) for case, processes in found.items()}


def reference_threads(reference: Side) -> tuple[int, ...]:
    """Return the numbers of threads that the reference timed and this machine has."""
    counts = {
        int(count)
        for entry in reference.entries
        for count in entry.record.facts.get("threads", ())
        if is_timing(entry.record.trial)
    }
    return tuple(sorted(count for count in counts if count <= usable_cores()))


def is_timing(trial: Trial) -> bool:
    """Whether a record is of a timing process of a kernel."""
    return trial.task.startswith(f"{trial.contender}:")
