"""Prepared copies: a real data set as flat arrays, read once from its raw files by the field's own library.

A copy lies at ``prepared/<name>/<hash of the raw content>-v<version>``, so it can never be taken for other data.
It is written in a partial folder and renamed when complete: neither a killed process nor two at once can leave
a half-written one.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import harness
from harness.data.access import DataAccess
from harness.data.entry import DatasetEntry
from harness.data.folds import splits_from_arrays
from harness.data.raw import RawSource
from harness.data.stamps import content_digest, unwritable
from harness.errors import DataCorrupted, DataError
from harness.payload import Payload
from harness.protocols.graphs.arrays import GraphCollection, GraphDataset, NodeDataset, NodeGraph
from harness.protocols.images.arrays import ImageDataset

SEAL = "seal.json"
NOT_THE_FILES = 4


class DamagedCopy(Exception):
    """A prepared copy that does not match its seal; it can be made again."""


@dataclass(frozen=True)
class PreparedCopy:
    """The place of one prepared copy."""

    folder: Path

    def exists(self) -> bool:
        """Return whether it has been made."""
        return (self.folder / SEAL).exists()

    def fingerprint(self) -> str:
        """Return the sealed fingerprint without reading the arrays; raises DamagedCopy."""
        try:
            return str(json.loads((self.folder / SEAL).read_text())["fingerprint"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DamagedCopy(f"its seal cannot be read: {error}") from error

    def load(self) -> tuple[Payload, str]:
        """Return the arrays and their fingerprint, checked against the seal; raises DamagedCopy."""
        sealed = self.fingerprint()
        try:
            payload = Payload.load(self.folder)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise DamagedCopy(f"an array cannot be read: {error}") from error
        if payload.digest() != sealed:
            raise DamagedCopy("its arrays are not the sealed ones")
        return payload, sealed


def prepared_copy(source: RawSource, access: DataAccess, *, rehash: bool = False) -> PreparedCopy:
    """Return the copy that belongs to the raw files, making it if needed.

    Raises:
        DataCorrupted: the raw files are damaged, cannot be read or hold other data than published.
    """
    stamps = source.trusted_stamps(rehash=rehash)
    shelf = access.data / "prepared" / source.entry.name
    copy = PreparedCopy(shelf / f"{content_digest(stamps)}-v{source.entry.version}")
    if not copy.exists():
        with locked(shelf):
            if not copy.exists():
                _make(source, list(stamps), copy)
    return copy


def load_or_repair(source: RawSource, access: DataAccess) -> tuple[Payload, str]:
    """Return the arrays and the fingerprint of the copy.

    A damaged copy of sound raw files is made again, with a warning.

    Raises:
        DataCorrupted: as :func:`prepared_copy`, or the copy is damaged again right after it was made.
    """
    copy = prepared_copy(source, access)
    try:
        return copy.load()
    except DamagedCopy as damage:
        warnings.warn(
            f"{source.entry.name}: the prepared copy {copy.folder} is damaged ({damage}); it is made again from "
            f"the raw files, which are sound.",
            RuntimeWarning,
            stacklevel=3,
        )
    with locked(copy.folder.parent):
        shutil.rmtree(copy.folder, ignore_errors=True)
    try:
        return prepared_copy(source, access, rehash=True).load()
    except DamagedCopy as damage:
        raise DataCorrupted(
            f"{source.entry.name}: {copy.folder} is damaged again: {damage}. Check the disk."
        ) from damage


def recomputed(source: RawSource, access: DataAccess) -> Payload:
    """Read the raw files once more, beside the prepared copy, and return the arrays."""
    shelf = access.data / "prepared" / source.entry.name
    with locked(shelf), partial_folder(shelf) as partial:
        _read_in_own_process(source, source.files(), partial)
        fresh = Payload.load(partial / "arrays")
        return Payload({name: array.copy() for name, array in fresh.arrays.items()}, fresh.facts)


def as_dataset(
    entry: DatasetEntry, payload: Payload, fingerprint: str, origin: str
) -> GraphDataset | NodeDataset | ImageDataset:
    """Return the data set that prepared arrays describe."""
    provenance = f"read by {payload.facts['reader']} from the {origin}; {payload.facts['folds']}"
    classes, splits = int(payload.facts["num_classes"]), splits_from_arrays(payload.arrays)
    targets = payload["targets"]
    if payload.facts["kind"] == "images":
        return ImageDataset(entry.name, payload["images"], targets, classes, splits, fingerprint, provenance)
    if payload.facts["kind"] == "graphs":
        collection = GraphCollection.from_payload(payload)
        return GraphDataset(entry.name, collection, targets, classes, splits, fingerprint, provenance)
    graph = NodeGraph.from_payload(payload)
    return NodeDataset(entry.name, graph, targets, classes, splits, fingerprint, provenance)


def _make(source: RawSource, files: list[str], copy: PreparedCopy) -> None:
    with partial_folder(copy.folder.parent) as partial:
        _read_in_own_process(source, files, partial)
        arrays = partial / "arrays"
        payload = Payload.load(arrays)
        _check_counts(source.entry, payload)
        (arrays / SEAL).write_text(json.dumps({"fingerprint": payload.digest(), "files": files}))
        if copy.folder.exists():
            shutil.rmtree(copy.folder)
        arrays.rename(copy.folder)


def _check_counts(entry: DatasetEntry, payload: Payload) -> None:
    got = len(payload["targets"]), int(payload.facts["num_classes"])
    for what, found, published in zip(("items", "classes"), got, (entry.items, entry.classes), strict=True):
        if published is not None and found != published:
            raise DataCorrupted(f"{entry.name}: the raw files hold {found} {what}, published are {published}.")


def _read_in_own_process(source: RawSource, files: list[str], partial: Path) -> None:
    """Link the raw files into `partial`, where libraries may write, and read them without torch in this process."""
    linked = partial / "raw" / source.layout.folder
    for name in files:
        (linked / name).parent.mkdir(parents=True, exist_ok=True)
        (linked / name).symlink_to((source.folder / name).resolve())
    request = partial / "request.json"
    request.write_text(
        json.dumps({"entry": source.entry.as_dict(), "folder": str(linked), "arrays": str(partial / "arrays")})
    )
    result = in_own_process("harness.data.prepare", request)
    if result.returncode:
        raise _failure(source, result)


def in_own_process(module: str, request: Path) -> "subprocess.CompletedProcess[str]":
    """Run ``python -m module request`` with this project importable; stderr is captured."""
    project = str(Path(harness.__file__).parent.parent)
    paths = os.pathsep.join(filter(None, [project, os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, "-m", module, str(request)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
    )


def _failure(source: RawSource, result: "subprocess.CompletedProcess[str]") -> DataError:
    name, folder = source.entry.name, source.folder
    if result.returncode < 0:
        return DataError(f"{name}: reading {folder} was ended by signal {-result.returncode} (out of memory?)")
    said = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
    if result.returncode == NOT_THE_FILES:
        return DataError(f"{name}: {said}")
    return DataCorrupted(
        f"{name}: the raw files in {folder} cannot be read: {said}. They are probably truncated or altered."
    )


@contextmanager
def locked(shelf: Path) -> Iterator[None]:
    """Hold the shelf's lock; the system releases it when a process dies."""
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
    """Give an empty folder and remove it afterwards; the lock's holder also removes what killed ones left."""
    for leftover in shelf.glob(".partial-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    partial = shelf / f".partial-{os.getpid()}"
    partial.mkdir()
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
