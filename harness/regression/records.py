"""The two sides of the gate: the current records of a store, an export or a folder of exports."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.store import Entry, Environment, RunStore
from harness.store.entries import moment
from harness.store.lines import SUFFIX, read_lines
from harness.trial import Record


@dataclass(frozen=True)
class Side:
    """Records of one side, and the environments by fingerprint."""

    entries: tuple[Entry, ...]
    environments: Mapping[str, Mapping[str, Any]]

    @property
    def profiles(self) -> list[str]:
        """Profiles of the records, sorted."""
        return sorted({entry.record.trial.profile for entry in self.entries})

    def narrowed(self, profile: str, keys: Collection[str] | None = None, since: str = "") -> "Side":
        """Return the records of a profile, with one of `keys` (None: any), made at `since` (ISO 8601) or later."""
        kept = (
            entry
            for entry in self.entries
            if entry.record.trial.profile == profile
            and (keys is None or entry.record.key in keys)
            and entry.record.created >= since
        )
        return Side(tuple(kept), self.environments)


def read_side(path: Path) -> Side:
    """Read a run store, a file of JSON lines, or all files of JSON lines in a folder and the folders below it.

    Raises:
        StoreError: the path holds no records, or a record is damaged.
    """
    if path.is_dir() or path.suffix == SUFFIX:
        return _collected(read_lines(path))
    with RunStore.open(path, create=False, readonly=True) as store:
        return side_of(store)


def side_of(store: RunStore) -> Side:
    """Return all records of an open store."""
    return _collected(store.contents())


def joined(sides: Iterable[Side]) -> Side:
    """Return the records of several sides as one."""
    entries: list[Entry] = []
    environments: dict[str, Mapping[str, Any]] = {}
    for side in sides:
        entries += side.entries
        environments |= side.environments
    return Side(tuple(entries), environments)


def _collected(items: Iterable[Entry | Environment]) -> Side:
    entries: list[Entry] = []
    environments: dict[str, Mapping[str, Any]] = {}
    for item in items:
        if isinstance(item, Environment):
            environments.setdefault(item.fingerprint, item.content)
        else:
            entries.append(item)
    return Side(tuple(entries), environments)


Trials = Mapping[tuple[str, str], Mapping[tuple[int, int], Entry]]
"""(task, contender) -> (fold, seed) -> the current record."""


def current(entries: Iterable[Entry]) -> Trials:
    """Return the current record of each trial, by the rule of :mod:`harness.store.columns`.

    A failure does not count once its key has a `done` record; of the others the newest counts.
    """
    listed = sorted(entries, key=lambda e: _age(e.record))
    done = {entry.record.key for entry in listed if entry.record.done}
    found: dict[tuple[str, str], dict[tuple[int, int], Entry]] = {}
    for entry in listed:
        trial = entry.record.trial
        if entry.record.done or entry.record.key not in done:
            found.setdefault((trial.task, trial.contender), {})[trial.fold, trial.seed] = entry
    return found


def _age(record: Record) -> tuple[int, str, str]:
    return moment(record.created, f"record {record.key}"), record.key, record.environment
