"""Writing to a folder: whole files, the same bytes each time, links that lead somewhere."""

import re
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.leaderboard import build_board
from harness.leaderboard.publish import write_leaderboard
from harness.leaderboard.whole_file import write_whole
from harness.store import RunStore
from tests.harness.leaderboard.conftest import MakeStore
from tests.harness.leaderboard.synthetic import folds_of, seeds_of
from tests.harness.leaderboard.test_board import A, B

CURVE = [{"configuration": 0, "step": s, "valid_loss": 1 / (1 + s)} for s in range(20)]


@pytest.fixture
def store(make_store: MakeStore) -> RunStore:
    return make_store(
        folds_of("mutag", "sep-g", A, curve=CURVE),
        folds_of("mutag", "gcn-sum", B, curve=CURVE, fit_seconds=3.0),
        seeds_of("ring", "sep-u", [1e-4, 2e-4], metric="mse"),
    )


def test_all_formats_and_figures_are_written_and_linked(store: RunStore, tmp_path: Path):
    out = tmp_path / "made" / "boards"
    written = write_leaderboard(build_board(store, "graph", "standard"), out, store=store)
    assert sorted(str(p.relative_to(out)) for p in written) == sorted(
        str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()
    )
    names = {p.name for p in written}
    assert {"graph.md", "graph.csv", "graph.json", "graph.tex"} < names
    assert {"mutag-intervals.png", "mutag-time.png", "mutag-curves.png", "ring-intervals.png"} < names
    links = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", (out / "graph.md").read_text())
    assert len(links) == len(names) - 4
    assert all((out / path).is_file() and len(alt) > 40 for alt, path in links)


def test_the_same_records_give_the_same_bytes(store: RunStore, tmp_path: Path):
    boards = [build_board(store, "graph", "standard") for _ in range(2)]
    first = write_leaderboard(boards[0], tmp_path / "a", store=store)
    second = write_leaderboard(boards[1], tmp_path / "b", store=store)
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_only_what_is_asked_for(store: RunStore, tmp_path: Path):
    board = build_board(store, "graph", "standard")
    written = write_leaderboard(board, tmp_path, ("csv",), figures=False)
    assert written == [tmp_path / "graph.csv"]
    assert [p.name for p in tmp_path.iterdir() if p.suffix != ".sqlite" and "sqlite" not in p.name] == ["graph.csv"]


def test_learning_curves_need_the_store(store: RunStore, tmp_path: Path):
    written = write_leaderboard(build_board(store, "graph", "standard"), tmp_path / "out")
    assert not any("curves" in p.name for p in written)


def test_an_unknown_format_is_refused_before_anything_is_written(store: RunStore, tmp_path: Path):
    with pytest.raises(UsageError, match="markdown, csv, json, latex, got 'docx'"):
        write_leaderboard(build_board(store, "graph", "standard"), tmp_path / "out", ("markdown", "docx"))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_a_clear_error(store: RunStore, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--out: cannot write"):
        write_leaderboard(build_board(store, "graph", "standard"), tmp_path / "file" / "x", ("csv",))


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "graph.md"
    path.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.leaderboard.whole_file.os.replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
