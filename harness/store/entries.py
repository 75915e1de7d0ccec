"""Entries: records with their attachments, and their conversion to rows and back."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import index
from typing import Any, get_args

from harness.errors import StoreError
from harness.store.codec import pack_text, unpack_text
from harness.trial import Fingerprints, Record, Resources, Status, Trial, TrialFailure

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
STATUSES = get_args(Status)

ROW = (
    *("key", "attempt", "task", "contender", "fold", "seed", "profile", "data", "settings", "code"),
    *("status", "created", "moment", "metrics", "facts", "parameters", "configurations_tried"),
    *("wall_seconds", "cpu_seconds", "fit_seconds", "predict_seconds", "peak_bytes"),
    *("contention", "jobs", "threads", "confined", "environment", "failure", "predictions"),
)
"""The columns of `records`, in the order of :func:`to_row`."""

TEXT = (
    *("key", "task", "contender", "profile", "data", "settings", "code", "status", "created", "environment"),
    *("metrics", "facts"),
)
WHOLE = ("attempt", "fold", "seed", "moment", "peak_bytes", "jobs", "threads", "confined")
REAL = (
    *("wall_seconds", "cpu_seconds", "fit_seconds", "predict_seconds", "contention"),
    *("parameters", "configurations_tried"),
)
KINDS: Mapping[str, frozenset[type]] = {
    **dict.fromkeys(TEXT, frozenset({str})),
    **dict.fromkeys(WHOLE, frozenset({int})),
    **dict.fromkeys(REAL, frozenset({float, int, type(None)})),
    **dict.fromkeys(("failure", "predictions"), frozenset({str, type(None)})),
}
"""Types allowed in a column; SQLite itself keeps any type in any column."""


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


def to_row(entry: Entry) -> tuple[Any, ...]:
    """Return the values of the columns `ROW`.

    Raises:
        StoreError: metrics or facts are not JSON, a count is not whole, or the time of creation cannot be read.
    """
    record, what = entry.record, f"record {entry.record.key}"
    trial, prints, cost = record.trial, record.fingerprints, record.resources
    failure = None if record.failure is None else to_json(vars(record.failure), f"{what}, failure")
    try:
        # SQLite would keep a NumPy scalar as its bytes.
        place = (index(trial.fold), index(trial.seed))
        times = (cost.wall_seconds, cost.cpu_seconds, cost.fit_seconds, cost.predict_seconds)
        numbers = (_number(record.facts.get("parameters")), _number(record.facts.get("configurations_tried")))
        spent = (*map(float, times), index(cost.peak_bytes), float(cost.contention))
        shared = (index(cost.jobs), index(cost.threads), int(cost.confined))
    except (TypeError, ValueError, OverflowError) as error:
        raise StoreError(f"{what} of {trial} cannot be kept: {error}") from error
    return (
        *(record.key, entry.attempt, trial.task, trial.contender, *place, trial.profile),
        *(prints.data, prints.settings, prints.code),
        *(record.status, record.created, moment(record.created, what)),
        *(to_json(dict(record.metrics), f"{what}, metrics"), to_json(dict(record.facts), f"{what}, facts")),
        *numbers,
        *(*spent, *shared, record.environment, failure, entry.digest or None),
    )


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
    for name in ROW:
        if type(row[name]) not in KINDS[name]:
            raise StoreError(f"record {key} of the run store is damaged: {name} is {row[name]!r:.80}")
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


def same_outcome(known: Sequence[Any], row: Sequence[Any]) -> bool:
    """Return whether two rows of one key have the same outcome in the same environment.

    Times differ from run to run and do not count: a trial that two runs executed at once is kept once. Two failures
    are the same only if they are the same event.
    """
    a, b = dict(zip(ROW, known, strict=True)), dict(zip(ROW, row, strict=True))
    if a["status"] != b["status"] or a["environment"] != b["environment"]:
        return False
    return same_result(known, row) if a["status"] == "done" else _equal(a, b, "created", "failure")


def same_result(known: Sequence[Any], row: Sequence[Any]) -> bool:
    """Return whether two rows agree in metrics and predictions."""
    return _equal(dict(zip(ROW, known, strict=True)), dict(zip(ROW, row, strict=True)), "metrics", "predictions")


def _equal(a: Mapping[str, Any], b: Mapping[str, Any], *names: str) -> bool:
    return all(a[name] == b[name] for name in names)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _resources(row: sqlite3.Row) -> Resources:
    return Resources(
        wall_seconds=_real(row["wall_seconds"]),
        cpu_seconds=_real(row["cpu_seconds"]),
        fit_seconds=_real(row["fit_seconds"]),
        predict_seconds=_real(row["predict_seconds"]),
        peak_bytes=row["peak_bytes"],
        contention=_real(row["contention"]),
        jobs=row["jobs"],
        threads=row["threads"],
        confined=bool(row["confined"]),
    )


def _real(value: float | None) -> float:
    """Undo that SQLite keeps NaN as NULL."""
    return float("nan") if value is None else value
