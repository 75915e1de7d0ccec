"""Errors of SQLite and the operating system as store errors that name the file and the remedy."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import StoreError, StoreFull, StoreReadOnly

BUSY_SECONDS = 30.0
"""How long one process waits for another's transaction before it gives up."""

ROOM_NEEDED = 1 << 16
"""With fewer free bytes than this an input/output error is taken for a full disk."""

_NO_CODE = 0xFF


@contextmanager
def database_faults(path: Path) -> Iterator[None]:
    """Turn SQLite's errors inside into a :class:`StoreError` about the store `path`."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, path) from error
    except UnicodeError as error:  # SQLite keeps any bytes as text, and Python any surrogate
        raise StoreError(f"{path}: a text that is not Unicode can be neither kept nor read: {error}") from error


@contextmanager
def file_faults(path: Path) -> Iterator[None]:
    """Turn the operating system's errors inside into a :class:`StoreError` about the file `path`."""
    try:
        yield
    except OSError as error:
        raise explain_os(error, path) from error


def explain(error: sqlite3.Error, path: Path) -> StoreError:
    """Return the store's error for one of SQLite."""
    code = primary_code(error)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _free_bytes(path) < ROOM_NEEDED):
        return _full(path)
    if code == sqlite3.SQLITE_READONLY or (code == sqlite3.SQLITE_CANTOPEN and not _can_write(path)):
        return read_only(path)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(
            f"run store {path} was locked by another process for {BUSY_SECONDS:g} s; nothing was written. "
            "Wait for that process (a merge?) and repeat the command."
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreError(
            f"{path} is damaged or not a run store ({error}). Restore a copy, rescue what is readable with "
            f"`sqlite3 {path} .recover`, or move the file away and repeat the command."
        )
    return StoreError(f"run store {path} failed: {error}")


def explain_os(error: OSError, path: Path) -> StoreError:
    """Return the store's error for one of the operating system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(path)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return read_only(path)
    return StoreError(f"{path}: {error.strerror or error}")


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's result code without its extension, or 255 for an error raised by the Python binding."""
    return getattr(error, "sqlite_errorcode", _NO_CODE) & 0xFF


def read_only(path: Path) -> StoreReadOnly:
    """Return the error for a file that can be read at most."""
    return StoreReadOnly(
        f"{path} cannot be written: the file, its folder or its file system is read-only, or it was opened for "
        "reading. Nothing was changed. Change the permissions, or name a store in a writable folder."
    )


def _full(path: Path) -> StoreFull:
    return StoreFull(
        f"no space left for {path} ({_free_bytes(path):,} bytes free). Nothing of this write was kept and what was "
        "stored before is intact: free some space and repeat the command; finished trials are not repeated."
    )


def _free_bytes(path: Path) -> int:
    try:
        status = os.statvfs(path.parent)
    except OSError:
        return ROOM_NEEDED
    return status.f_bavail * status.f_frsize


def _can_write(path: Path) -> bool:
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
