"""Sealed copies: the arrays of a data set in a folder of the cache, with their fingerprint beside them.

A copy is written in a partial folder and renamed when complete: neither a killed process nor two at once can leave
a half-written one. Light: numpy is imported on use.
"""

import fcntl
import json
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.data.stamps import unwritable
from harness.errors import DataCorrupted

if TYPE_CHECKING:
    from harness.payload import Payload

SEAL = "seal.json"


class DamagedCopy(Exception):
    """A copy that does not match its seal; it can be rebuilt."""


@dataclass(frozen=True)
class SealedCopy:
    """The place of one copy, which may not exist yet."""

    folder: Path

    def exists(self) -> bool:
        """Return whether the copy is complete."""
        return (self.folder / SEAL).exists()

    def fingerprint(self) -> str:
        """Return the sealed fingerprint without reading the arrays; raises DamagedCopy."""
        try:
            return str(json.loads((self.folder / SEAL).read_text())["fingerprint"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DamagedCopy(f"its seal cannot be read: {error}") from error

    def load(self) -> "tuple[Payload, str]":
        """Return the arrays and their fingerprint, checked against the seal; raises DamagedCopy."""
        from harness.payload import Payload

        sealed = self.fingerprint()
        try:
            payload = Payload.load(self.folder)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise DamagedCopy(f"an array cannot be read: {error}") from error
        if payload.digest() != sealed:
            raise DamagedCopy("its arrays are not the sealed ones")
        return payload, sealed

    def publish(self, arrays: Path, fingerprint: str, **facts: Any) -> None:
        """Seal the folder `arrays` and put it in place; the caller holds the lock."""
        (arrays / SEAL).write_text(json.dumps({"fingerprint": fingerprint, **facts}))
        if self.folder.exists():
            shutil.rmtree(self.folder)
        arrays.rename(self.folder)


def load_or_rebuild(name: str, copy: SealedCopy, rebuild: Callable[[], SealedCopy]) -> "tuple[Payload, str]":
    """Return the arrays and the fingerprint of the copy of a data set; rebuild a damaged one, with a warning.

    Raises:
        DataCorrupted: the copy is damaged again right after it was rebuilt.
    """
    try:
        return copy.load()
    except DamagedCopy as damage:
        warnings.warn(
            f"{name}: the copy {copy.folder} is damaged ({damage}); it is rebuilt.", RuntimeWarning, stacklevel=5
        )
    with locked(copy.folder.parent):
        shutil.rmtree(copy.folder, ignore_errors=True)
    try:
        return rebuild().load()
    except DamagedCopy as damage:
        raise DataCorrupted(f"{name}: {copy.folder} is damaged again: {damage}. Check the disk.") from damage


@contextmanager
def locked(shelf: Path) -> Iterator[None]:
    """Hold the lock of a folder of copies; the system releases it when a process dies."""
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        lock = (shelf / ".lock").open("w")
    except OSError as error:
        raise unwritable(error) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def partial_folder(shelf: Path) -> Iterator[Path]:
    """Yield an empty folder and remove it afterwards, with the leftovers of killed processes; needs the lock."""
    for leftover in shelf.glob(".partial-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    partial = shelf / f".partial-{os.getpid()}"
    partial.mkdir()
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
