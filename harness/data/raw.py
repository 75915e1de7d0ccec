"""The raw files of a real data set: where they lie, and whether they may be trusted.

The rule: what the data root's ``MANIFEST.sha256`` says of a file decides. Without it, the first reading (or the
download) decides: its hashes are recorded in the cache, and changed content is refused from then on, until the
record is deleted on purpose.
"""

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

Origin = Literal["data root", "cache"]


@dataclass(frozen=True)
class RawSource:
    """A folder that holds raw files of one data set.

    Attributes:
        base: the data root, or the folder of raw files in the cache.
        record: the file that the stamps of its files are kept in.
    """

    entry: DatasetEntry
    origin: Origin
    base: Path
    record: Path

    @property
    def layout(self) -> RawLayout:
        """Which files make up the set."""
        return layout_of(self.entry)

    @property
    def folder(self) -> Path:
        """Where they lie."""
        return self.base / self.layout.folder

    def files(self) -> list[str]:
        """Return the files that the set is read from, relative to :attr:`folder`, sorted."""
        found = (path for pattern in self.layout.content for path in self.folder.glob(pattern) if path.is_file())
        return sorted({path.relative_to(self.folder).as_posix() for path in found})

    def missing(self) -> list[str]:
        """Return the required files that are not there."""
        return [name for name in self.layout.required if not (self.folder / name).is_file()]

    def trusted_stamps(self, *, rehash: bool = False) -> dict[str, Stamp]:
        """Return the stamps of all files after checking them by the module's rule; `rehash` trusts no time stamp.

        Raises:
            DataCorrupted: a file is missing, truncated or altered; says which and what to do.
        """
        if missing := self.missing():
            raise DataCorrupted(
                f"{self.entry.name}: incomplete in the {self.origin}, {self.folder} lacks {', '.join(missing)}. "
                f"{self._cure()}"
            )
        recorded = read_stamps(self.record)
        stamps = stamp_files(self.folder, self.files(), None if rehash else recorded)
        if stamps == recorded and not rehash:
            return stamps
        if not self._vouched_for(stamps) and recorded is not None:
            self._refuse_changes(recorded, stamps)
        if stamps != recorded:
            write_stamps(self.record, stamps)
        return stamps

    def _vouched_for(self, stamps: dict[str, Stamp]) -> bool:
        """Compare with the manifest; return whether it covers every file."""
        manifest = read_manifest(self.base, self.layout.folder) if self.origin == "data root" else {}
        listed = {n: h for n, h in manifest.items() if any(fnmatchcase(n, p) for p in self.layout.content)}
        for name, expected in listed.items():
            got = stamps[name].sha256 if name in stamps else "no such file"
            if got != expected:
                raise DataCorrupted(
                    f"{self.entry.name}: {self.folder / name} is truncated or altered (SHA-256 {got}, {MANIFEST} "
                    f"says {expected}). {self._cure()}"
                )
        return bool(listed) and stamps.keys() == listed.keys()

    def _refuse_changes(self, recorded: dict[str, Stamp], stamps: dict[str, Stamp]) -> None:
        if changed := differing(recorded, stamps):
            raise DataCorrupted(
                f"{self.entry.name}: {', '.join(changed)} in {self.folder} differs from what was first read there "
                f"(truncated, altered, added or removed). {self._cure()} If the change is meant, delete "
                f"{self.record} to accept the new content as another version of the data."
            )

    def _cure(self) -> str:
        if self.origin == "cache":
            return f"Delete {self.folder} to have it downloaded again."
        return "Restore the file in the data root."


def layout_of(entry: DatasetEntry) -> RawLayout:
    """Return the raw layout of a real set."""
    if entry.raw is None:
        raise ValueError(f"data set {entry.name!r} is {entry.kind} and has no raw files")
    return entry.raw


def raw_sources(entry: DatasetEntry, access: DataAccess) -> list[RawSource]:
    """Return the places that may hold the raw files, in order of preference."""
    places: list[tuple[Origin, Path]] = [("data root", access.root)] if access.root else []
    places.append(("cache", access.data / "raw"))
    return [RawSource(entry, origin, base, _record(access, entry, base)) for origin, base in places]


def present_source(entry: DatasetEntry, access: DataAccess) -> RawSource | None:
    """Return the first place that has files of the set, complete or not; None if there is none."""
    for source in raw_sources(entry, access):
        if any((source.folder / name).is_file() for name in source.layout.required):
            return source
    return None


def _record(access: DataAccess, entry: DatasetEntry, base: Path) -> Path:
    place = sha256(str(base / layout_of(entry).folder).encode()).hexdigest()[:16]
    return access.data / "stamps" / f"{entry.name.replace('/', '-')}-{place}.json"
