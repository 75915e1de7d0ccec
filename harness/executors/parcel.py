"""Payloads as bytes: the files of a payload's folder, by name, for a transport that knows only bytes."""

import re
import tempfile
from pathlib import Path

from harness.payload import FACTS_FILE, Payload

Parcel = dict[str, bytes]
_NAME = re.compile(rf"[\w-]+\.npy|{re.escape(FACTS_FILE)}", re.ASCII)


def pack_folder(folder: Path) -> Parcel:
    """Return the content of a folder that a payload was saved in."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def pack(payload: Payload) -> Parcel:
    """Return a payload as it would be saved."""
    with tempfile.TemporaryDirectory(prefix="bench-parcel-") as folder:
        payload.save(Path(folder))
        return pack_folder(Path(folder))


def unpack_folder(parcel: Parcel, folder: Path) -> None:
    """Write a parcel's files into a new folder; the facts come last, as a complete payload's do.

    Raises:
        ValueError: a name is not one that a payload's files have, so nothing is written.
    """
    if strange := sorted(name for name in parcel if not _NAME.fullmatch(name)):
        raise ValueError(f"no payload has a file named {strange[0]!r}")
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(parcel, key=lambda name: name == FACTS_FILE):
        (folder / name).write_bytes(parcel[name])


def unpack(parcel: Parcel) -> Payload:
    """Undo :func:`pack`. Arrays are mapped or read as :meth:`Payload.load` does; pickled ones are refused.

    Raises:
        ValueError, KeyError, OSError: the parcel is damaged or not a payload.
    """
    with tempfile.TemporaryDirectory(prefix="bench-parcel-") as folder:
        unpack_folder(parcel, Path(folder))
        return Payload.load(Path(folder))
