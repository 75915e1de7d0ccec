"""Unpack an untrusted zip archive: chosen members only, never outside the target, never above a size or number."""

import errno
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from harness.errors import DataCorrupted

MAX_BYTES = 8 << 30
MAX_MEMBERS = 10_000
BLOCK = 1 << 20
UNSOUND = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, RuntimeError, ValueError, OverflowError, IndexError),
)
"""Errors of `zipfile` for archives that are damaged, encrypted (RuntimeError) or packed in an unknown way."""

CAUSED_BY_ARCHIVE = (None, errno.EINVAL, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG)
"""Errors that an archive itself causes: one without a number (bzip2), a negative place, a file as folder."""


def unpack(archive: Path, inner: str, target: Path, wanted: Sequence[str], limit: int = MAX_BYTES) -> list[str]:
    """Extract the members of the folder `inner` that match a pattern of `wanted`; return their names.

    Args:
        inner: folder in the archive whose members are extracted.
        target: the folder that takes the place of `inner`.
        wanted: glob patterns of names relative to `inner`.
        limit: most bytes to unpack in all.

    Raises:
        DataCorrupted: no zip archive, a damaged or encrypted member, a link or a path out of `target` among the
            members, more than `limit` bytes or more than `MAX_MEMBERS` members.
    """
    written, names = 0, []
    try:
        with zipfile.ZipFile(archive) as zipped:
            if len(zipped.infolist()) > MAX_MEMBERS:
                raise DataCorrupted(f"{archive.name} holds more than {MAX_MEMBERS:,} members; none is used")
            for member in zipped.infolist():
                name = _checked_name(member, archive)
                path = PurePosixPath(name)
                if member.is_dir() or not path.parts or path.parts[0] != inner:
                    continue
                relative = path.relative_to(inner).as_posix()
                if any(fnmatchcase(relative, pattern) for pattern in wanted):
                    written += _extract(zipped, member, target / relative, limit - written)
                    names.append(relative)
    except UNSOUND as error:
        raise DataCorrupted(f"{archive.name} is not a sound zip archive: {error}") from error
    except OSError as error:
        if error.errno not in CAUSED_BY_ARCHIVE:
            raise
        raise DataCorrupted(f"{archive.name} is not a sound zip archive: {error.strerror}") from error
    return sorted(names)


def _checked_name(member: zipfile.ZipInfo, archive: Path) -> str:
    path = PurePosixPath(member.filename)
    link = stat.S_ISLNK(member.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or link:
        kind = "a link" if link else "a path out of its folder"
        raise DataCorrupted(f"{archive.name} holds {kind}: {member.filename!r}; nothing of it is used")
    return member.filename


def _extract(zipped: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, allowance: int) -> int:
    """Write one member; its declared size is not trusted, the bytes written are counted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with zipped.open(member) as source, path.open("wb") as sink:
        while block := source.read(BLOCK):
            size += len(block)
            if size > allowance:
                raise DataCorrupted(f"{member.filename!r} unpacks to more than is allowed; nothing of it is used")
            sink.write(block)
    return size
