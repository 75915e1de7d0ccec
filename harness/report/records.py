"""The records behind a page: several exports read as one, the failures of a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.store.current import current_records
from harness.tables.values import TaskTable

if TYPE_CHECKING:
    from harness.store import RunStore
    from harness.trial import Record

LONGEST_LOG = 4000
"""Number of characters of a log that a page shows: its end, where the fault is."""


@dataclass(frozen=True)
class FailedTrial:
    """A failed trial as a page shows it.

    Attributes:
        details: traceback, standard error and log, under their names; only what is there.
    """

    trial: str
    kind: str
    message: str
    details: tuple[tuple[str, str], ...]


def read_exports(paths: Sequence[Path]) -> "RunStore":
    """Read exported files, or folders of them at any depth, as one read-only store in memory.

    Raises:
        StoreError: a folder holds no export, or a line is not a record.
    """
    from harness.store import RunStore
    from harness.store.connection import open_memory
    from harness.store.merge import merge

    store = RunStore(Path(":memory:"), open_memory(), readonly=False)
    try:
        merge(store, paths)
    except BaseException:
        store.close()
        raise
    store.readonly = True
    return store


def failed_trials(store: "RunStore", table: TaskTable, profile: str) -> tuple[FailedTrial, ...]:
    """Return the failed trials of a table, with their traceback, output and log."""
    names = [row.contender for row in table.rows if row.failures]
    records = current_records(store, table.task.name, profile, names)
    return tuple(_failed(record) for name in names for record in records[name] if not record.done)


def _failed(record: "Record") -> FailedTrial:
    failure = record.failure
    kind = failure.kind if failure else record.status
    return FailedTrial(str(record.trial), kind, failure.message if failure else "", tuple(_details(record)))


def _details(record: "Record") -> Iterator[tuple[str, str]]:
    failure = record.failure
    left = [("traceback", failure.traceback), ("standard error", failure.stderr_tail)] if failure else []
    for name, text in (*left, ("log", record.log)):
        if text.strip():
            cut = len(text) - LONGEST_LOG
            yield name, text if cut <= 0 else f"[{cut:,} characters before]\n{text[-LONGEST_LOG:]}"
