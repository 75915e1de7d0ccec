"""Archives from strangers: nothing leaves the target, nothing grows without limit, one clear error."""

import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from harness.data.archive import unpack
from harness.errors import DataCorrupted


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "A.zip"


def zipped(archive: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)


def refused(archive: Path, target: Path, limit: int = 1 << 20) -> str:
    with pytest.raises(DataCorrupted) as error:
        unpack(archive, "A", target, ["*"], limit)
    return str(error.value)


@pytest.mark.parametrize(
    "name", ["../x.txt", "A/../../x.txt", "/x.txt", "A/..\\..\\x.txt", "C:\\x.txt", "A/sub/../../../x.txt"]
)
def test_no_member_leaves_the_target(name: str, archive: Path, tmp_path: Path) -> None:
    zipped(archive, ("A/good.txt", b"good"), (name, b"evil"))
    assert "a path out of its folder" in refused(archive, tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("x.txt"))


def test_links_are_refused_and_devices_become_plain_files(archive: Path, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("A/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    zipped(archive, (link, b"/etc/passwd"))
    assert "a link" in refused(archive, tmp_path / "out")
    pipe = zipfile.ZipInfo("A/pipe")
    pipe.external_attr = (stat.S_IFIFO | 0o6777) << 16
    zipped(archive, (pipe, b"content"))
    unpack(archive, "A", tmp_path / "out", ["*"])
    made = (tmp_path / "out" / "pipe").lstat().st_mode
    assert stat.S_ISREG(made)
    assert not made & (stat.S_ISUID | stat.S_ISGID)


def test_bombs_stop_at_the_limit(archive: Path, tmp_path: Path) -> None:
    zipped(archive, ("A/x.txt", b"\0" * (32 << 20)))
    assert archive.stat().st_size < 64 << 10
    assert "unpacks to more than is allowed" in refused(archive, tmp_path / "out")
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) <= 1 << 20


def test_a_declared_size_is_not_trusted(archive: Path, tmp_path: Path) -> None:
    zipped(archive, ("A/x.txt", b"\0" * (4 << 20)))
    content = archive.read_bytes()
    archive.write_bytes(content.replace((4 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    assert refused(archive, tmp_path / "out")


def test_so_many_members_are_refused_before_any_is_written(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.data.archive.MAX_MEMBERS", 20)
    zipped(archive, *((f"A/{number}.txt", b"") for number in range(21)))
    assert "more than 20 members" in refused(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_encrypted_members_and_other_formats(archive: Path, tmp_path: Path) -> None:
    zipped(archive, ("A/x.txt", b"x"))
    content = bytearray(archive.read_bytes())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + place] |= 1  # the flag "encrypted" in both headers
    archive.write_bytes(content)
    assert "encrypted" in refused(archive, tmp_path / "out")
    with tarfile.open(archive, "w:gz") as made:
        made.add(__file__, "A/x.txt")
    assert "not a sound zip archive" in refused(archive, tmp_path / "out")


def test_a_file_in_the_way_of_a_folder(archive: Path, tmp_path: Path) -> None:
    zipped(archive, ("A/x", b"a file"), ("A/x/y", b"below it"))
    assert "not a sound zip archive" in refused(archive, tmp_path / "out")
