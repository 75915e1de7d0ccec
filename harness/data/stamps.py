"""Stamps of the raw files of a data set: names, sizes, times and SHA-256, and which files have changed.

A file with the recorded size and modification time counts as unchanged; any other is hashed again. ``verify``
always hashes.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from harness.errors import DataError

MANIFEST = "MANIFEST.sha256"


@dataclass(frozen=True)
class Stamp:
    """Size in bytes, modification time in nanoseconds and SHA-256 of a file."""

    size: int
    mtime_ns: int
    sha256: str


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def stamp_files(folder: Path, files: Iterable[str], known: Mapping[str, Stamp] | None = None) -> dict[str, Stamp]:
    """Return the stamps of files (relative to `folder`); a file that `known` shows unchanged is not hashed."""
    stamps = {}
    for name in files:
        status = (folder / name).stat()
        before = (known or {}).get(name)
        if before and (before.size, before.mtime_ns) == (status.st_size, status.st_mtime_ns):
            stamps[name] = before
        else:
            stamps[name] = Stamp(status.st_size, status.st_mtime_ns, file_sha256(folder / name))
    return stamps


def content_digest(stamps: Mapping[str, Stamp]) -> str:
    """Return one hash of names and contents (32 hex digits), independent of times."""
    lines = "".join(f"{stamps[name].sha256}  {name}\n" for name in sorted(stamps))
    return sha256(lines.encode()).hexdigest()[:32]


def differing(before: Mapping[str, Stamp], now: Mapping[str, Stamp]) -> list[str]:
    """Return the names of files that were added, removed or altered, sorted."""
    both = before.keys() & now.keys()
    return sorted((before.keys() ^ now.keys()) | {name for name in both if before[name].sha256 != now[name].sha256})


def read_stamps(path: Path) -> dict[str, Stamp] | None:
    """Return recorded stamps, or None if there are none or they cannot be read."""
    try:
        return {name: Stamp(**values) for name, values in json.loads(path.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def write_stamps(path: Path, stamps: Mapping[str, Stamp]) -> None:
    """Write stamps; readers see the old or the new record, never a half-written one."""
    write_atomically(path, json.dumps({name: asdict(stamp) for name, stamp in stamps.items()}, indent=0))


def write_atomically(path: Path, text: str) -> None:
    """Replace the file at `path` by `text` in one step.

    Raises:
        DataError: the cache cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text)
        partial.replace(path)
    except OSError as error:
        raise unwritable(error) from error


def unwritable(error: OSError) -> DataError:
    """Return the error for a cache that cannot be written."""
    return DataError(f"cannot write to the cache: {error}. Give another folder by BENCH_CACHE.")


def read_manifest(root: Path, folder: str) -> dict[str, str]:
    """Return the SHA-256 of the files below `folder` that the data root's manifest lists, relative to `folder`.

    The manifest has ``sha256sum`` form: a hash, two spaces, a path relative to the root. An absent manifest is
    an empty one.
    """
    try:
        lines = (root / MANIFEST).read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split(maxsplit=1) for line in lines if line.strip())
    listed = {name.strip().removeprefix("*").removeprefix("./"): digest for digest, name in pairs}
    prefix = f"{folder}/"
    return {name.removeprefix(prefix): digest for name, digest in listed.items() if name.startswith(prefix)}
