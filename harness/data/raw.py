"""The raw files of a real data set: their places, and whether they are trusted.

The rule: the hash in the data root's ``MANIFEST.sha256`` decides. Without it, the first reading (or the download)
decides: its hashes are recorded in the cache, and changed content is rejected from then on, until the record is
deleted on purpose.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Literal

from harness.data.access import DataAccess
from harness.data.entry import DatasetEntry, RawLayout
from harness.data.stamps import (
    MANIFEST,
    Stamp,
    differing,
    read_manifest,
    read_stamps,
    stamp_files,
    write_stamps,
)
from harness.errors import DataCorrupted

RawOrigin = Literal["data root", "cache"]


@dataclass(frozen=True)
class RawSource:
    """A folder that holds raw files of one data set.

    Attributes:
        base: the data root, or the folder of raw files in the cache.
        record: the file with the stamps of its files.
    """

    entry: DatasetEntry
    origin: RawOrigin
    base: Path
    record: Path

    @property
    def layout(self) -> RawLayout:
        """Layout of the set's files."""
        return layout_of(self.entry)

    @property
    def folder(self) -> Path:
        """Folder of the set's files."""
        return self.base / self.layout.folder

    def files(self) -> list[str]:
        """Return the files that the set is read from, relative to :attr:`folder`, sorted."""
        found = (path for pattern in self.layout.content for path in self.folder.glob(pattern) if path.is_file())
        return sorted({path.relative_to(self.folder).as_posix() for path in found})

    def missing(self) -> list[str]:
        """Return the required files that do not exist."""
        return [name for name in self.layout.required if not (self.folder / name).is_file()]

    def trusted_stamps(self, *, rehash: bool = False) -> dict[str, Stamp]:
        """Return the stamps of all files after checking them by the module's rule; `rehash` trusts no time stamp.

        Raises:
            DataCorrupted: a file is missing, truncated or altered; names it and gives advice.
        """
        if missing := self.missing():
            raise DataCorrupted(
                f"{self.entry.name}: incomplete in the {self.origin}, {self.folder} lacks {some(missing)}. "
                f"{self._restoration()}"
            )
        recorded = read_stamps(self.record)
        stamps = stamp_files(self.folder, self.files(), None if rehash else recorded)
        if stamps == recorded and not rehash:
            return stamps
        if not self._matches_manifest(stamps) and recorded is not None:
            self._reject_changes(recorded, stamps)
        if stamps != recorded:
            write_stamps(self.record, stamps)
        return stamps

    def _matches_manifest(self, stamps: dict[str, Stamp]) -> bool:
        """Compare with the manifest; return whether it covers every file; raises DataCorrupted."""
        manifest = read_manifest(self.base, self.layout.folder) if self.origin == "data root" else {}
        listed = {n: h for n, h in manifest.items() if any(fnmatchcase(n, p) for p in self.layout.content)}
        for name, expected in listed.items():
            got = stamps[name].sha256 if name in stamps else "no such file"
            if got != expected:
                raise DataCorrupted(
                    f"{self.entry.name}: {self.folder / name} is truncated or altered (SHA-256 {got}, expected "
                    f"{expected} of {MANIFEST}). {self._restoration()}"
                )
        return bool(listed) and stamps.keys() == listed.keys()

    def _reject_changes(self, recorded: dict[str, Stamp], stamps: dict[str, Stamp]) -> None:
        if changed := differing(recorded, stamps):
            raise DataCorrupted(
                f"{self.entry.name}: {some(changed)} in {self.folder} differs from the first reading "
                f"(truncated, altered, added or removed). {self._restoration()} If the change is intended, delete "
                f"{self.record} to accept the new content as another version of the data."
            )

    def _restoration(self) -> str:
        if self.origin == "cache":
            return f"Delete {self.folder}; the next run downloads it again."
        return "Restore the file in the data root."


def layout_of(entry: DatasetEntry) -> RawLayout:
    """Return the raw layout of a real set."""
    if entry.raw is None:
        raise ValueError(f"data set {entry.name!r} is {entry.kind} and has no raw files")
    return entry.raw


def raw_sources(entry: DatasetEntry, access: DataAccess) -> list[RawSource]:
    """Return the places that may hold the raw files, in order of preference."""
    places: list[tuple[RawOrigin, Path]] = [("data root", access.root)] if access.root else []
    places.append(("cache", access.data / "raw"))
    return [RawSource(entry, origin, base, _record(access, entry, base)) for origin, base in places]


def present_source(entry: DatasetEntry, access: DataAccess) -> RawSource | None:
    """Return the first place that has files of the set, complete or not; None if there is none."""
    for source in raw_sources(entry, access):
        if any((source.folder / name).is_file() for name in source.layout.required):
            return source
    return None


def some(names: Sequence[str], most: int = 5) -> str:
    """Return the names in words: all, or the first `most` and the number of the others."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def advice(entry: DatasetEntry, access: DataAccess) -> str:
    """Return how a user can provide the raw files of a set that is unavailable."""
    if entry.cure:
        return entry.cure
    layout = layout_of(entry)
    files, root = ", ".join(layout.required[:3]), access.root or "<data root>"
    return (
        f"Put its raw files ({files}, …) into {root}/{layout.folder} and give --data-root (or BENCH_DATA), or run "
        f"`bench data fetch {entry.name}` where there is a network."
    )


def _record(access: DataAccess, entry: DatasetEntry, base: Path) -> Path:
    place = sha256(str(base / layout_of(entry).folder).encode()).hexdigest()[:16]
    return access.data / "stamps" / f"{entry.name.replace('/', '-')}-{place}.json"
