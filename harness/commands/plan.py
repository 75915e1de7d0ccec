"""`bench plan`: the trials and the cost of a run, before it starts."""

from pathlib import Path
from typing import Any

import click

from harness.commands.options import data_root_option, offline_option, selection_options, store_option
from harness.commands.unavailable import unavailable_lines

EXAMPLES = """\b
Examples:
  bench plan --suite graph
  bench plan --profile paper -t mutag"""


@click.command("plan", epilog=EXAMPLES)
@selection_options
@store_option
@data_root_option
@offline_option
@click.option("-j", "--jobs", type=click.IntRange(1), help="Trials at a time. [default: cores]")
def command(
    suite: str,
    profile: str,
    tasks: tuple[str, ...],
    contenders: tuple[str, ...],
    folds: tuple[int, ...] | None,
    seeds: tuple[int, ...] | None,
    store: Path,
    data_root: Path | None,
    offline: bool,
    jobs: int | None,
) -> None:
    """Report what `bench run` with the same options would do: trials, time, disk, downloads, undecidable claims.

    Nothing is run and nothing is downloaded.
    """
    from harness import catalog
    from harness.data.access import DataAccess
    from harness.environment import usable_cores
    from harness.identity import Identities
    from harness.plan import TrialSelection, expected_durations, make_plan
    from harness.store import RunStore

    selection = TrialSelection(suite, profile, tasks, contenders, folds or (), seeds or ())
    access = DataAccess.from_environment(data_root, offline=offline)
    records = RunStore.open(store, readonly=True) if store.exists() else None
    try:
        known, lines = catalog.suite(suite), []
        narrowed = bool(tasks or contenders or folds or seeds)
        if known.tasks or narrowed:
            plan = make_plan(selection, access, Identities(access.cache / "identity"), records)
            lines += describe(plan, expected_durations(plan, records), jobs or usable_cores(), access)
        if known.kernels and not narrowed:
            lines += describe_kernels(known.kernels, profile, access, records)
        for line in lines:
            click.echo(line)
    finally:
        if records is not None:
            records.close()


def describe(plan: Any, past: Any, jobs: int, access: Any) -> list[str]:
    """Return the plan as lines."""
    from harness.plan import time_estimate
    from harness.tables.words import duration

    selection = plan.selection
    lines = [f"suite {plan.suite.name}, profile {selection.profile}: {plan.suite.title}", ""]
    lines += _task_table(plan)
    seconds, unknown = time_estimate(plan, past, jobs)
    lines += ["", f"to run:    {len(plan.todo)} trials, {plan.cached} of {len(plan.trials)} already in the store"]
    if not plan.todo:
        lines.append("time:      none")
    elif unknown == len(plan.todo):
        lines.append(
            "time:      unknown: no past record of these tasks in this profile; run one fold or seed first"
        )
    else:
        note = (
            f" ({unknown} trials have no past record; taken as the mean of their task, or of all)"
            if unknown
            else ""
        )
        lines.append(f"time:      about {duration(seconds)} with {jobs} at a time{note}")
    lines.append(f"disk:      about {_store_bytes(plan) / 2**20:.1f} MiB in the run store")
    lines += _downloads(plan, access)
    lines += unavailable_lines("missing:   ", plan.unavailable)
    for name, error in plan.broken.items():
        lines.append(f"broken:    {name}: {error}")
    return lines + _claims(plan)


def describe_kernels(names: Any, profile: str, access: Any, records: Any) -> list[str]:
    """Return the cost of timing a suite's kernels as lines."""
    from harness.fingerprint import CodeIndex
    from harness.kernels.plan import KernelSelection, make_kernel_plan
    from harness.kernels.session import expected_seconds
    from harness.statistics.intervals import plural
    from harness.tables.words import duration

    plan = make_kernel_plan(
        KernelSelection(names, profile), CodeIndex.load(access.cache / "identity" / "code.json"), records
    )
    lines = []
    for name in names:
        own = [m for m in plan.measurements if m.kernel == name]
        todo = [m for m in own if not m.cached]
        seconds, unknown = expected_seconds(todo, records)
        about = "none" if not todo else "unknown" if unknown else f"about {duration(seconds)}, alone on the machine"
        lines.append(
            f"kernel:    {name}: {len(todo)} measurements to run in {plural(plan.effort.processes, 'process')}, "
            f"{len(own) - len(todo)} of {len(own)} already in the store; time: {about}"
        )
    return lines


def _task_table(plan: Any) -> list[str]:
    from collections import Counter

    from tabulate import tabulate

    total = Counter(p.trial.task for p in plan.trials)
    cached = Counter(p.trial.task for p in plan.trials if p.cached)
    contenders = Counter(task for task, _ in {(p.trial.task, p.trial.contender) for p in plan.trials})
    rows = [[task, contenders[task], n, cached[task], n - cached[task]] for task, n in total.items()]
    return tabulate(rows, ["task", "contenders", "trials", "cached", "to run"], "simple").splitlines()


def _store_bytes(plan: Any) -> int:
    bytes_a_record = 14 << 10  # mean over the 652 reference trials of suite graph, curve and predictions included
    return len(plan.todo) * bytes_a_record


def _downloads(plan: Any, access: Any) -> list[str]:
    from harness import catalog
    from harness.data.datasets import locate
    from harness.families import dataset_entries

    lines = []
    for name in dict.fromkeys(p.trial.task for p in plan.todo):
        dataset = catalog.task(name).dataset
        if dataset in dataset_entries() and locate(dataset, access).status == "downloadable":
            lines.append(f"download:  {dataset}, {locate(dataset, access).detail}")
    return lines or ["download:  nothing"]


def _claims(plan: Any) -> list[str]:
    """Return a line for each claim that so few runs cannot decide."""
    from harness import catalog
    from harness.claims.listing import suite_claims
    from harness.claims.planning import undecidable

    units: dict[tuple[str, str], set[int]] = {}
    for planned in plan.trials:
        t = planned.trial
        unit = t.fold if catalog.task(t.task).over_folds else t.seed  # seeds are averaged within folds
        units.setdefault((t.task, t.contender), set()).add(unit)
    claims = suite_claims(plan.suite)
    short, absent = undecidable(claims, {pair: len(found) for pair, found in units.items()})
    lines = [f"undecided: {name}: {reason}" for name, reason in short.items()]
    if absent:
        lines.append(f"undecided: {len(absent)} of {len(claims)} claims: not among the selected trials")
    if plan.selection.profile != "paper" and claims:
        lines.append("           verdicts will be about this scale: only the paper profile speaks of the paper")
    return lines
