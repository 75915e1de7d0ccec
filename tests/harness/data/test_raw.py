"""Raw files are trusted by the manifest, else by the first reading; changed content is refused."""

import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from harness.data.access import DataAccess
from harness.data.entry import DatasetEntry
from harness.data.raw import RawSource, present_source
from harness.data.stamps import content_digest, read_stamps
from harness.errors import DataCorrupted


@pytest.fixture
def source(toy_file: Path, toy_entry: DatasetEntry, access: DataAccess) -> RawSource:
    found = present_source(toy_entry, access)
    assert found is not None
    return found


def rewrite(path: Path, text: str) -> None:
    """Change a file and, whatever the clock's grain, its time."""
    before = path.stat().st_mtime_ns
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def list_in_manifest(root: Path, *paths: Path) -> None:
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  ./{path.relative_to(root)}\n" for path in paths]
    (root / "MANIFEST.sha256").write_text("".join(lines))


def test_unchanged_files_are_not_hashed_again(source: RawSource, monkeypatch: pytest.MonkeyPatch) -> None:
    first = source.trusted_stamps()
    assert read_stamps(source.record) == first
    hashed: list[Path] = []
    monkeypatch.setattr("harness.data.stamps.file_sha256", lambda path: hashed.append(path) or "0")
    assert source.trusted_stamps() == first
    assert not hashed


def test_touched_files_are_hashed_again_and_accepted(source: RawSource, toy_file: Path) -> None:
    first = source.trusted_stamps()
    rewrite(toy_file, toy_file.read_text())
    again = source.trusted_stamps()
    assert again != first
    assert content_digest(again) == content_digest(first)
    assert read_stamps(source.record) == again


@pytest.mark.parametrize(
    "text", ["0\n1\n0\n1\n", "1\n1\n0\n1\n0\n1\n0\n0\n", ""], ids=["truncated", "altered", "empty"]
)
def test_changed_files_are_refused(text: str, source: RawSource, toy_file: Path) -> None:
    source.trusted_stamps()
    rewrite(toy_file, text)
    for _ in range(2):
        with pytest.raises(DataCorrupted, match=r"raw/targets\.txt in .* differs") as refusal:
            source.trusted_stamps()
    source.record.unlink()
    assert str(source.record) in str(refusal.value)
    assert source.trusted_stamps()["raw/targets.txt"].size == len(text)


def test_added_files_are_refused(source: RawSource, toy_file: Path) -> None:
    source.trusted_stamps()
    (toy_file.parent / "more.txt").write_text("1")
    with pytest.raises(DataCorrupted, match=r"raw/more\.txt"):
        source.trusted_stamps()


def test_alteration_behind_an_old_time_stamp_is_found_by_rehashing(source: RawSource, toy_file: Path) -> None:
    source.trusted_stamps()
    time, text = toy_file.stat().st_mtime_ns, toy_file.read_text()
    toy_file.write_text(text[::-1].strip() + "\n")
    os.utime(toy_file, ns=(time, time))
    with pytest.raises(DataCorrupted, match="differs"):
        source.trusted_stamps(rehash=True)


def test_manifest_refuses_at_the_first_reading(source: RawSource, toy_file: Path) -> None:
    list_in_manifest(source.base, toy_file)
    rewrite(toy_file, "0\n1\n")
    with pytest.raises(DataCorrupted, match=r"truncated or altered .* Restore the file in the data root"):
        source.trusted_stamps()
    assert not source.record.exists()


def test_manifest_accepts_new_content_that_it_lists(source: RawSource, toy_file: Path) -> None:
    list_in_manifest(source.base, toy_file)
    first = source.trusted_stamps()
    rewrite(toy_file, "1\n0\n1\n0\n")
    with pytest.raises(DataCorrupted, match="truncated or altered"):
        source.trusted_stamps()
    list_in_manifest(source.base, toy_file)
    assert content_digest(source.trusted_stamps()) != content_digest(first)


def test_manifest_misses_an_optional_file(source: RawSource, toy_file: Path) -> None:
    more = toy_file.parent / "more.txt"
    more.write_text("1")
    list_in_manifest(source.base, toy_file, more)
    more.unlink()
    with pytest.raises(DataCorrupted, match=r"more\.txt is truncated or altered \(SHA-256 no such file"):
        source.trusted_stamps()


def test_incomplete_sets_are_refused_not_downloaded(source: RawSource, access: DataAccess) -> None:
    assert source.entry.raw is not None
    layout = replace(source.entry.raw, required=("raw/targets.txt", "raw/edges.txt"))
    entry = replace(source.entry, raw=layout)
    found = present_source(entry, access)
    assert found is not None
    with pytest.raises(DataCorrupted, match=r"incomplete in the data root, .* lacks raw/edges\.txt"):
        found.trusted_stamps()


def test_a_message_names_some_of_many_missing_files(source: RawSource, access: DataAccess) -> None:
    assert source.entry.raw is not None
    recordings = tuple(f"raw/{number}.wav" for number in range(3000))
    layout = replace(source.entry.raw, required=("raw/targets.txt", *recordings))
    found = present_source(replace(source.entry, raw=layout), access)
    assert found is not None
    with pytest.raises(DataCorrupted, match=r"lacks raw/0\.wav, .*, raw/4\.wav and 2,995 more\. Restore"):
        found.trusted_stamps()


def test_data_root_comes_before_the_cache(source: RawSource, toy_entry: DatasetEntry, access: DataAccess) -> None:
    cached = access.data / "raw" / "toy" / "T" / "raw" / "targets.txt"
    cached.parent.mkdir(parents=True)
    cached.write_text("0\n")
    found = present_source(toy_entry, access)
    assert found is not None
    assert found.origin == "data root"
    without = present_source(toy_entry, replace(access, root=None))
    assert without is not None
    assert without.origin == "cache"
    assert without.record != found.record


def test_damaged_record_is_as_none(source: RawSource) -> None:
    first = source.trusted_stamps()
    source.record.write_text(source.record.read_text()[:40])
    assert source.trusted_stamps() == first
