"""The selected part of the reference, and the tasks, contenders and cases that only one side has."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness import catalog
from harness.errors import CouldNotMeasure
from harness.regression.changes import Change
from harness.regression.gate import CaseName, Repeat, kernel_cases, kernel_changes, trial_changes
from harness.regression.records import Side, joined
from harness.regression.session import GateSession, Wanted, reference_cases, reference_threads, reference_trials
from harness.regression.speed import SpeedRule
from harness.statistics.intervals import plural
from harness.task import Suite, Task
from harness.trial import PROFILES

NO_BASELINE = "no baseline: the reference has no record of it"
GONE = "the reference has it, this version does not"
DEFAULT_PROFILE = "standard"


@dataclass(frozen=True)
class Scope:
    """The selected part of a reference.

    Attributes:
        reference: its records of `profile`.
        tasks: suite -> its tasks that the reference has.
        contenders: those selected, of any task.
        cases: cases of kernels -> number of processes in the reference.
        unmatched: changes for tasks, contenders and cases that only one side has.
    """

    reference: Side
    profile: str
    tasks: Mapping[str, Sequence[Task]]
    contenders: Collection[str]
    cases: Mapping[CaseName, int]
    unmatched: Sequence[Change]

    @classmethod
    def of(
        cls,
        reference: Side,
        against: str,
        suite: str | None = None,
        profile: str | None = None,
        tasks: Sequence[str] = (),
        contenders: Sequence[str] = (),
        with_kernels: bool | None = None,
    ) -> "Scope":
        """Select by names and globs; a task's glob also matches cases of kernels, named ``kernel:case``.

        Raises:
            CouldNotMeasure: the reference has no record of the selection.
        """
        profile = profile or _profile(reference, against)
        side = reference.narrowed(profile)
        suites = [catalog.suite(suite)] if suite else list(catalog.suites().values())
        wanted = reference_trials(side)
        listed = _tasks(suites, wanted, profile)
        orphans = set() if suite else {trial.task for trial in wanted} - set(catalog.tasks())
        gate_kernels = with_kernels if with_kernels is not None else not contenders
        cases = _cases(side, suites if suite else None, profile) if gate_kernels else {}
        names = [task.name for found in listed.values() for task in found]
        names += [*sorted(orphans), *map(":".join, cases)]
        if not names:
            raise CouldNotMeasure(_nothing(reference, against, suite, profile))
        chosen = set(catalog.select("task", tasks, names))
        who = set(catalog.select("contender", contenders, _everyone(listed, wanted)))
        listed = {name: [task for task in found if task.name in chosen] for name, found in listed.items()}
        cases = {case: count for case, count in cases.items() if ":".join(case) in chosen}
        there = {trial.task for trial in wanted}
        return cls(
            side,
            profile,
            {name: [task for task in found if task.name in there] for name, found in listed.items()},
            who,
            {case: count for case, count in cases.items() if count and case[0] in catalog.kernels()},
            [*_unmatched_trials(listed, wanted, who), *_unmatched_names(chosen & orphans, cases)],
        )

    def compare(self, new: Side, rule: SpeedRule, *, any_environment: bool = False) -> list[Change]:
        """Compare with existing records; nothing is measured."""
        changes = self._trials(new, any_environment)
        return [*changes, *self._kernels(new, rule, None, any_environment), *self.unmatched]

    def measure(
        self, session: GateSession, rule: SpeedRule, processes: int | None = None, *, any_environment: bool = False
    ) -> list[Change]:
        """Run the trials and cases that the session's store lacks, then compare.

        Contenders that seem to need more memory and cases that seem slower are measured a second time.

        Raises:
            UsageError, EmptySelection: a trial of the reference cannot be run here.
        """
        wanted = sorted(trial for trial in reference_trials(self.reference) if trial.contender in self.contenders)
        new = self._run(session, wanted)
        changes = self._trials(new, any_environment)
        heavier = {(c.subject, c.who) for c in changes if c.kind == "memory" and c.word == "regressed"}
        if heavier and not session.interrupted:
            # A first run compiles, which takes memory; a second run shows the memory without compilation.
            session.say(f"gate: {plural(len(heavier), 'contender')} may need more memory: running a second time")
            with session.apart() as again:
                second = self._run(again, [trial for trial in wanted if trial[:2] in heavier])
            changes = self._trials(joined([new, second]), any_environment)
        if self.cases and not session.interrupted:
            changes += self._measured_kernels(session, rule, processes, any_environment)
        changes += self.unmatched
        return [_explained(change, session.unavailable) for change in changes]

    def _run(self, session: GateSession, wanted: Sequence[Wanted]) -> Side:
        """Run trials, suite by suite, and return their records."""
        sides = []
        for suite, tasks in self.tasks.items():
            own = [trial for trial in wanted if trial.task in {task.name for task in tasks}]
            if own and not session.interrupted:
                sides.append(session.trials(suite, self.profile, own))
        return joined(sides)

    def _measured_kernels(
        self, session: GateSession, rule: SpeedRule, processes: int | None, any_environment: bool
    ) -> list[Change]:
        threads = reference_threads(self.reference)
        count = processes or max(self.cases.values())

        def again(cases: Collection[CaseName]) -> Side:
            return session.repeat(cases, self.profile, threads, count)

        new = session.kernels(self.cases, self.profile, threads, count)
        return self._kernels(new, rule, again, any_environment)

    def _trials(self, new: Side, any_environment: bool) -> list[Change]:
        there = {trial[:2] for trial in reference_trials(self.reference)}
        members = [
            (task, name)
            for suite, tasks in self.tasks.items()
            for task in tasks
            for name in catalog.task_contenders(catalog.suite(suite), task)
            if name in self.contenders and (task.name, name) in there
        ]
        return trial_changes(self.reference, new, members, any_environment=any_environment)

    def _kernels(self, new: Side, rule: SpeedRule, repeat: Repeat | None, any_environment: bool) -> list[Change]:
        names = tuple(dict.fromkeys(kernel for kernel, _ in self.cases))
        found = kernel_cases(self.reference, new, self.profile, names, rule, any_environment=any_environment)
        chosen = {":".join(case) for case in self.cases}
        return kernel_changes([case for case in found if case.subject in chosen], self.profile, repeat)


def _profile(reference: Side, against: str) -> str:
    """Return the profile where the user names none: the default one, or the only one."""
    there = reference.profiles
    if DEFAULT_PROFILE in there:
        return DEFAULT_PROFILE
    if len(there) == 1:
        return there[0]
    listed = ", ".join(sorted(there, key=PROFILES.index)) or "none"
    raise CouldNotMeasure(f"{against} has records of profiles: {listed}. Choose one with --profile.")


def _tasks(suites: Sequence[Suite], wanted: Collection[Wanted], profile: str) -> dict[str, list[Task]]:
    """Return the tasks of each suite that the reference knows, those without a baseline included."""
    there = {trial.task for trial in wanted}
    known = {suite.name: [t for t in catalog.suite_tasks(suite) if profile in t.extents] for suite in suites}
    return {name: tasks for name, tasks in known.items() if there & {task.name for task in tasks}}


def _cases(side: Side, suites: Sequence[Suite] | None, profile: str) -> dict[CaseName, int]:
    """Return the cases of the reference's kernels with its number of processes, 0 for a case without baseline."""
    found = reference_cases(side)
    if suites is not None:
        found = {case: count for case, count in found.items() if any(case[0] in s.kernels for s in suites)}
    for kernel in dict.fromkeys(name for name, _ in found if name in catalog.kernels()):
        for case in catalog.kernel(kernel).cases(profile):
            found.setdefault((kernel, case.name), 0)
    return found


