"""Published records: read from exports, folders of them or a run store, and sorted into trials and kernel cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from harness import catalog
from harness.reproduce.tolerance import PublishedTable
from harness.store import Columns, Entry, RunStore, merge
from harness.tables.scales import scale_of


@dataclass(frozen=True)
class Published:
    """A finished trial of a published table.

    Attributes:
        entry: its record, with the digest of its predictions.
        table: the finished trials of its task and profile.
    """

    entry: Entry
    table: PublishedTable


def open_published(path: Path, copy: Path) -> RunStore:
    """Copy the records of an export, a tree of exports or a run store into a new store at `copy`, and open it.

    Raises:
        StoreError: nothing is there, or it cannot be read.
    """
    store = RunStore.open(copy)
    try:
        merge(store, [path])
    except BaseException:
        store.close()
        raise
    return store


def finished_trials(
    store: RunStore, suite: str | None, profile: str | None, tasks: Sequence[str], contenders: Sequence[str]
) -> tuple[Columns, np.ndarray]:
    """Return the current records of known tasks and contenders, and the rows of the finished ones that match.

    Patterns are globs, none means all. A trial that failed when it was published has no number to reproduce.

    Raises:
        UnknownName: no such suite.
    """
    known = {t.name for t in (catalog.suite_tasks(catalog.suite(suite)) if suite else catalog.tasks().values())}
    columns = store.columns(tasks=known, contenders=catalog.contenders(), profile=profile)
    chosen = [
        status == "done" and _matches(task, tasks) and _matches(contender, contenders)
        for status, task, contender in zip(columns.status, columns.task, columns.contender, strict=True)
    ]
    return columns, np.flatnonzero(chosen)


def published_trial(store: RunStore, columns: Columns, row: int) -> Published:
    """Return the trial in a row of the columns."""
    names = ("task", "profile", "status")
    alike = np.all([getattr(columns, name) == getattr(columns, name)[row] for name in names], axis=0)
    entry = next(e for e in store.entries(columns.key[row]) if e.record.created == columns.created[row])
    task = catalog.task(columns.task[row])
    values = columns.metrics.get(task.metric, np.full(len(columns), np.nan))[alike]
    scale = scale_of(task.ranked)
    return Published(entry, PublishedTable(columns.contender[alike], columns.fold[alike], scale.analysed(values)))


def published_cases(
    store: RunStore, suite: str | None, profile: str | None, tasks: Sequence[str], contenders: Sequence[str]
) -> list[list[Entry]]:
    """Return the records of timing processes, a list for each case of a known kernel and each profile.

    Patterns are matched against ``kernel:case`` and the kernel's name; none means all.
    """
    known = catalog.suite(suite).kernels if suite else tuple(catalog.kernels())
    found: dict[tuple[str, str], list[Entry]] = {}
    for entry in store.entries(profile=profile):
        trial = entry.record.trial
        ours = trial.contender in known and trial.task.startswith(f"{trial.contender}:")
        if ours and _matches(trial.task, tasks) and _matches(trial.contender, contenders):
            found.setdefault((trial.task, trial.profile), []).append(entry)
    return list(found.values())


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)
