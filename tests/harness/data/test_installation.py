"""From the official server to an opened data set, through the real front door."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from harness.data.access import DataAccess
from harness.data.datasets import fetch, locate, open_dataset, verify
from harness.data.entry import DatasetEntry
from harness.data.installation import install
from harness.data.raw import present_source
from harness.errors import DataCorrupted, DataUnavailable
from harness.families import dataset_entry
from tests.harness.data.conftest import TARGETS, Declare
from tests.harness.data.local_server import LocalServer
from tests.harness.data.test_archive import zipped

PATH = "/example.org/sets/T.zip"
URL = "https://example.org/sets/T.zip"
ARCHIVE = zipped({"T/targets.txt": TARGETS, "T/README": "not content"})


@pytest.fixture
def online(server: LocalServer, toy_entry: DatasetEntry, tmp_path: Path) -> DataAccess:
    """No data root; the local server in place of all official ones, with the toy set."""
    server.files[PATH] = ARCHIVE
    return DataAccess(None, tmp_path / "cache", mirror=server.url)


def with_checksum(checksum: str, entry: DatasetEntry, declare: Declare) -> None:
    assert entry.raw is not None
    declare(replace(entry, raw=replace(entry.raw, checksums={URL: checksum})))


def test_download_prepare_open(online: DataAccess, server: LocalServer) -> None:
    assert locate("toy/T", online).status == "downloadable"
    seen: list[tuple[int, int | None]] = []
    assert fetch("toy/T", online, lambda done, total: seen.append((done, total))).status == "cache"
    assert seen[-1] == (len(ARCHIVE), len(ARCHIVE))
    data = open_dataset("toy/T", replace(online, offline=True, mirror=None))
    assert data.provenance.startswith("read by toy from the cache")
    assert verify("toy/T", online).fingerprint == data.fingerprint
    assert len(server.asked) == 1
    raw = online.data / "raw" / "toy" / "T"
    assert [path.name for path in raw.rglob("*.*")] == ["targets.txt"]


def test_opening_downloads_by_itself(online: DataAccess) -> None:
    assert open_dataset("toy/T", online).name == "toy/T"


def test_downloaded_files_are_watched(online: DataAccess) -> None:
    fetch("toy/T", online)
    file = online.data / "raw" / "toy" / "T" / "raw" / "targets.txt"
    file.write_text(TARGETS[:-2])
    with pytest.raises(DataCorrupted, match=r"targets\.txt .* Delete .*; the next run downloads it again"):
        open_dataset("toy/T", online)


@pytest.mark.parametrize("known", [True, False])
def test_wrong_checksum(
    known: bool, online: DataAccess, toy_entry: DatasetEntry, server: LocalServer, declare: Declare
) -> None:
    """Against an official hash, and against that of the first download."""
    if known:
        with_checksum("0" * 64, toy_entry, declare)
    else:
        source = install(toy_entry, online)
        (source.folder / "raw" / "targets.txt").unlink()
        (source.folder / "raw").rmdir()
        source.folder.rmdir()
        server.files[PATH] = zipped({"T/targets.txt": "1\n0\n" * 4})
    with pytest.raises(DataCorrupted, match="does not have the expected SHA-256") as refusal:
        open_dataset("toy/T", online)
    assert ("first download" in str(refusal.value)) is not known
    assert present_source(toy_entry, online) is None


def test_right_checksum(online: DataAccess, toy_entry: DatasetEntry, declare: Declare) -> None:
    with_checksum(sha256(ARCHIVE).hexdigest(), toy_entry, declare)
    assert open_dataset("toy/T", online).name == "toy/T"
    assert not (online.data / "checksums.json").exists()


def test_first_download_is_remembered(online: DataAccess) -> None:
    fetch("toy/T", online)
    assert json.loads((online.data / "checksums.json").read_text()) == {URL: sha256(ARCHIVE).hexdigest()}


def test_404_is_unavailable_and_says_what_was_tried(online: DataAccess, server: LocalServer) -> None:
    server.files.clear()
    with pytest.raises(DataUnavailable, match="HTTP 404") as refusal:
        open_dataset("toy/T", online)
    assert [attempt.split()[0] for attempt in refusal.value.tried] == ["no", "cache", "download:"]
    assert "toy/T" in str(refusal.value)
    assert "--data-root" in str(refusal.value)


def test_cut_connection_then_resume(online: DataAccess, server: LocalServer) -> None:
    server.cuts[PATH] = [40, 10, 10, 10]
    with pytest.raises(DataUnavailable, match="the next run resumes"):
        open_dataset("toy/T", online)
    assert open_dataset("toy/T", online).name == "toy/T"
    assert server.asked[-1] == (PATH, "bytes=70-")


def test_archive_without_the_required_files(online: DataAccess, server: LocalServer) -> None:
    server.files[PATH] = zipped({"T/other.txt": "0"})
    with pytest.raises(DataCorrupted, match=r"the official download lacks raw/targets\.txt"):
        open_dataset("toy/T", online)
    assert not list((online.data / "raw").rglob("*.txt"))


def test_single_files(online: DataAccess, server: LocalServer) -> None:
    """Planetoid's eight files come one by one, each against its own official hash."""
    entry = dataset_entry("planetoid/Cora")
    server.files.update({url.removeprefix("https:/"): b"altered" for url in entry.urls})
    with pytest.raises(DataCorrupted, match=r"ind\.cora\.x does not have the expected SHA-256"):
        install(entry, online)
    assert entry.raw is not None
    known = {url: sha256(b"altered").hexdigest() for url in entry.urls}
    source = install(replace(entry, raw=replace(entry.raw, checksums=known)), online)
    assert source.missing() == []
    assert source.files() == sorted(entry.raw.required)


def test_offline_machine_is_not_asked(online: DataAccess, server: LocalServer) -> None:
    with pytest.raises(DataUnavailable, match="offline"):
        open_dataset("toy/T", replace(online, offline=True))
    assert not server.asked
