"""Entries: records with their attachments, and their conversion to rows and back."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from harness.errors import StoreError
from harness.store.codec import pack_text, unpack_text
from harness.store.fields import BY_NAME, FIELDS, RecordField
from harness.trial import Fingerprints, Record, Resources, Status, Trial, TrialFailure

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
STATUSES = get_args(Status)


@dataclass(frozen=True)
class Environment:
    """Machine and versions behind a fingerprint, kept once."""

    fingerprint: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """A record as the store keeps it.

    Attributes:
        attempt: 1 for the first record of its key in this store, counted on for those kept beside it.
        digest: of the predictions; empty where the trial made none. It stays when the predictions are left out.
        predictions: compressed, None where there are none or they were left out.
    """

    record: Record
    attempt: int = 1
    digest: str = ""
    predictions: bytes | None = None


@dataclass(frozen=True)
class MergeReport:
    """Result of a merge: counts of added, identical and conflicting records.

    Attributes:
        added: new here, a repetition on another machine included.
        identical: known already, nothing was stored.
        conflicts: same key, other metrics or predictions than what was here; both are kept.
        conflicting: the keys of the conflicts.
    """

    added: int = 0
    identical: int = 0
    conflicts: int = 0
    conflicting: tuple[str, ...] = ()


def moment(created: str, what: str) -> int:
    """Return microseconds since 1970 of an ISO 8601 time; UTC where it names no zone.

    Raises:
        StoreError: the time of `what` cannot be read.
    """
    try:
        read = datetime.fromisoformat(created)
    except ValueError as error:
        raise StoreError(f"{what}: created is {created!r}, expected an ISO 8601 time") from error
    return ((read if read.tzinfo else read.replace(tzinfo=UTC)) - EPOCH) // MICROSECOND


def to_json(value: Any, what: str) -> str:
    """Serialise for keeps: sorted keys, ASCII only so that any text survives, `NaN` and `Infinity` as Python's.

    Raises:
        StoreError: `what` holds something that is not JSON.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"{what}: not JSON ({error})") from error


def to_row(entry: Entry) -> dict[str, Any]:
    """Return the value of each column.

    Raises:
        StoreError: metrics or facts are not JSON, a count is not whole, or the time of creation cannot be read.
    """
    record, what = entry.record, f"record {entry.record.key}"
    failure = None if record.failure is None else to_json(vars(record.failure), f"{what}, failure")
    values = {
        **vars(record.trial),
        **vars(record.fingerprints),
        **vars(record.resources),
        "key": record.key,
        "attempt": entry.attempt,
        "status": record.status,
        "created": record.created,
        "moment": moment(record.created, what),
        "metrics": to_json(dict(record.metrics), f"{what}, metrics"),
        "facts": to_json(dict(record.facts), f"{what}, facts"),
        "parameters": _number(record.facts.get("parameters")) or None,  # 0 is unknown, in records of older code
        "configurations_tried": _number(record.facts.get("configurations_tried")),
        "test_items": _number(record.facts.get("test_items")),
        "environment": record.environment,
        "failure": failure,
        "predictions": entry.digest or None,
    }
    try:
        return {field.name: field.stored(values[field.name]) for field in FIELDS}
    except (TypeError, ValueError, OverflowError) as error:
        raise StoreError(f"{what} of {record.trial} cannot be kept: {error}") from error


def attachments(entry: Entry) -> tuple[bytes | None, bytes | None, bytes | None]:
    """Return log, curve and predictions as kept, None for what is empty."""
    record = entry.record
    curve = [dict(row) for row in record.curve]
    packed = pack_text(to_json(curve, f"record {record.key}, curve")) if curve else None
    return pack_text(record.log), packed, entry.predictions


def from_row(row: sqlite3.Row) -> Entry:
    """Undo :func:`to_row` and :func:`attachments`; `row` has their columns, predictions as `blob` if wanted.

    Raises:
        StoreError: a part of the record is damaged.
    """
    key, names = row["key"], row.keys()
    for field in FIELDS:
        if type(row[field.name]) not in field.types:
            raise StoreError(f"record {key} of the run store is damaged: {field.name} is {row[field.name]!r:.80}")
    try:
        log = unpack_text(row["log"], f"log of record {key}")
        curve = json.loads(unpack_text(row["curve"], f"learning curve of record {key}") or "[]")
        failure = row["failure"]
        record = Record(
            key=key,
            trial=Trial(row["task"], row["contender"], row["fold"], row["seed"], row["profile"]),
            fingerprints=Fingerprints(row["data"], row["settings"], row["code"]),
            status=row["status"],
            created=row["created"],
            metrics=json.loads(row["metrics"]),
            facts=json.loads(row["facts"]),
            resources=_resources(row),
            environment=row["environment"],
            failure=None if failure is None else TrialFailure(**json.loads(failure)),
            log=log,
            curve=tuple(curve),
        )
        _check_content(record)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise StoreError(f"record {key} of the run store is damaged: {error}") from error
    return Entry(record, row["attempt"], row["predictions"] or "", row["blob"] if "blob" in names else None)


def _check_content(record: Record) -> None:
    """Raise an error unless the decoded JSON has its declared types; nothing else ensures it."""
    if record.status not in STATUSES:
        raise ValueError(f"its status is {record.status!r:.80}")
    if not isinstance(record.facts, dict):
        raise ValueError("its facts are no object")
    for row in (record.metrics, *record.curve):
        for name, value in row.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{name!r:.80} is {value!r:.80}, expected a number")
            float(value)
    if record.failure is not None and not all(isinstance(text, str) for text in vars(record.failure).values()):
        raise ValueError("a part of its failure is no text")


def same_outcome(known: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Return whether two rows of one key have the same outcome in the same environment.

    Times differ from run to run and do not count: a trial that two runs executed at once is kept once. Two failures
    are the same only if they are the same event.
    """
    if not _equal(known, row, "status", "environment"):
        return False
    return same_result(known, row) if row["status"] == "done" else _equal(known, row, "created", "failure")


def same_result(known: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Return whether two rows agree in metrics and predictions."""
    return _equal(known, row, "metrics", "predictions")


def _equal(a: Mapping[str, Any], b: Mapping[str, Any], *names: str) -> bool:
    return all(a[name] == b[name] for name in names)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _resources(row: sqlite3.Row) -> Resources:
    return Resources(**{part.name: _restored(row[part.name], BY_NAME[part.name]) for part in fields(Resources)})


def _restored(value: Any, field: RecordField) -> Any:
    """Undo that SQLite keeps NaN as NULL and a truth value as a number."""
    if field.content == "real" and value is None:
        return float("nan")
    return bool(value) if field.content == "truth" else value
