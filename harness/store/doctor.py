"""The examination of a run store: structure, references, and every record and attachment read once."""

import sqlite3
from pathlib import Path

from harness.errors import StoreError
from harness.store import schema
from harness.store.codec import decode_payload
from harness.store.entries import from_row
from harness.store.faults import explain
from harness.trial import trial_key


def examine(connection: sqlite3.Connection, path: Path) -> list[str]:
    """Return the faults of an open store, one sentence each; none for a sound one."""
    try:
        found = [
            f"structure of the file: {line}"
            for (line,) in connection.execute("PRAGMA integrity_check(20)")
            if line != "ok"
        ]
        if found:
            return found
        version = schema.stored_version(connection, path)
        if version != len(schema.STEPS):
            found.append(f"schema version {version}, expected {len(schema.STEPS)}")
        found += _orphans(connection)
        found += _damaged_records(connection)
    except sqlite3.Error as error:
        return [str(explain(error, path))]
    except (StoreError, UnicodeError) as error:
        return [str(error)]
    return found


def _orphans(connection: sqlite3.Connection) -> list[str]:
    lost = connection.execute("SELECT record_id FROM attachments WHERE record_id NOT IN (SELECT id FROM records)")
    unknown = connection.execute(
        "SELECT environment, count(*) FROM records WHERE environment != '' "
        "AND environment NOT IN (SELECT fingerprint FROM environments) GROUP BY environment"
    )
    return [f"attachment {number} belongs to no record" for (number,) in lost] + [
        f"{number} records name the environment {fingerprint!r}, which is not kept"
        for fingerprint, number in unknown
    ]


def _damaged_records(connection: sqlite3.Connection) -> list[str]:
    found = []
    query = (
        "SELECT r.*, a.log, a.curve, a.predictions AS blob "
        "FROM records r LEFT JOIN attachments a ON a.record_id = r.id ORDER BY r.id"
    )
    for row in connection.execute(query):
        what = f"record {row['key']}, attempt {row['attempt']}"
        try:
            entry = from_row(row)
            if trial_key(entry.record.trial, entry.record.fingerprints) != entry.record.key:
                found.append(f"{what}: its key is not that of its trial and fingerprints")
            if entry.predictions is not None:
                payload = decode_payload(entry.predictions, f"predictions of {what}")
                if payload.digest() != entry.digest:
                    found.append(f"{what}: its predictions do not match their digest")
        except StoreError as error:
            found.append(str(error))
    return found
