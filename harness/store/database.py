"""The run store: one SQLite file that several processes may write and read at the same time."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.errors import StoreError
from harness.store import connection as opening
from harness.store import doctor, schema
from harness.store.codec import decode_payload, encode_payload
from harness.store.columns import Columns, conditions_for, read_columns
from harness.store.entries import (
    Entry,
    Environment,
    MergeReport,
    attachments,
    from_row,
    same_outcome,
    same_result,
    to_json,
    to_row,
)
from harness.store.faults import database_faults, read_only
from harness.store.fields import ROW
from harness.store.lines import read_lines
from harness.trial import Record

if TYPE_CHECKING:
    from harness.payload import Payload

Addition = Literal["added", "identical", "conflict"]
KEYS_AT_ONCE = 500
LAST_CHARACTER = "\U0010ffff"  # sorts after every other, so that a prefix is a range that the index serves
INSERT = f"INSERT INTO records ({', '.join(ROW)}) VALUES ({', '.join(f':{name}' for name in ROW)})"
CANONICAL_ORDER = "task, contender, profile, fold, seed, moment, key, environment, metrics, attempt"


@dataclass(frozen=True)
class Counts:
    """Number of records of a store, of their distinct trials, and of records by status."""

    records: int
    trials: int
    by_status: Mapping[str, int]


class RunStore:
    """Records, their attachments and environments in one file; open it with :meth:`open`, close it after use.

    Every :meth:`add` is a transaction: when it returns, the record survives a kill and a power cut. Nothing is ever
    overwritten or deleted. Several processes may use one file at once, on one machine; each needs its own instance.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, readonly: bool) -> None:
        self.path, self.readonly = path, readonly
        self._connection = connection
        connection.row_factory = sqlite3.Row

    @classmethod
    def open(cls, path: Path | str, *, create: bool = True, readonly: bool = False) -> "RunStore":
        """Open the store at `path`; a missing file is made, with its folder, unless `create` is false.

        `readonly` also works where nothing may be written. On a network file system the store keeps a rollback
        journal instead of a write-ahead log.

        Raises:
            StoreError: there is none, it is no run store, it is damaged or locked.
            StoreReadOnly: it cannot be written and `readonly` is false.
            StoreFull: no space to make it.
            StoreVersion: it was written by a newer version of this program.
        """
        path = Path(path)
        if readonly:
            return cls(path, opening.open_readable(path), readonly=True)
        return cls(path, opening.open_writable(path, create=create), readonly=False)

    @classmethod
    def from_jsonl(cls, path: Path | str) -> "RunStore":
        """Read a JSON-lines export, or a folder of them, as a read-only store in memory.

        Raises:
            StoreError: a line is not a record; the message has its number.
        """
        store = cls(Path(path), opening.open_memory(), readonly=False)
        try:
            store.absorb(read_lines(store.path))
        except BaseException:
            store.close()
            raise
        store.readonly = True
        return store

    def __enter__(self) -> "RunStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    # -- writing

    def add(self, record: Record, predictions: "Payload | None" = None) -> Addition:
        """Store a record in one transaction; return whether it was added, identical or in conflict.

        A `done` record whose key, environment, metrics and predictions are here already is ``identical``: nothing
        is stored, so that a trial which two runs executed at once is kept once. One with the same key but other
        metrics or predictions is a ``conflict`` and kept beside the first with the next attempt number. Anything
        else is ``added``: a failure stays when a later record of its key succeeds.

        Raises:
            StoreError: the record cannot be kept as it is (not JSON, objects among the predictions) or a fault.
            StoreReadOnly, StoreFull: nothing of it was kept.
        """
        entry = Entry(record)
        if predictions is not None:
            blob = encode_payload(predictions, f"predictions of record {record.key}")
            entry = Entry(record, digest=predictions.digest(), predictions=blob)
        with self.transaction():
            return self._insert(entry)

    def put_environment(self, fingerprint: str, content: Mapping[str, Any]) -> None:
        """Store the environment of `fingerprint`; the first content stays."""
        text = to_json(dict(content), f"environment {fingerprint}")
        with self.transaction():
            self._connection.execute("INSERT OR IGNORE INTO environments VALUES (?, ?)", (fingerprint, text))

    def absorb(self, items: Iterable[Entry | Environment]) -> MergeReport:
        """Keep many entries in one transaction: all of them or, on any error, none."""
        added = identical = 0
        conflicting = []
        with self.transaction():
            for item in items:
                if isinstance(item, Environment):
                    self.put_environment(item.fingerprint, item.content)
                    continue
                outcome = self._insert(item)
                added += outcome == "added"
                identical += outcome == "identical"
                conflicting += [item.record.key] * (outcome == "conflict")
        return MergeReport(added, identical, len(conflicting), tuple(conflicting))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Group writes: all are kept when the block ends, none if it raises. Blocks may be nested."""
        if self.readonly:
            raise read_only(self.path)
        if self._connection.in_transaction:
            yield
            return
        with database_faults(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors, a full disk among them.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _insert(self, entry: Entry) -> Addition:
        record, row = entry.record, to_row(entry)
        log, curve, predictions = attachments(entry)
        query = f"SELECT {', '.join(ROW)}, id FROM records WHERE key = ? ORDER BY attempt"
        known = self._connection.execute(query, (record.key,)).fetchall()
        for one in known:
            if same_outcome(one, row):
                if one["created"] == record.created:
                    self._complete(one["id"], log, curve, predictions)
                return "identical"
        row["attempt"] = len(known) + 1
        try:
            number = self._connection.execute(INSERT, row).lastrowid
        except (OverflowError, UnicodeEncodeError, sqlite3.ProgrammingError, sqlite3.IntegrityError) as error:
            raise StoreError(f"record {record.key} of {record.trial} cannot be kept: {error}") from error
        self._complete(number, log, curve, predictions)
        differs = record.done and any(one["status"] == "done" and not same_result(one, row) for one in known)
        return "conflict" if differs else "added"

    def _complete(self, number: int | None, *parts: bytes | None) -> None:
        """Add missing attachments of a record; an export without curves or predictions may have come first."""
        if any(part is not None for part in parts):
            self._connection.execute(
                "INSERT INTO attachments (record_id, log, curve, predictions) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (record_id) DO UPDATE SET "
                "log = coalesce(log, excluded.log), curve = coalesce(curve, excluded.curve), "
                "predictions = coalesce(predictions, excluded.predictions)",
                (number, *parts),
            )

    # -- reading

    def done_keys(self, keys: Iterable[str]) -> set[str]:
        """Return those of `keys` that have a `done` record."""
        return {key for key, done in self._states(keys) if done}

    def failed_keys(self, keys: Iterable[str]) -> set[str]:
        """Return those of `keys` that have records, none of them `done`."""
        return {key for key, done in self._states(keys) if not done}

    def _states(self, keys: Iterable[str]) -> Iterator[tuple[str, int]]:
        remaining = iter(keys)
        with database_faults(self.path):
            while chunk := list(islice(remaining, KEYS_AT_ONCE)):
                marks = ", ".join("?" * len(chunk))
                query = f"SELECT key, max(status = 'done') FROM records WHERE key IN ({marks}) GROUP BY key"
                yield from self._connection.execute(query, chunk)

    def find(self, prefix: str) -> list[Record]:
        """Return the records whose key begins with `prefix`, complete with curve and log, attempts in order.

        Raises:
            StoreError: `prefix` is empty, or a record is damaged.
        """
        if not prefix:
            raise StoreError("expected the first digits of a key, got nothing; `bench export` writes all records")
        return [entry.record for entry in self.entries(prefix)]

    def entries(
        self,
        prefix: str = "",
        *,
        tasks: Collection[str] | None = None,
        profile: str | None = None,
        predictions: bool = False,
    ) -> Iterator[Entry]:
        """Iterate over the records that match, superseded ones too, in an order that no merge changes.

        Raises:
            StoreError: a record is damaged.
        """
        blob = ", a.predictions AS blob" if predictions else ""
        # Whole rows would drag every blob through the sort.
        where, values = conditions_for({"task": tasks, "profile": None if profile is None else [profile]})
        order = f"SELECT id FROM records WHERE key >= ? AND key < ? AND {where} ORDER BY {CANONICAL_ORDER}"
        query = (
            f"SELECT r.*, a.log, a.curve{blob} FROM records r LEFT JOIN attachments a ON a.record_id = r.id "
            "WHERE r.id = ?"
        )
        with database_faults(self.path):
            for (number,) in self._connection.execute(order, (prefix, prefix + LAST_CHARACTER, *values)).fetchall():
                yield from_row(self._connection.execute(query, (number,)).fetchone())

    def predictions(self, key: str, attempt: int | None = None) -> "Payload":
        """Return the predictions of a record: of the newest `done` attempt, or of the one named.

        Raises:
            StoreError: there is no such record, it has no predictions, or they are damaged.
        """
        query = (
            "SELECT a.predictions AS blob, r.predictions AS digest "
            "FROM records r LEFT JOIN attachments a ON a.record_id = r.id "
            "WHERE r.key = ?1 AND (?2 IS NULL OR r.attempt = ?2) "
            "ORDER BY r.status = 'done' DESC, r.moment DESC, r.attempt DESC LIMIT 1"
        )
        with database_faults(self.path):
            row = self._connection.execute(query, (key, attempt)).fetchone()
        what = f"record {key}" + ("" if attempt is None else f", attempt {attempt}")
        if row is None:
            raise StoreError(f"run store {self.path} has no {what}")
        if row["blob"] is None:
            why = "were left out when it was exported" if row["digest"] else "were never made"
            raise StoreError(f"{what} of {self.path} has no predictions: they {why}")
        return decode_payload(row["blob"], f"predictions of {what} in {self.path}")

    def environment(self, fingerprint: str) -> Mapping[str, Any] | None:
        """Return the environment of a fingerprint; None if it is not in the store."""
        return next((known.content for known in self.environments() if known.fingerprint == fingerprint), None)

    def environments(self) -> list[Environment]:
        """Return all environments, ordered by fingerprint."""
        with database_faults(self.path):
            rows = self._connection.execute("SELECT * FROM environments ORDER BY fingerprint").fetchall()
        try:
            known = [Environment(fingerprint, json.loads(content)) for fingerprint, content in rows]
        except (ValueError, TypeError, RecursionError) as error:
            raise StoreError(f"an environment in {self.path} is damaged: {error}") from error
        for environment in known:
            if not isinstance(environment.fingerprint, str) or not isinstance(environment.content, dict):
                raise StoreError(f"an environment in {self.path} is damaged: {environment!r:.120}")
        return known

    def contents(
        self, *, tasks: Collection[str] | None = None, profile: str | None = None, predictions: bool = False
    ) -> Iterator[Entry | Environment]:
        """Iterate over environments, then the records that match, for an export or a merge."""
        yield from self.environments()
        yield from self.entries(tasks=tasks, profile=profile, predictions=predictions)

    def columns(
        self,
        *,
        tasks: Collection[str] | None = None,
        contenders: Collection[str] | None = None,
        profile: str | None = None,
        environments: Collection[str] | None = None,
        keys: Collection[str] | None = None,
        metrics: bool = True,
    ) -> Columns:
        """Read one current record a trial as columns; see :mod:`harness.store.columns` for which one is current.

        Raises:
            StoreError: a record is damaged.
        """
        profiles = None if profile is None else [profile]
        filters = {
            "task": tasks,
            "contender": contenders,
            "profile": profiles,
            "environment": environments,
            "key": keys,
        }
        with database_faults(self.path):
            return read_columns(self._connection, filters, metrics=metrics)

    def durations(self) -> dict[tuple[str, str, str], float]:
        """Return the mean wall time in seconds of `done` trials by (task, contender, profile)."""
        query = (
            "SELECT task, contender, profile, avg(wall_seconds) FROM records WHERE status = 'done' "
            "GROUP BY task, contender, profile HAVING avg(wall_seconds) IS NOT NULL"
        )
        with database_faults(self.path):
            return {(task, who, profile): mean for task, who, profile, mean in self._connection.execute(query)}

    def counts(self) -> Counts:
        """Return the numbers of records and trials."""
        distinct = "SELECT count(*) FROM (SELECT DISTINCT task, contender, fold, seed, profile FROM records)"
        with database_faults(self.path):
            by_status = self._connection.execute("SELECT status, count(*) FROM records GROUP BY status").fetchall()
            (trials,) = self._connection.execute(distinct).fetchone()
        statuses = dict(by_status)
        return Counts(sum(statuses.values()), trials, statuses)

    # -- care

    @property
    def version(self) -> int:
        """Version of the tables' layout."""
        return schema.stored_version(self._connection, self.path)

    def check(self) -> list[str]:
        """Verify the whole store and return its faults, one sentence each."""
        return doctor.examine(self._connection, self.path)
