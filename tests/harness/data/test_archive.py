"""Zip archives from strangers."""

import io
import zipfile
from pathlib import Path

import pytest

from harness.data.archive import unpack
from harness.errors import DataCorrupted


def zipped(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "A.zip"


def test_only_wanted_members_of_the_folder(archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(zipped({"A/x.txt": "x", "A/sub/y.txt": "y", "A/z.bin": "z", "B/x.txt": "other", "A/": ""}))
    assert unpack(archive, "A", tmp_path / "out", ["*.txt"]) == ["sub/y.txt", "x.txt"]
    found = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")}
    assert found == {"x.txt", "sub/y.txt"}
    assert (tmp_path / "out" / "x.txt").read_text() == "x"


@pytest.mark.parametrize("name", ["A/../../evil.txt", "/A/evil.txt", "..\\evil.txt", "A/a/../../../evil.txt"])
def test_paths_out_of_the_folder_are_refused(name: str, archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(zipped({name: "evil"}))
    with pytest.raises(DataCorrupted, match="a path out of its folder"):
        unpack(archive, "A", tmp_path / "out" / "deep", ["*"])
    assert not list(tmp_path.rglob("evil*"))


def test_links_are_refused(archive: Path, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("A/x.txt")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(link, "/etc/passwd")
    with pytest.raises(DataCorrupted, match="a link"):
        unpack(archive, "A", tmp_path / "out", ["*"])


def test_bombs_are_stopped(archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(zipped({"A/x.txt": "0" * 60_000, "A/y.txt": "0" * 60_000}))
    with pytest.raises(DataCorrupted, match="more than is allowed"):
        unpack(archive, "A", tmp_path / "out", ["*"], limit=100_000)


def test_truncated_and_altered_archives(archive: Path, tmp_path: Path) -> None:
    sound = zipped({"A/x.txt": "".join(map(str, range(5000)))})
    archive.write_bytes(sound[: len(sound) // 2])
    with pytest.raises(DataCorrupted, match="not a sound zip archive"):
        unpack(archive, "A", tmp_path / "out", ["*"])
    altered = bytearray(sound)
    altered[2000] ^= 255
    archive.write_bytes(altered)
    with pytest.raises(DataCorrupted, match="not a sound zip archive"):
        unpack(archive, "A", tmp_path / "out", ["*"])
