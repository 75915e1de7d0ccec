"""Download a real set's raw files from the official server into the cache."""

import json
import logging
import os
import shutil
from pathlib import Path, PurePosixPath

from harness.data.access import DataAccess
from harness.data.archive import unpack
from harness.data.download import DownloadFailed, DownloadProgress, ResumingDownloader, official_or_mirror
from harness.data.entry import DatasetEntry
from harness.data.raw import RawSource, advice, layout_of, present_source, raw_sources, some
from harness.data.stamps import file_sha256, stamp_files, unwritable, write_atomically, write_stamps
from harness.errors import DataCorrupted, DataUnavailable


def obtain(entry: DatasetEntry, access: DataAccess, progress: DownloadProgress | None = None) -> RawSource:
    """Return the place of the raw files, downloading them if they are nowhere.

    Raises:
        DataUnavailable: they are nowhere and cannot be downloaded; lists the attempts and gives advice.
        DataCorrupted, DataError: as :func:`install`.
    """
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
        try:
            return install(entry, access, progress)
        except DownloadFailed as failure:
            tried.append(f"download: {failure}")
    raise DataUnavailable(entry.name, tried, advice(entry, access))


def install(entry: DatasetEntry, access: DataAccess, progress: DownloadProgress | None = None) -> RawSource:
    """Download, check and unpack the raw files; return their place in the cache.

    The folder appears in one step, with the hashes of its files recorded, so that later changes are noticed.

    Raises:
        DownloadFailed: the server cannot be reached or lacks the file.
        DataCorrupted: the download does not match the checksum, or is no sound archive of the set.
        DataError: the cache cannot be written.
    """
    source = raw_sources(entry, access)[-1]
    partial = access.data / "raw" / f".partial-{entry.name.replace('/', '-')}-{os.getpid()}"
    downloads = access.data / "downloads" / entry.name.replace("/", "-")
    try:
        downloads.mkdir(parents=True, exist_ok=True)
        partial.mkdir(parents=True, exist_ok=True)
        for url in entry.urls:
            _place(entry, _retrieve(entry, url, access, downloads, progress), partial)
        _publish(source, partial)
        shutil.rmtree(downloads, ignore_errors=True)
    except OSError as error:
        raise unwritable(error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return source


def _retrieve(
    entry: DatasetEntry, url: str, access: DataAccess, downloads: Path, progress: DownloadProgress | None
) -> Path:
    """Download one file, checked against the official hash, else against that of the first download."""
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)
    name = PurePosixPath(url).name
    ledger = access.data / "checksums.json"
    expected = layout_of(entry).checksums.get(url) or _recorded(ledger).get(url)
    try:
        path = pooch.retrieve(
            official_or_mirror(url, access.mirror),
            known_hash=f"sha256:{expected}" if expected else None,
            fname=name,
            path=downloads,
            downloader=ResumingDownloader(downloads / f"{name}.partial", progress),
        )
    except ValueError as error:
        first = "" if url in layout_of(entry).checksums else " (recorded at the first download)"
        raise DataCorrupted(
            f"{entry.name}: {url} does not have the expected SHA-256{first}: {error} Nothing of it is used. Try "
            f"again later; if the official file has changed for good, delete {ledger} to trust the new one."
        ) from error
    if expected is None:
        write_atomically(ledger, json.dumps({**_recorded(ledger), url: file_sha256(Path(path))}, indent=0))
    return Path(path)


def _recorded(ledger: Path) -> dict[str, str]:
    try:
        return dict(json.loads(ledger.read_text()))
    except (OSError, ValueError):
        return {}


def _place(entry: DatasetEntry, file: Path, partial: Path) -> None:
    layout = layout_of(entry)
    folder = partial / layout.unpack_to
    folder.mkdir(parents=True, exist_ok=True)
    if layout.archive_folder is None:
        shutil.copyfile(file, folder / file.name)
        return
    prefix = f"{layout.unpack_to}/" if layout.unpack_to else ""
    wanted = [pattern.removeprefix(prefix) for pattern in layout.content if pattern.startswith(prefix)]
    unpack(file, layout.archive_folder, folder, wanted)


def _publish(source: RawSource, partial: Path) -> None:
    """Put the complete folder in place; another process that was faster wins, its files are the same."""
    lacking = [name for name in source.layout.required if not (partial / name).is_file()]
    if lacking:
        raise DataCorrupted(f"{source.entry.name}: the official download lacks {some(lacking)}")
    source.folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        partial.rename(source.folder)
    except OSError:
        if source.missing():
            raise
        return
    write_stamps(source.record, stamp_files(source.folder, source.files()))
