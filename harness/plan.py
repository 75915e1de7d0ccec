"""Plan of a run: the trials of a selection, those already in the store, and those that cannot run here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from harness import catalog
from harness.data.access import DataAccess
from harness.data.datasets import fingerprint, locate
from harness.errors import ContractError, DataError, EmptySelection, UnknownName, UsageError
from harness.identity import Identities
from harness.seeds import MAX_SEED
from harness.task import Extent, Suite, Task
from harness.trial import PROFILES, Fingerprints, Trial

if TYPE_CHECKING:
    from harness.store import RunStore

Mode = Literal["resume", "fresh", "failed"]
Download = Callable[[str], None]
NOT_DOWNLOADED = "not downloaded"


@dataclass(frozen=True)
class TrialSelection:
    """The user's selection. Patterns are globs; empty means all. Folds and seeds override the profile's."""

    suite: str
    profile: str = "standard"
    tasks: tuple[str, ...] = ()
    contenders: tuple[str, ...] = ()
    folds: tuple[int, ...] = ()
    seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class PlannedTrial:
    """A trial with its task and identity; `cached` when the store holds its result already."""

    task: Task
    trial: Trial
    key: str
    fingerprints: Fingerprints
    cached: bool


@dataclass
class Plan:
    """Plan of a run.

    Attributes:
        todo: the trials to run, in order.
        unavailable: task name -> reason why it cannot run here.
        broken: contender name -> the error of its import or contract; its trials run and fail as records.
    """

    selection: TrialSelection
    suite: Suite
    trials: list[PlannedTrial] = field(default_factory=list)
    unavailable: dict[str, DataError] = field(default_factory=dict)
    broken: dict[str, ContractError] = field(default_factory=dict)

    @property
    def todo(self) -> list[PlannedTrial]:
        return [planned for planned in self.trials if not planned.cached]

    @property
    def cached(self) -> int:
        """Number of trials that the store holds already."""
        return len(self.trials) - len(self.todo)


def selected_tasks(selection: TrialSelection) -> list[Task]:
    """Return the suite's tasks that the profile runs and the patterns match.

    Raises:
        UnknownName: no such suite, or a pattern that matches no task.
        UsageError: a pattern that matches tasks of other suites only.
        EmptySelection: the tasks exist, but not in this profile.
    """
    suite = catalog.suite(selection.suite)
    known = catalog.suite_tasks(suite)
    names = _matching("task", selection.tasks, [t.name for t in known], suite, _task_names)
    chosen = [t for t in known if t.name in names and selection.profile in t.extents]
    if not known:
        kernels = ", ".join(suite.kernels)
        raise EmptySelection(f"suite {suite.name!r} has no tasks; its kernels: {kernels}")
    if not chosen:
        have = sorted({p for t in known if t.name in names for p in t.extents}, key=PROFILES.index)
        raise EmptySelection(
            f"no selected task runs in profile {selection.profile!r}; the selected ones run in: {', '.join(have)}"
        )
    return chosen


def selected_contenders(selection: TrialSelection, tasks: Sequence[Task]) -> dict[str, list[str]]:
    """Return the contenders of each task, by its name, that the patterns match.

    Raises:
        DeclarationError: a task names a contender that does not exist, or one of another protocol.
        UnknownName: a pattern matches no contender.
        UsageError: a pattern that matches contenders of other tasks or suites only.
    """
    suite = catalog.suite(selection.suite)
    for task in tasks:
        catalog.check_task(suite, task)
    by_task = {task.name: catalog.task_contenders(suite, task) for task in tasks}
    everyone = list(dict.fromkeys(name for names in by_task.values() for name in names))
    chosen = set(_matching("contender", selection.contenders, everyone, suite, catalog.suite_contenders))
    return {task: [n for n in names if n in chosen] for task, names in by_task.items()}


def _task_names(suite: Suite) -> list[str]:
    return [task.name for task in catalog.suite_tasks(suite)]


def _matching(
    kind: str, patterns: Sequence[str], names: Sequence[str], suite: Suite, members: Callable[[Suite], list[str]]
) -> list[str]:
    """Return the names that patterns match; the error of a pattern that only matches elsewhere names the place."""
    try:
        return catalog.select(kind, patterns, names)
    except UnknownName as error:
        suites = catalog.suites().values()
        homes = [other.name for other in suites if any(fnmatchcase(m, error.name) for m in members(other))]
        if suite.name in homes:
            where = f"is of suite {suite.name!r}, but in none of the selected tasks"
            raise UsageError(f"{kind} {error.name!r} {where}") from None
        if homes:
            where = f"is not of suite {suite.name!r} but of {' and '.join(homes)}: use --suite {homes[0]}"
            raise UsageError(f"{kind} {error.name!r} {where}") from None
        raise


def make_plan(
    selection: TrialSelection,
    access: DataAccess,
    identities: Identities,
    store: "RunStore | None" = None,
    mode: Mode = "resume",
    download: Download | None = None,
) -> Plan:
    """List the trials of a selection and look up which the store has.

    Mode ``resume`` runs what has no finished record (failed trials again), ``fresh`` runs everything, ``failed``
    runs only what has a failed record, and leaves out what was never run.

    Args:
        download: called with the name of each data set before it is downloaded. Without it nothing is downloaded:
            trials on data that could be downloaded count as to run, under a data fingerprint that no record has.

    Raises:
        UnknownName, EmptySelection, UsageError: the selection is impossible.
        DeclarationError: a task names a contender that does not exist, or one of another protocol.
        ProtocolFault: a protocol cannot be loaded, or contradicts its entry.
    """
    tasks = selected_tasks(selection)
    contenders = selected_contenders(selection, tasks)
    extents = {task.name: extent(selection, task) for task in tasks}
    plan = Plan(selection, catalog.suite(selection.suite))
    inspected = list(dict.fromkeys(name for names in contenders.values() for name in names))
    identities.inspect(inspected, selection.profile)
    listed: list[tuple[Task, Trial, str, Fingerprints]] = []
    for task in tasks:
        folds, seeds = extents[task.name]
        try:
            data = task.fingerprint(_data(task.dataset, access, download))
        except DataError as error:
            plan.unavailable[task.name] = error
            continue
        identity = {name: _identity(plan, identities, name, selection.profile) for name in contenders[task.name]}
        for fold in folds:
            for seed in seeds:
                for name, (settings, code) in identity.items():
                    trial = Trial(task.name, name, fold, seed, selection.profile)
                    prints = Fingerprints(data, settings, code)
                    listed.append((task, trial, identities.key(trial, prints), prints))
    if not listed and not plan.unavailable:
        raise EmptySelection("the selectors match no trial: no contender is left for the selected tasks")
    keys = [key for _, _, key, _ in listed]
    done = store.done_keys(keys) if store is not None and mode != "fresh" else set()
    plan.trials = [PlannedTrial(task, trial, key, prints, key in done) for task, trial, key, prints in listed]
    if mode == "failed":
        failed = store.failed_keys(keys) if store is not None else set()
        plan.trials = [planned for planned in plan.trials if planned.cached or planned.key in failed]
    identities.save()
    return plan


def extent(selection: TrialSelection, task: Task) -> tuple[Sequence[int], Sequence[int]]:
    """Return the folds and seeds that a selection runs of a task.

    Raises:
        UsageError: a fold that the task does not have, or a seed out of range.
    """
    default: Extent = task.extents[selection.profile]
    for fold in selection.folds:
        if not 0 <= fold < task.most_folds:
            raise UsageError(f"--folds: task {task.name!r} has folds 0 to {task.most_folds - 1}, got {fold}")
    for seed in selection.seeds:
        if not 0 <= seed <= MAX_SEED:
            raise UsageError(f"--seeds: allowed are 0 to {MAX_SEED}, got {seed}")
    return selection.folds or range(default.folds), selection.seeds or range(default.seeds)


def _data(dataset: str, access: DataAccess, download: Download | None) -> str:
    if locate(dataset, access).status == "downloadable":
        if download is None:
            return NOT_DOWNLOADED
        download(dataset)
    return fingerprint(dataset, access)


def _identity(plan: Plan, identities: Identities, name: str, profile: str) -> tuple[str, str]:
    try:
        return identities.settings(name, profile), identities.code(name)
    except ContractError as error:  # a contender that cannot be imported fails, but ends no run
        catalog.protocol(catalog.contender(name).protocol)  # unless the fault is the protocol's
        plan.broken[name] = error
        return "unknown", identities.code(name)


def expected_durations(plan: Plan, store: "RunStore | None") -> dict[tuple[str, str, str], float]:
    """Return mean wall seconds by (task, contender, profile): this store's, else those of the reference results."""
    known = store.durations() if store is not None else {}
    wanted = {(p.trial.task, p.trial.contender, p.trial.profile) for p in plan.todo}
    if wanted <= known.keys():
        return known
    from harness.reference import reference_durations

    return {**reference_durations(plan.suite.name), **known}


def time_estimate(plan: Plan, seconds: Mapping[tuple[str, str, str], float], jobs: int) -> tuple[float, int]:
    """Return the expected seconds of the trials to run, `jobs` at a time, and the number without a past record.

    A trial without a record is taken to cost the mean of its task's records, or of all of them.
    """
    by_task: dict[str, list[float]] = {}
    for (task, _, profile), mean in seconds.items():
        if profile == plan.selection.profile:
            by_task.setdefault(task, []).append(mean)
    overall = [mean for means in by_task.values() for mean in means]
    total, unknown = 0.0, 0
    for planned in plan.todo:
        t = planned.trial
        known = seconds.get((t.task, t.contender, t.profile))
        if known is None:
            unknown += 1
            means = by_task.get(t.task) or overall
            known = sum(means) / len(means) if means else 0.0
        total += known
    return total / max(1, min(jobs, len(plan.todo) or 1)), unknown
