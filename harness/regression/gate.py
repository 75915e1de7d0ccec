"""Comparison of all quantities of both sides, for `bench check --against`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness import catalog
from harness.kernels.contract import Kernel
from harness.kernels.results import current as current_processes
from harness.regression import footprint, machines
from harness.regression.changes import Change
from harness.regression.kernel_cases import GatedCase
from harness.regression.metric import metric_changes
from harness.regression.records import Side, current
from harness.regression.speed import SpeedRule
from harness.regression.timing import Processes
from harness.task import Task

CaseName = tuple[str, str]
"""A kernel and one of its cases."""

Repeat = Callable[[Collection[CaseName]], Side]
"""Measures cases once more, in fresh processes."""


def trial_changes(
    reference: Side, new: Side, members: Sequence[tuple[Task, str]], *, any_environment: bool = False
) -> list[Change]:
    """Compare metrics, outcomes, parameters and memory of `members`: tasks with contenders, tested together."""
    before, after = current(reference.entries), current(new.entries)
    pairs = [
        (task, name, before.get((task.name, name), {}), after.get((task.name, name), {})) for task, name in members
    ]
    changes = metric_changes(pairs)
    for task, name, old, recent in pairs:
        counted = footprint.parameters(Change("size", task.name, name, "same"), old, recent)
        changes += [counted] if counted is not None else []
    for subject in dict.fromkeys(task.name for task, _ in members):
        sides = {
            name: (old, recent) for task, name, old, recent in pairs if task.name == subject and old and recent
        }
        changes += _trial_memory(subject, sides, {**reference.environments, **new.environments}, any_environment)
    return changes


def _trial_memory(
    task: str,
    sides: Mapping[str, tuple[footprint.Entries, footprint.Entries]],
    environments: Mapping[str, Mapping[str, Any]],
    any_environment: bool,
) -> list[Change]:
    combinations = {
        (old[cell].record.environment, recent[cell].record.environment)
        for old, recent in sides.values()
        for cell in {*old} & {*recent}
    }
    for before, after in sorted(combinations):
        known = environments.get(before), environments.get(after)
        other = "" if before == after else machines.difference(*known, names=machines.MEMORY)
        if other and not any_environment:
            blank = Change("memory", task, "all contenders", "unmeasured")
            return [replace(blank, reason=f"other environment: {other}")]
    return footprint.trial_memory(task, sides)


def kernel_cases(
    reference: Side,
    new: Side,
    profile: str,
    kernels: Collection[str],
    rule: SpeedRule,
    *,
    any_environment: bool = False,
) -> list[GatedCase]:
    """Return every case of `kernels` that the reference has, with its new processes, if any."""
    found = []
    for name in kernels:
        kernel = catalog.kernel(name)
        before, after = (_processes(name, kernel, profile, side) for side in (reference, new))
        for case, processes in before.items():
            measured = after.get(case, {})
            other = "" if any_environment else _elsewhere(processes, measured, reference, new)
            found.append(GatedCase(kernel, f"{name}:{case}", processes, measured, rule, other))
    return found


def kernel_changes(cases: Sequence[GatedCase], profile: str, repeat: Repeat | None) -> list[Change]:
    """Judge all cases, after a second measurement of those that seem worse or are not clear."""
    doubtful = [_named(case) for case in cases if repeat is not None and case.doubtful]
    again: dict[CaseName, Processes] = {}
    if repeat is not None and doubtful:
        second = repeat(doubtful)
        for name in dict.fromkeys(kernel for kernel, _ in doubtful):
            for case, processes in _processes(name, catalog.kernel(name), profile, second).items():
                again[name, case] = processes
    return [change for case in cases for change in _changes(replace(case, again=again.get(_named(case), {})))]


def _changes(case: GatedCase) -> list[Change]:
    if not case.new:
        return [Change("speed", case.subject, "all implementations", "unmeasured", reason="not measured")]
    return list(case.changes())


def _named(case: GatedCase) -> CaseName:
    kernel, _, name = case.subject.partition(":")
    return kernel, name


def _processes(name: str, kernel: Kernel, profile: str, side: Side) -> dict[str, dict[int, Any]]:
    """Return case -> process -> record, of the newest environment."""
    own = (entry for entry in side.entries if entry.record.trial.task.startswith(f"{name}:"))
    found: dict[str, dict[int, Any]] = {}
    for record in current_processes(kernel, profile, own):
        found.setdefault(record.trial.task.partition(":")[2], {})[record.trial.fold] = record
    return found


def _elsewhere(before: Processes, after: Processes, reference: Side, new: Side) -> str:
    """Return the differences between the environments of two sets of processes that matter for speed, or ''."""
    if not after:
        return ""
    there, here = (next(iter(side.values())).environment for side in (before, after))
    if there == here:
        return ""
    return machines.difference(reference.environments.get(there), new.environments.get(here))
