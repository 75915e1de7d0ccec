"""The front door: open, locate, fetch, verify and fingerprint data sets by name.

Order of places: data root, cache, official download. Locating imports no numerical library, opening numpy only:
other libraries read a real set once, in a process of their own.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.data.access import DataAccess
from harness.data.copies import SEAL, DamagedCopy
from harness.data.download import DownloadProgress
from harness.data.entry import DatasetEntry
from harness.data.installation import obtain
from harness.data.raw import advice, present_source, some
from harness.errors import DataCorrupted
from harness.families import dataset_entry

if TYPE_CHECKING:
    from harness.data.data_set import DataSet

LocationStatus = Literal["bundled", "generated", "data root", "cache", "downloadable", "missing", "to be computed"]


@dataclass(frozen=True)
class Location:
    """The place of a data set, or a place that it can come from."""

    status: LocationStatus
    detail: str


@dataclass(frozen=True)
class Verification:
    """The checks that a data set passed."""

    name: str
    fingerprint: str
    checks: tuple[str, ...]


def open_dataset(name: str, access: DataAccess) -> "DataSet":
    """Return a data set, downloading it if that is allowed and needed.

    Raises:
        UnknownName: no such data set.
        DataUnavailable: it is not here and cannot be downloaded; lists the attempts and gives advice.
        DataCorrupted: its files are truncated or altered.
    """
    return open_entry(dataset_entry(name), access)


def open_entry(entry: DatasetEntry, access: DataAccess) -> "DataSet":
    """Return the data set of an entry; raises as :func:`open_dataset`."""
    if entry.kind == "derived":
        from harness.data.derived import open_derived

        return open_derived(entry, _base_fingerprint(entry, access), access)
    if entry.kind == "real":
        from harness.data.prepared import open_prepared

        return open_prepared(obtain(entry, access), access)
    from harness.data.generated import generate

    return generate(entry)


def locate(name: str, access: DataAccess) -> Location:
    """Return where a data set is, at once, without reading it; raises UnknownName."""
    entry = dataset_entry(name)
    if entry.kind == "derived":
        return _locate_derived(entry, access)
    if entry.kind != "real":
        return Location(entry.kind, entry.title)
    source = present_source(entry, access)
    if source is not None and not (missing := source.missing()):
        return Location(source.origin, source.layout.folder)
    if source is not None:
        return Location("missing", f"incomplete in the {source.origin}: {some(missing)}")
    if entry.urls and not access.offline:
        return Location("downloadable", f"{_size(entry.download_bytes)} from {entry.urls[0].rpartition('/')[0]}")
    return Location("missing", advice(entry, access))


def _locate_derived(entry: DatasetEntry, access: DataAccess) -> Location:
    """Return whether a derived set was computed before; one of other code is computed again when it is opened."""
    if entry.base:
        base = locate(entry.base, access)
        if base.status in ("missing", "downloadable"):
            return base
    before = any((access.data / "derived" / entry.name).glob(f"*/{SEAL}"))
    origin = f"from {entry.base}, " if entry.base else ""
    return Location("cache" if before else "to be computed", f"{origin}in minutes")


def must_be_made(name: str, access: DataAccess) -> bool:
    """Return whether opening a data set would first compute it, for minutes; raises as :func:`open_dataset`."""
    entry = dataset_entry(name)
    if entry.kind != "derived":
        return False
    from harness.data.derived import derived_copy

    return not derived_copy(entry, _base_fingerprint(entry, access), access).exists()


def fetch(name: str, access: DataAccess, progress: DownloadProgress | None = None) -> Location:
    """Make a data set ready: download it if it is nowhere, read or compute it; return where it is.

    Args:
        progress: called with the bytes done and the total, or None where the server does not send it.

    Raises:
        as :func:`open_dataset`.
    """
    entry = dataset_entry(name)
    if entry.kind == "derived":
        if entry.base:
            fetch(entry.base, access, progress)
        open_dataset(name, access)
    if entry.kind == "real":
        from harness.data.prepared import prepared_copy

        prepared_copy(obtain(entry, access, progress), access)
    return locate(name, access)


def fingerprint(name: str, access: DataAccess) -> str:
    """Return the fingerprint of a data set, quickly where it is prepared; raises as :func:`open_dataset`.

    That of a derived set is known before the set is computed.
    """
    entry = dataset_entry(name)
    if entry.kind == "derived":
        from harness.data.derived import identity

        return identity(entry, _base_fingerprint(entry, access))
    if entry.kind == "real":
        from harness.data.prepared import prepared_copy

        try:
            return prepared_copy(obtain(entry, access), access).fingerprint()
        except DamagedCopy:
            return open_dataset(name, access).fingerprint  # opening rebuilds it
    from harness.data.remembered import remembered_fingerprint

    return remembered_fingerprint(entry, access.data / "generated")


def _base_fingerprint(entry: DatasetEntry, access: DataAccess) -> str:
    return fingerprint(entry.base, access) if entry.base else ""


def verify(name: str, access: DataAccess) -> Verification:
    """Recompute everything from the raw files (or the generator) and compare.

    Raises:
        DataCorrupted: something differs; names it.
        DataUnavailable, UnknownName: as :func:`open_dataset`.
    """
    entry = dataset_entry(name)
    if entry.kind == "derived":
        found = open_dataset(name, access)  # checked against its seal
        checks = verify(entry.base, access).checks if entry.base else ()
        return Verification(name, found.fingerprint, (*checks, "derived arrays equal to their seal"))
    if entry.kind == "real":
        return _verify_real(entry, access)
    first, second = (open_entry(entry, access).fingerprint for _ in range(2))
    _must_agree(name, "two generated copies", first, second)
    return Verification(name, first, ("generated twice, equal",))


def _verify_real(entry: DatasetEntry, access: DataAccess) -> Verification:
    from harness.data.prepared import prepared_copy, recomputed

    source = obtain(entry, access)
    stamps = source.trusted_stamps(rehash=True)
    copy = prepared_copy(source, access)
    try:
        _, sealed = copy.load()
    except DamagedCopy as damage:
        raise DataCorrupted(
            f"{entry.name}: {copy.folder} is damaged ({damage}). Delete it; the next run rebuilds it."
        ) from damage
    _must_agree(entry.name, "prepared copy and raw files", sealed, recomputed(source, access).digest())
    checks = (f"{len(stamps)} raw files in the {source.origin} hashed", "read again, equal to the prepared copy")
    return Verification(entry.name, sealed, checks)


def _must_agree(name: str, pair: str, first: str, second: str) -> None:
    if first != second:
        raise DataCorrupted(f"{name}: {pair} differ ({first} against {second})")


def _size(count: int | None) -> str:
    if not count:
        return "unknown size"
    return f"about {count / 1e6:.1f} MB" if count >= 1e6 else f"about {count / 1e3:.0f} kB"
