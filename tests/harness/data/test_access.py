"""Data root and cache come from options, then from the environment."""

from pathlib import Path

import pytest

from harness.data.access import DataAccess
from harness.errors import UsageError


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BENCH_DATA", "BENCH_CACHE", "BENCH_OFFLINE", "BENCH_MIRROR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_given_means_no_root_and_the_cache_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    access = DataAccess.from_environment()
    assert access == DataAccess(None, Path("/home/somebody/.cache/bench-icml22"))
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert DataAccess.from_environment().cache == Path("/elsewhere/bench-icml22")


def test_environment_is_read_and_options_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    for name, value in {
        "BENCH_DATA": str(first),
        "BENCH_CACHE": str(tmp_path / "c"),
        "BENCH_OFFLINE": "1",
        "BENCH_MIRROR": "http://mirror",
    }.items():
        monkeypatch.setenv(name, value)
    assert DataAccess.from_environment() == DataAccess(first, tmp_path / "c", True, "http://mirror")
    given = DataAccess.from_environment(root=second, cache=tmp_path / "d")
    assert (given.root, given.cache) == (second, tmp_path / "d")


@pytest.mark.parametrize(
    ("value", "offline"), [("0", False), ("no", False), ("", False), ("1", True), ("yes", True)]
)
def test_offline_switch(value: str, offline: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_OFFLINE", value)
    assert DataAccess.from_environment().offline is offline


def test_missing_data_root_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = tmp_path / "absent"
    with pytest.raises(UsageError, match=r"from --data-root\) does not exist") as given:
        DataAccess.from_environment(root=absent)
    monkeypatch.setenv("BENCH_DATA", str(absent))
    with pytest.raises(UsageError, match=r"from BENCH_DATA\) does not exist"):
        DataAccess.from_environment()
    assert str(absent) in str(given.value)
    assert "\n" not in str(given.value)


def test_a_file_is_neither_root_nor_cache(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UsageError, match="is not a folder"):
        DataAccess.from_environment(root=file)
    with pytest.raises(UsageError, match="cache must be a folder"):
        DataAccess.from_environment(cache=file)


def test_what_holds_targets_is_kept_apart_from_what_workers_write(tmp_path: Path) -> None:
    access = DataAccess(None, tmp_path)
    assert access.data not in (access.derived, *access.derived.parents)
    assert access.derived not in access.data.parents
