"""The tables of the run store, and how a store of an older layout becomes one of the present layout.

A record's scalars lie in `records`; what is large (log, curve, predictions) lies compressed in `attachments`, so
that the leaderboard's scan never touches it. Metrics are JSON text: read in bulk, four metrics of 100 000 records
take as long (0.19 s) as from a narrow table of names and values (0.21 s), and a record stays one row.
"""

import sqlite3
from collections.abc import Callable
from functools import cache
from pathlib import Path

from harness.errors import StoreError, StoreVersion
from harness.store.fields import FIELDS

APPLICATION_ID = int.from_bytes(b"bnch", "big")

Step = Callable[[sqlite3.Connection], None]


def create_tables(connection: sqlite3.Connection) -> None:
    """Create the tables of version 1 in an empty database."""
    connection.execute("""
        CREATE TABLE environments (
            fingerprint TEXT PRIMARY KEY,
            content TEXT NOT NULL
        ) WITHOUT ROWID""")
    columns = ", ".join(field.sql for field in FIELDS if field.since == 1)
    connection.execute(f"CREATE TABLE records (id INTEGER PRIMARY KEY, {columns}, UNIQUE (key, attempt))")
    connection.execute("""
        CREATE TABLE attachments (
            record_id INTEGER PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
            log BLOB, curve BLOB, predictions BLOB
        )""")


def add_first_call(connection: sqlite3.Connection) -> None:
    """Add a record's statement on first calls and its number of test items, which version 1 did not have."""
    connection.execute("ALTER TABLE records ADD COLUMN first_call TEXT NOT NULL DEFAULT 'unknown'")
    connection.execute("ALTER TABLE records ADD COLUMN test_items REAL")
    connection.execute("UPDATE records SET parameters = NULL WHERE parameters = 0")  # 0 stood for unknown, too


STEPS: tuple[Step, ...] = (create_tables, add_first_call)
"""Step number n takes a store of version n to version n + 1; append, never edit one that was released."""


def stored_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema version of an open database; 0 for an empty one.

    Raises:
        StoreError: the database belongs to something else, or its tables are not those of its version.
        StoreVersion: it was written by a newer version of this program.
    """
    own = not connection.in_transaction
    if own:
        connection.execute("BEGIN")  # all reads see one state, whatever another process commits meanwhile
    try:
        return _stored_version(connection, path)
    finally:
        if own and connection.in_transaction:
            connection.execute("ROLLBACK")


def _stored_version(connection: sqlite3.Connection, path: Path) -> int:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID and (application or version or tables):
        raise StoreError(f"{path} is an SQLite database, but not a run store. Name another file.")
    if version > len(STEPS):
        raise StoreVersion(
            f"run store {path} has schema version {version}; this program knows versions up to {len(STEPS)}. "
            "Upgrade the program, or name another store."
        )
    if application == APPLICATION_ID and layout(connection) != expected_layout(int(version)):
        raise StoreError(
            f"{path} has the mark of a run store, but not its tables: columns differ, or it holds views, triggers "
            "or other tables, which could change records as they are read or written. It is not used."
        )
    return int(version)


def layout(connection: sqlite3.Connection) -> tuple[object, ...]:
    """Return the tables with their columns, and all views and triggers, which could hide SQL; no indexes."""
    objects = connection.execute(
        "SELECT type, name, rootpage > 0 FROM sqlite_master WHERE type != 'index' AND name NOT LIKE 'sqlite!_%' "
        "ESCAPE '!' ORDER BY type, name"
    ).fetchall()
    columns = [
        tuple(map(tuple, connection.execute("SELECT * FROM pragma_table_xinfo(?)", (name,)).fetchall()))
        for _, name, _ in objects
    ]
    return tuple(map(tuple, objects)), tuple(columns)


@cache
def expected_layout(version: int) -> tuple[object, ...]:
    """Return the layout of a sound store of a version."""
    connection = sqlite3.connect(":memory:")
    try:
        for step in STEPS[:version]:
            step(connection)
        return layout(connection)
    finally:
        connection.close()


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring an open, writable database to the present version, in one transaction: all steps or none."""
    if stored_version(connection, path) == len(STEPS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have migrated it while this one waited for the lock.
        for number in range(stored_version(connection, path), len(STEPS)):
            STEPS[number](connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
