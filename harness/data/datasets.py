"""The front door: open, locate, fetch, verify and fingerprint data sets by name.

Order of places: data root, cache, official download. Opening imports numpy only; torch reads a real set once,
in a process of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from harness.data import catalog
from harness.data.access import DataAccess
from harness.data.entry import DatasetEntry
from harness.data.raw import RawSource, layout_of, present_source
from harness.errors import DataCorrupted, DataUnavailable, UnknownName
from harness.protocols.attacks.arrays import AttackedDataset
from harness.protocols.graphs.arrays import CoordinateGraph, GraphDataset, NodeDataset
from harness.protocols.images.arrays import ImageDataset

Dataset = GraphDataset | NodeDataset | CoordinateGraph | ImageDataset | AttackedDataset
Progress = Callable[[int, int | None], None]
Status = Literal["bundled", "generated", "data root", "cache", "downloadable", "missing", "to be made"]


@dataclass(frozen=True)
class Location:
    """Where a data set is, or could be had from."""

    status: Status
    detail: str


@dataclass(frozen=True)
class Verification:
    """What was recomputed and found equal."""

    name: str
    fingerprint: str
    checks: tuple[str, ...]


def entry_of(name: str) -> DatasetEntry:
    """Return the catalog entry of a name.

    Raises:
        UnknownName: there is none; suggests near names.
    """
    try:
        return catalog.DATASETS[name]
    except KeyError:
        raise UnknownName("data set", name, catalog.DATASETS, listing="bench list datasets") from None


def open_dataset(name: str, access: DataAccess) -> Dataset:
    """Return a data set, downloading it if that is allowed and needed.

    Raises:
        UnknownName: no such data set.
        DataUnavailable: it cannot be had here; says what was tried and what to do.
        DataCorrupted: its files are truncated or altered.
    """
    from harness.data.prepared import as_dataset, load_or_repair

    entry = entry_of(name)
    if entry.kind == "derived":
        from harness.data.derived import base_of, load_or_make

        return load_or_make(entry, fingerprint(base_of(entry).name, access), access)
    if entry.kind != "real":
        return _make(entry)
    source = _obtain(entry, access, None)
    payload, sealed = load_or_repair(source, access)
    return as_dataset(entry, payload, sealed, source.origin)


def locate(name: str, access: DataAccess) -> Location:
    """Say where a data set is, at once, without reading it; raises UnknownName."""
    entry = entry_of(name)
    if entry.kind == "derived":
        return _locate_derived(entry, access)
    if entry.kind != "real":
        return Location(entry.kind, entry.title)
    source = present_source(entry, access)
    if source is not None and not (missing := source.missing()):
        return Location(source.origin, source.layout.folder)
    if source is not None:
        return Location("missing", f"incomplete in the {source.origin}: {', '.join(missing)}")
    if entry.urls and not access.offline:
        return Location("downloadable", f"{_size(entry.download_bytes)} from {entry.urls[0].rpartition('/')[0]}")
    return Location("missing", _cure(entry, access))


def _locate_derived(entry: DatasetEntry, access: DataAccess) -> Location:
    """Say whether a derived set was made before; if by other code, it will be made again."""
    from harness.data.derived import base_of, made_before

    base = locate(base_of(entry).name, access)
    if base.status in ("missing", "downloadable"):
        return base
    status: Status = "cache" if made_before(entry, access) else "to be made"
    return Location(status, f"from {base_of(entry).name}, in minutes")


def must_be_made(name: str, access: DataAccess) -> bool:
    """Return whether opening a data set would first make it, for minutes; raises as :func:`open_dataset`."""
    entry = catalog.DATASETS.get(name)
    if entry is None or entry.kind != "derived":
        return False
    from harness.data.derived import base_of, copy_of

    return not copy_of(entry, fingerprint(base_of(entry).name, access), access).exists()


def fetch(name: str, access: DataAccess, progress: Progress | None = None) -> Location:
    """Make a data set ready: download it if it is nowhere, read, prepare or make it; return where it is.

    Args:
        progress: called with the bytes done and the total, or None where the server does not tell.

    Raises:
        as :func:`open_dataset`.
    """
    from harness.data.prepared import prepared_copy

    entry = entry_of(name)
    if entry.kind == "derived":
        fetch(str(entry.options["base"]), access, progress)
        open_dataset(name, access)
    if entry.kind == "real":
        prepared_copy(_obtain(entry, access, progress), access)
    return locate(name, access)


def fingerprint(name: str, access: DataAccess) -> str:
    """Return the content hash of a data set, quickly where it is prepared; raises as :func:`open_dataset`.

    That of a derived set is known without making it.
    """
    from harness.data.prepared import DamagedCopy, prepared_copy

    entry = entry_of(name)
    if entry.kind == "derived":
        from harness.data.derived import base_of, identity

        return identity(entry, fingerprint(base_of(entry).name, access))
    if entry.kind == "real":
        try:
            return prepared_copy(_obtain(entry, access, None), access).fingerprint()
        except DamagedCopy:
            return open_dataset(name, access).fingerprint
    return _make(entry).fingerprint


def verify(name: str, access: DataAccess) -> Verification:
    """Recompute everything from the raw files (or the generator) and compare.

    Raises:
        DataCorrupted: something differs; says what.
        DataUnavailable, UnknownName: as :func:`open_dataset`.
    """
    from harness.data.prepared import DamagedCopy, prepared_copy, recomputed

    entry = entry_of(name)
    if entry.kind == "derived":
        from harness.data.derived import base_of

        made = open_dataset(name, access)  # checked against its seal
        base = verify(base_of(entry).name, access)
        return Verification(name, made.fingerprint, (*base.checks, "derived arrays equal to their seal"))
    if entry.kind != "real":
        first, second = _make(entry).fingerprint, _make(entry).fingerprint
        _must_agree(name, "generated twice", first, second)
        return Verification(name, first, ("generated twice, equal",))
    source = _obtain(entry, access, None)
    stamps = source.trusted_stamps(rehash=True)
    copy = prepared_copy(source, access)
    try:
        _, sealed = copy.load()
    except DamagedCopy as damage:
        raise DataCorrupted(
            f"{name}: {copy.folder} is damaged ({damage}). Delete it to have it made again."
        ) from damage
    _must_agree(name, "prepared copy and raw files", sealed, recomputed(source, access).digest())
    checks = (f"{len(stamps)} raw files in the {source.origin} hashed", "read again, equal to the prepared copy")
    return Verification(name, sealed, checks)


def _must_agree(name: str, what: str, first: str, second: str) -> None:
    if first != second:
        raise DataCorrupted(f"{name}: {what} differ ({first} against {second})")


def _size(count: int | None) -> str:
    if not count:
        return "unknown size"
    return f"about {count / 1e6:.1f} MB" if count >= 1e6 else f"about {count / 1e3:.0f} kB"


def _make(entry: DatasetEntry) -> Dataset:
    module, _, function = entry.loader.partition(":")
    made: Dataset = getattr(import_module(module), function)(entry)
    return made


def _obtain(entry: DatasetEntry, access: DataAccess, progress: Progress | None) -> RawSource:
    """Return the place of the raw files, downloading them if they are nowhere."""
    if source := present_source(entry, access):
        return source
    folder = layout_of(entry).folder
    tried = [f"data root {access.root / folder}" if access.root else "no data root given"]
    tried.append(f"cache {access.data / 'raw' / folder}")
    if not entry.urls:
        tried.append("no official download exists")
    elif access.offline:
        tried.append("download ruled out (offline)")
    else:
        from harness.data.installation import DownloadFailed, install

        try:
            return install(entry, access, progress)
        except DownloadFailed as failure:
            tried.append(f"download: {failure}")
    raise DataUnavailable(entry.name, tried, _cure(entry, access))


def _cure(entry: DatasetEntry, access: DataAccess) -> str:
    if entry.cure:
        return entry.cure
    files = ", ".join(layout_of(entry).required[:3])
    place = access.root or "<data root>"
    return (
        f"Put its raw files ({files}, …) into {place}/{layout_of(entry).folder} and give --data-root (or "
        f"BENCH_DATA), or run `bench data fetch {entry.name}` where there is a network."
    )
