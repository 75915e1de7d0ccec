"""Prepared copies: a real data set as flat arrays, read once from its raw files by the field's own library.

A copy lies at ``prepared/<name>/<hash of the raw content, the loader and its options>-v<version>``, so it can never
be taken for other data.
"""

import json
import subprocess
from hashlib import blake2b
from pathlib import Path

from harness.data.access import DataAccess
from harness.data.copies import SealedCopy, load_or_rebuild, locked, partial_folder
from harness.data.data_set import DataSet, as_data_set, check_payload
from harness.data.own_process import NOT_THE_FILES, ended_by_signal, in_own_process, last_line
from harness.data.raw import RawSource
from harness.data.stamps import content_digest
from harness.errors import DataCorrupted, DataError
from harness.payload import Payload
from harness.trial import canonical


def open_prepared(source: RawSource, access: DataAccess) -> DataSet:
    """Return the data set of raw files; a damaged copy of sound raw files is rebuilt, with a warning.

    Raises:
        DataCorrupted: as :func:`prepared_copy`, or the copy is damaged again right after it was rebuilt.
    """
    copy = prepared_copy(source, access)
    payload, sealed = load_or_rebuild(source.entry.name, copy, lambda: prepared_copy(source, access, rehash=True))
    module = source.entry.loader.partition(":")[0]
    provenance = f"read by {payload.facts.get('reader', module)} from the {source.origin}"
    if "folds" in payload.facts:
        provenance += f"; {payload.facts['folds']}"
    return as_data_set(source.entry, payload, sealed, provenance)


def prepared_copy(source: RawSource, access: DataAccess, *, rehash: bool = False) -> SealedCopy:
    """Return the copy that belongs to the raw files, reading them if needed.

    Raises:
        DataCorrupted: the raw files are damaged, cannot be read or hold other data than published.
    """
    stamps = source.trusted_stamps(rehash=rehash)
    shelf = access.data / "prepared" / source.entry.name
    content = canonical([content_digest(stamps), source.entry.loader, dict(source.entry.options)])
    identity = blake2b(content.encode(), digest_size=16).hexdigest()
    copy = SealedCopy(shelf / f"{identity}-v{source.entry.version}")
    if not copy.exists():
        with locked(shelf):
            if not copy.exists():
                _prepare(source, list(stamps), copy)
    return copy


def recomputed(source: RawSource, access: DataAccess) -> Payload:
    """Read the raw files once more, beside the prepared copy, and return the arrays."""
    shelf = access.data / "prepared" / source.entry.name
    with locked(shelf), partial_folder(shelf) as partial:
        _read_in_own_process(source, source.files(), partial)
        fresh = Payload.load(partial / "arrays")
        return Payload({name: array.copy() for name, array in fresh.arrays.items()}, fresh.facts)


def _prepare(source: RawSource, files: list[str], copy: SealedCopy) -> None:
    with partial_folder(copy.folder.parent) as partial:
        _read_in_own_process(source, files, partial)
        payload = Payload.load(partial / "arrays")
        check_payload(source.entry, payload)
        copy.publish(partial / "arrays", payload.digest(), files=files)


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


def _failure(source: RawSource, result: "subprocess.CompletedProcess[str]") -> DataError:
    name, folder = source.entry.name, source.folder
    if ended := ended_by_signal(result):
        return DataError(f"{name}: the process that read {folder} was {ended}")
    if result.returncode == NOT_THE_FILES:
        return DataError(f"{name}: {last_line(result)}")
    return DataCorrupted(
        f"{name}: the raw files in {folder} cannot be read: {last_line(result)}. They are probably truncated or "
        f"altered. Replace them by the official files."
    )
