"""Opening the database file: for writing, for reading where nothing can be written, and in memory.

Write-ahead logging lets readers and one writer work at the same time, but its index is shared memory, which a
network file system does not share between machines. There the store uses a rollback journal instead: slower, and
as safe as that file system's locks are. `synchronous=FULL` makes a commit wait for the disk, so that a power cut
loses no acknowledged record; a trial takes seconds, the wait milliseconds.
"""

import sqlite3
import time
from pathlib import Path

from harness.errors import StoreError, StoreReadOnly
from harness.store import faults, schema

MOUNT_TABLE = Path("/proc/mounts")
NETWORK_FILE_SYSTEMS = frozenset(
    (
        *("9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "orangefs"),
        *("smb3", "smbfs", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
    )
)
UNREADABLE_BESIDE = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


def open_writable(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open `path` for reading and writing, making or migrating it where needed.

    Raises:
        StoreError: it does not exist (and `create` is false), is no run store, is damaged or stays locked.
        StoreReadOnly, StoreFull, StoreVersion: as described there.
    """
    _require_file(path, missing_is_fine=create)
    with faults.file_faults(path), faults.database_faults(path):
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        connection = _connect(path, "rwc" if create else "rw")
        try:
            schema.stored_version(connection, path)
            _set_journal(connection, "delete" if on_network(path) else "wal")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            schema.migrate(connection, path)
            _try_write(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def open_readable(path: Path) -> sqlite3.Connection:
    """Open `path` for reading only, also where nothing can be written beside it.

    A store of an older version is migrated in a copy in memory; the file stays as it is.

    Raises:
        StoreError: it does not exist, is no run store or is damaged.
        StoreReadOnly: a write that was cut off must be finished first, and cannot be here.
        StoreVersion: it was written by a newer version of this program.
    """
    _require_file(path, missing_is_fine=False)
    with faults.file_faults(path), faults.database_faults(path):
        connection = _connect(path, "ro")
        try:
            version = schema.stored_version(connection, path)
        except sqlite3.OperationalError as error:
            connection.close()
            if faults.primary_code(error) not in UNREADABLE_BESIDE:
                raise
            connection = _connect_immutable(path)
            version = schema.stored_version(connection, path)
        except StoreError:
            connection.close()
            raise
        if version < len(schema.STEPS):
            return _migrated_copy(connection, path)
        return connection


def open_memory() -> sqlite3.Connection:
    """Open an empty store in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.migrate(connection, Path(":memory:"))
    return connection


def on_network(path: Path, mount_table: Path | None = None) -> bool:
    """Return whether `path` lies on a network file system; false where the system has no list of mounts."""
    try:
        lines = (mount_table or MOUNT_TABLE).read_text(errors="replace").splitlines()
    except OSError:
        return False
    resolved = path.resolve()
    deepest, kind = -1, ""
    for fields in map(str.split, lines):
        point = Path(fields[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\"))
        # A later mount over the same point hides the earlier one.
        if resolved.is_relative_to(point) and len(point.parts) >= deepest:
            deepest, kind = len(point.parts), fields[2]
    return kind in NETWORK_FILE_SYSTEMS


def _require_file(path: Path, *, missing_is_fine: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path} is a folder; a run store is a file in it, such as {path / 'runs.sqlite'}.")
    if not missing_is_fine and not path.exists():
        raise StoreError(f"there is no run store at {path}. `bench run` makes one; check the path.")


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return _distrusting(sqlite3.connect(uri, uri=True, timeout=faults.BUSY_SECONDS, isolation_level=None))


def _distrusting(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Let SQL that a file brings along call no function with side effects, and check cells before they are used."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _try_write(connection: sqlite3.Connection) -> None:
    """Begin a write and take it back: a read-only file opens silently, and BEGIN alone does not complain either."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"PRAGMA user_version = {len(schema.STEPS)}")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _connect_immutable(path: Path) -> sqlite3.Connection:
    """Open a file that cannot change; only safe when no journal holds a part of its content."""
    for suffix in ("-wal", "-journal"):
        journal = path.with_name(path.name + suffix)
        if journal.exists() and journal.stat().st_size:
            raise StoreReadOnly(
                f"{path} cannot be read here: {journal.name} holds records that are not in it yet, and its folder "
                "is read-only. Copy both files to a writable folder and open the copy."
            )
    return _distrusting(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, isolation_level=None))


def _migrated_copy(connection: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", isolation_level=None)
    connection.backup(copy)
    connection.close()
    schema.migrate(copy, path)
    copy.execute("PRAGMA query_only = ON")
    return copy


def _set_journal(connection: sqlite3.Connection, mode: str) -> None:
    """Switch the journal mode if it is another; SQLite does not wait for locks here, so this does."""
    deadline = time.monotonic() + faults.BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != mode:
        try:
            connection.execute(f"PRAGMA journal_mode = {mode}")
            return
        except sqlite3.OperationalError as error:
            if faults.primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