def _everyone(listed: Mapping[str, Sequence[Task]], wanted: Collection[Wanted]) -> list[str]:
    """Return the contenders of the tasks, and those that only the reference has."""
    members = [
        name
        for suite, tasks in listed.items()
        for task in tasks
        for name in catalog.task_contenders(catalog.suite(suite), task)
    ]
    return list(dict.fromkeys([*members, *sorted(trial.contender for trial in wanted)]))


def _unmatched_trials(
    listed: Mapping[str, Sequence[Task]], wanted: Collection[Wanted], who: Collection[str]
) -> Iterator[Change]:
    """Yield a change for each contender of a task that only one side has."""
    there = {(trial.task, trial.contender) for trial in wanted}
    for suite, tasks in listed.items():
        for task in tasks:
            members = catalog.task_contenders(catalog.suite(suite), task)
            selected = [name for name in members if name in who]
            new = [name for name in selected if (task.name, name) not in there]
            old = [
                name for known, name in sorted(there) if known == task.name and name in who and name not in members
            ]
            for name in ["all contenders"] if new == selected and len(new) > 1 else new:
                yield Change(
                    "metric", task.name, name, "unmeasured", reason=NO_BASELINE, quantity=task.ranked.title
                )
            for name in old:
                yield Change("outcome", task.name, name, "unmeasured", reason=GONE)


def _unmatched_names(orphans: Collection[str], cases: Mapping[CaseName, int]) -> Iterator[Change]:
    """Yield a change for each task, and each case of a kernel, that only one side has."""
    for task in sorted(orphans):
        yield Change("outcome", task, "all contenders", "unmeasured", reason=GONE)
    for (kernel, case), count in cases.items():
        gone = kernel not in catalog.kernels()
        if gone or not count:
            reason = GONE if gone else NO_BASELINE
            yield Change("outcome", f"{kernel}:{case}", "all implementations", "unmeasured", reason=reason)


def _explained(change: Change, unavailable: Mapping[str, str]) -> Change:
    """Return a change that was not run with the reason, if that is its unavailable data."""
    if change.word == "unmeasured" and change.subject in unavailable and change.reason.startswith("not "):
        return replace(change, reason=f"its data is unavailable: {unavailable[change.subject]}")
    return change


def _nothing(reference: Side, against: str, suite: str | None, profile: str) -> str:
    of = f"suite {suite} in " if suite else ""
    there = ", ".join(reference.profiles) or "none"
    return (
        f"no baseline: {against} has no records of {of}profile {profile!r}; it has profiles: {there}. "
        "`bench run` and `bench export` make a reference."
    )
