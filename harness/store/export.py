"""Exports: JSON lines (complete, can be read back), CSV and Parquet (one flat row a record)."""

import csv
import io
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from harness.csv_cells import inert
from harness.errors import UsageError, suggestion
from harness.store.database import RunStore
from harness.store.entries import Entry, Environment
from harness.store.faults import file_faults
from harness.store.fields import ARROW_TYPES, FIELDS
from harness.store.lines import header, to_line

FORMATS = ("csv", "jsonl", "parquet")
METRIC = "metric."
COLUMNS = {field.name: ARROW_TYPES[field.content] for field in FIELDS if field.exported}
COLUMNS |= dict.fromkeys(("failure_kind", "failure_message"), "string")
"""The flat columns and their Arrow types."""


def export(
    store: RunStore,
    target: Path | str | IO[bytes],
    file_format: str,
    *,
    tasks: Collection[str] | None = None,
    profile: str | None = None,
    curves: bool = True,
    logs: bool = True,
    predictions: bool = False,
) -> int:
    """Write the records that match to a file, replaced only when complete, or to a binary stream; return how many.

    Curves, logs and predictions go into JSON lines only; CSV and Parquet carry identity, status, metrics (columns
    `metric.NAME`), resources, and facts as JSON text.

    Raises:
        UsageError: `file_format` is not one of `FORMATS`.
        StoreReadOnly, StoreFull, StoreError: the file cannot be written, or a record cannot be read.
    """
    if file_format not in FORMATS:
        raise UsageError(
            f"unknown format {file_format!r}{suggestion(file_format, FORMATS)} Known: {', '.join(FORMATS)}"
        )
    with _replacing(Path(target)) if isinstance(target, Path | str) else _given(target) as stream:
        if file_format == "jsonl":
            items = store.contents(tasks=tasks, profile=profile, predictions=predictions)
            return _write_lines(items, stream, curves=curves, logs=logs)
        rows, columns = _flat_table(store.entries(tasks=tasks, profile=profile))
        (_write_csv if file_format == "csv" else _write_parquet)(rows, columns, stream)
        return len(rows)


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of `path` when the block ends, and vanishes if it raises."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    with file_faults(path):
        try:
            with partial.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def _given(stream: IO[bytes]) -> Iterator[IO[bytes]]:
    yield stream


def _write_lines(items: Iterable[Entry | Environment], stream: IO[bytes], *, curves: bool, logs: bool) -> int:
    stream.write(f"{header()}\n".encode())
    number = 0
    for item in items:
        stream.write(f"{to_line(item, curves=curves, logs=logs)}\n".encode())
        number += isinstance(item, Entry)
    return number


def _flat_table(entries: Iterable[Entry]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return a flat row a record, and all columns with their types; those of the metrics come last, sorted."""
    rows = [_flat(entry) for entry in entries]
    metrics = sorted({name for row in rows for name in row if name.startswith(METRIC)})
    return rows, COLUMNS | dict.fromkeys(metrics, "float64")


def _flat(entry: Entry) -> dict[str, Any]:
    record = entry.record
    failure = record.failure
    values = {
        "key": record.key,
        "attempt": entry.attempt,
        **vars(record.trial),
        "status": record.status,
        "created": record.created,
        **vars(record.resources),
        "environment": record.environment,
        **vars(record.fingerprints),
        "failure_kind": failure.kind if failure else None,
        "failure_message": failure.message if failure else None,
        "facts": json.dumps(dict(record.facts), sort_keys=True),
        "predictions": entry.digest or None,
        **{f"{METRIC}{name}": float(value) for name, value in record.metrics.items()},
    }
    return {name: _printable(value) if isinstance(value, str) else value for name, value in values.items()}


def _printable(text: str) -> str:
    """Escape what has no UTF-8 form: a worker's output may hold any bytes."""
    return text.encode("utf-8", "backslashreplace").decode()


def _write_csv(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], stream: IO[bytes]) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    writer = csv.DictWriter(text, list(columns), restval="")
    writer.writeheader()
    writer.writerows({name: inert(value) for name, value in row.items()} for row in rows)
    text.flush()
    text.detach()


def _write_parquet(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], stream: IO[bytes]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in columns.items()])
    arrays = [pa.array([row.get(field.name) for row in rows], field.type) for field in schema]
    parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), stream)
