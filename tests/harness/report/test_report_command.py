"""`bench report` as a user calls it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import bench
from harness.errors import BenchError, StoreError, UnknownName, UsageError
from harness.report.records import read_exports
from harness.store import RunStore
from harness.store.lines import header, to_line


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(bench, ["report", *map(str, arguments)])


@pytest.fixture(scope="module")
def exported(store: RunStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic records in two folders below one, each with a part."""
    root = tmp_path_factory.mktemp("exported")
    lines = [to_line(item) for item in store.contents()]
    for number, part in enumerate((lines[:20], lines[:1] + lines[20:])):
        folder = root / f"part{number}"
        folder.mkdir()
        (folder / "standard.jsonl").write_text("\n".join([header(), *part]) + "\n")
    return root


def test_a_store_becomes_a_site_whose_paths_are_printed(store: RunStore, tmp_path: Path):
    told = call("--out", tmp_path / "site", "--store", store.path, "--suite", "graph")
    assert told.exit_code == 0, told.output
    paths = [Path(line) for line in told.output.split()]
    assert {p.name for p in paths} >= {"index.html", "suite-graph.html", "method-sep.html"}
    assert all(path.is_file() for path in paths)


def test_several_exports_and_a_folder_of_them_give_what_the_store_gives(
    site: dict[str, str], exported: Path, tmp_path: Path
):
    parts = call(
        "--out", tmp_path / "a", "--suite", "graph", "--from", exported / "part0", "--from", exported / "part1"
    )
    whole = call("--out", tmp_path / "b", "--suite", "graph", "--from", exported)
    assert (parts.exit_code, whole.exit_code) == (0, 0)
    for name, html in site.items():
        assert (tmp_path / "a" / name).read_text() == html
        assert (tmp_path / "b" / name).read_text() == html


def test_a_folder_without_exports_is_a_clear_error(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(StoreError, match=r"empty holds no \.jsonl file"):
        read_exports([tmp_path / "empty"])


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["--suite", "grpah"], UnknownName),
        (["--profile", "paper"], BenchError),
        (["--store", "nowhere.sqlite"], StoreError),
    ],
)
def test_a_request_that_cannot_be_met_writes_nothing(
    store: RunStore, tmp_path: Path, arguments: list[str], kind: type[Exception]
):
    told = call("--out", tmp_path / "site", "--store", store.path, *arguments)
    assert isinstance(told.exception, kind)
    assert not (tmp_path / "site").exists()


def test_a_folder_in_use_is_refused_before_anything_is_read(tmp_path: Path):
    (tmp_path / "mine.txt").write_text("")
    told = call("--out", tmp_path, "--store", tmp_path / "nowhere.sqlite")
    assert isinstance(told.exception, UsageError)
    assert "mine.txt" in str(told.exception)


def test_out_is_required():
    assert call().exit_code == 2
