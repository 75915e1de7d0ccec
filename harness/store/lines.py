"""Records as JSON lines: the text form that is exported, merged and committed as reference results.

The first line of a file names the format and its version; then come the environments and the records, one a line.
Fields with their default value are left out, floats are written with the fewest digits that read back as the same
number, and the order depends on content only, so that two exports of the same records are the same bytes.
Non-finite numbers are written as Python's `json` does: `NaN`, `Infinity`, `-Infinity`.
"""

import base64
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from harness.errors import StoreError, StoreVersion
from harness.store.codec import decode_payload
from harness.store.entries import STATUSES, Entry, Environment, moment
from harness.store.faults import file_faults
from harness.trial import Fingerprints, Record, Resources, Trial, TrialFailure

FORMAT = "bench-records"
VERSION = 1
MAX_LINE_BYTES = 1 << 28
SUFFIX = ".jsonl"


def header() -> str:
    """Return the first line of a file."""
    return json.dumps({"format": FORMAT, "version": VERSION})


def to_line(item: Entry | Environment, *, curves: bool = True, logs: bool = True) -> str:
    """Return one environment or record as one line, without its end; predictions as base64 if the entry has them.

    Raises:
        StoreError: the line would be longer than `read_lines` accepts.
    """
    if isinstance(item, Environment):
        content: dict[str, Any] = {"environment": item.fingerprint, "content": dict(item.content)}
    else:
        content = _content(item, curves=curves, logs=logs)
    try:
        line = json.dumps(content, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise StoreError(f"not JSON: {error}") from error
    if len(line) >= MAX_LINE_BYTES:
        key = content.get("key", "of an environment")
        raise StoreError(
            f"record {key} takes {len(line):,} bytes as text; at most {MAX_LINE_BYTES:,} are read. "
            "Leave its predictions out, or merge the store itself."
        )
    return line


def read_lines(path: Path) -> Iterator[Entry | Environment]:
    """Read a file of JSON lines, or all ``*.jsonl`` of a folder and the folders in it, in the order of their paths.

    Raises:
        StoreError: there is none, or a line is not a record: the message has file and line number.
        StoreVersion: the file was written by a newer version.
    """
    files = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not files:
        raise StoreError(f"folder {path} holds no {SUFFIX} file, at any depth; `bench export` writes one")
    for file in files:
        with file_faults(file):
            yield from _read_file(file)


def _content(entry: Entry, *, curves: bool, logs: bool) -> dict[str, Any]:
    record = entry.record
    spent = {
        field.name: value
        for field in fields(Resources)
        if (value := getattr(record.resources, field.name)) != field.default
    }
    optional = {
        "facts": dict(sorted(record.facts.items())),
        "resources": spent,
        "environment": record.environment,
        "failure": None if record.failure is None else vars(record.failure),
        "log": record.log if logs else "",
        "curve": [dict(row) for row in record.curve] if curves else [],
        "predictions": entry.digest,
        "payload": base64.b64encode(entry.predictions).decode() if entry.predictions else "",
    }
    always = {
        "key": record.key,
        **vars(record.trial),
        **vars(record.fingerprints),
        "status": record.status,
        "created": record.created,
        "metrics": dict(sorted(record.metrics.items())),
    }
    return always | {name: value for name, value in optional.items() if value}


def _read_file(path: Path) -> Iterator[Entry | Environment]:
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(MAX_LINE_BYTES + 1):
            number += 1
            where = f"{path}, line {number}"
            if len(line) > MAX_LINE_BYTES:
                raise StoreError(f"{where}: longer than {MAX_LINE_BYTES:,} bytes, refused")
            try:
                content = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise StoreError(f"{where}: not a line of JSON ({error})") from error
            if not isinstance(content, dict):
                raise StoreError(f"{where}: expected an object, got {type(content).__name__}")
            if number == 1:
                _check_header(content, path)
            else:
                yield from_content(content, where)
        if not number:
            raise StoreError(f"{path} is empty; a file of run records begins with {header()}")


def _check_header(content: Mapping[str, Any], path: Path) -> None:
    if content.get("format") != FORMAT or not isinstance(content.get("version"), int):
        raise StoreError(f"{path} is not a file of run records: its first line is not {header()}")
    if content["version"] > VERSION:
        raise StoreVersion(
            f"{path} has format version {content['version']}; this program reads up to {VERSION}. Upgrade it."
        )


def from_content(content: Mapping[str, Any], where: str) -> Entry | Environment:
    """Undo :func:`to_line` for a parsed line.

    Raises:
        StoreError: a field is missing or of the wrong type; the message begins with `where`.
    """
    if "content" in content:
        return Environment(_field(content, "environment", str, where), _field(content, "content", dict, where))
    status = _field(content, "status", str, where)
    if status not in STATUSES:
        raise StoreError(f"{where}: status is {status!r}, expected one of {', '.join(STATUSES)}")
    metrics = _field(content, "metrics", dict, where)
    for name in metrics:
        _field(metrics, name, float, where)
    created = _field(content, "created", str, where)
    moment(created, where)
    failure = content.get("failure")
    if failure is not None and not isinstance(failure, dict):
        raise StoreError(f"{where}: failure is {type(failure).__name__}, expected an object")
    record = Record(
        key=_field(content, "key", str, where),
        trial=Trial(**_typed(Trial, content, where)),
        fingerprints=Fingerprints(**_typed(Fingerprints, content, where)),
        status=status,
        created=created,
        metrics=metrics,
        facts=_field(content, "facts", dict, where, {}),
        resources=Resources(**_typed(Resources, _field(content, "resources", dict, where, {}), where)),
        environment=_field(content, "environment", str, where, ""),
        failure=None if failure is None else TrialFailure(**_typed(TrialFailure, failure, where)),
        log=_field(content, "log", str, where, ""),
        curve=_curve(content, where),
    )
    digest = _field(content, "predictions", str, where, "")
    return Entry(record, digest=digest, predictions=_payload(content, digest, where))


def _curve(content: Mapping[str, Any], where: str) -> tuple[dict[str, float], ...]:
    rows = _field(content, "curve", list, where, [])
    for row in rows:
        if not isinstance(row, dict):
            raise StoreError(f"{where}: a step of the curve is {type(row).__name__}, expected an object")
        for name in row:
            _field(row, name, float, where)
    return tuple(rows)


def _payload(content: Mapping[str, Any], digest: str, where: str) -> bytes | None:
    text = _field(content, "payload", str, where, "")
    if not text:
        return None
    try:
        blob = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise StoreError(f"{where}: the payload is not base64 ({error})") from error
    if decode_payload(blob, f"payload of {where}").digest() != digest:
        raise StoreError(f"{where}: the predictions do not match their digest {digest!r}")
    return blob


def _typed(kind: type, content: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Pick the fields of a dataclass from `content`, each of its declared type; defaults may be absent."""
    known = {field.name: field for field in fields(kind)}
    present = [name for name, field in known.items() if name in content or field.default is MISSING]
    return {name: _field(content, name, known[name].type, where) for name in present}


def _field(content: Mapping[str, Any], name: str, kind: Any, where: str, default: Any = None) -> Any:
    value = content.get(name, default)
    accepted = (int, float) if kind is float else kind
    if not isinstance(value, accepted) or (isinstance(value, bool) and kind in (int, float)):
        got = "nothing" if name not in content else f"{value!r:.80}"
        raise StoreError(f"{where}: {name} is {got}, expected {kind.__name__}")
    if kind is float and abs(value) > sys.float_info.max and isinstance(value, int):
        raise StoreError(f"{where}: {name} is a whole number beyond every float")
    return value
