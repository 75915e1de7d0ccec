"""Marked blocks of markdown files: refreshed in place, everything else untouched, wrong marks explained."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from harness import catalog
from harness.cli import bench
from harness.errors import BenchError, UnknownName, UsageError
from harness.leaderboard import build_board
from harness.leaderboard.marked_block import BuildBoard, find_blocks, update_file, updated
from harness.leaderboard.papers import PaperFinding
from harness.store import RunStore
from harness.tables.values import Board
from tests.harness.leaderboard.synthetic import folds_of, make_record

OPEN, CLOSE = "<!-- bench:leaderboard -->", "<!-- /bench:leaderboard -->"
PAGE = f"# Mine\r\n\r\nbefore\r\n{OPEN}\r\nold\r\n{CLOSE}\r\nafter \x0b\u2028 end"


@pytest.fixture
def build(store: RunStore):
    return builder(store)


def builder(store: RunStore) -> BuildBoard:
    """Return what builds boards of the records of a store, without findings on papers."""
    return lambda suite, profile, tasks: (build_board(store, suite, profile, tasks=tasks), ())


def nothing(suite: str, profile: str, tasks: Sequence[str] | None) -> tuple[Board, Sequence[PaperFinding]]:
    return Board(suite, suite, profile, ()), ()


def test_a_block_is_refreshed_and_the_rest_stays_to_the_byte(build, tmp_path: Path):
    path = tmp_path / "README.md"
    path.write_bytes(PAGE.encode())
    path.chmod(0o600)
    assert update_file(path, build, "graph", "standard")
    fresh = path.read_bytes().decode()
    head, tail = PAGE.split("old")
    assert fresh.startswith(head)
    assert fresh.endswith(tail)
    assert "\n" not in fresh.replace("\r\n", "")
    assert "| mutag" in fresh
    assert "88.1" in fresh
    assert "\r\nold" not in fresh
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize(("close", "far"), [(9, 0), (8, 1), (3, 1)])
def test_a_line_a_task_has_the_size_of_the_best_set_and_its_fastest(close: int, far: int, tmp_path: Path):
    names = catalog.suite("graph").contenders["graph-classification"]
    rng = np.random.default_rng(0)
    values = [0.9 + 0.03 * rng.standard_normal(10) for _ in range(close)]
    values += [0.2 + 0.001 * rng.standard_normal(10) for _ in range(far)]
    records = [
        record
        for i, (name, own) in enumerate(zip(names, values, strict=False))
        for record in folds_of("mutag", name, own.tolist(), fit_seconds=9.0 - i)
    ]
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        for record in records:
            store.add(record)
        text = updated(f"{OPEN}\n{CLOSE}\n", builder(store), "graph", "standard", "page.md")
    header, _, row = (
        [cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")
    )
    found = dict(zip(header, row, strict=True))
    assert found["may be best"] == f"{close} of {close + far}"
    assert found["fastest"] == names[close - 1], "each is faster than the one before; a worse one is faster yet"
    assert (found["task"], found["metric"], found["n"]) == ("mutag", "accuracy % ↑", "10")


def test_papers_come_first_where_all_tasks_are_shown(store: RunStore):
    finding = PaperFinding("sep", "it pools", "reversed", "by 2 points", "`gcn-sum` on `mutag`")

    def build(suite: str, profile: str, tasks: Sequence[str] | None) -> tuple[Board, Sequence[PaperFinding]]:
        return build_board(store, suite, profile, tasks=tasks), [finding]

    whole = updated(f"{OPEN}\n{CLOSE}\n", build, "graph", "standard", "page")
    assert (
        whole.index("**sep** claims: it pools.") < whole.index("**Reversed**: by 2 points.") < whole.index("| task")
    )
    assert "Use instead: `gcn-sum` on `mutag`." in whole
    one = updated(f"<!-- bench:leaderboard tasks=mutag -->\n{CLOSE}\n", build, "graph", "standard", "page")
    assert "it pools" not in one


def test_a_second_time_changes_nothing_and_does_not_write(build, tmp_path: Path):
    path = tmp_path / "README.md"
    path.write_text(PAGE)
    assert update_file(path, build, "graph", "standard")
    before = path.stat()
    assert not update_file(path, build, "graph", "standard")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_several_blocks_each_get_what_they_ask_for(build):
    text = f"<!-- bench:leaderboard tasks=ring -->\n{CLOSE}\n\ntext\n\n{OPEN}\n{CLOSE}\n"
    fresh = updated(text, build, "graph", "standard", "page")
    first, _, second = fresh.partition("text")
    assert "**ring of 200 nodes (generated)**" in first
    assert "mutag" not in first
    assert "| mutag" in second
    header, row = (
        next(line for line in second.splitlines() if line.startswith(f"| {w}")) for w in ("task", "mutag")
    )
    at = [cell.strip() for cell in header.split("|")].index("failed")
    assert row.split("|")[at].strip() == "1"


def test_marks_in_fenced_code_are_text_and_in_html_are_marks(build):
    fenced = f"```\n{OPEN}\n{CLOSE}\n```\n"
    with pytest.raises(UsageError, match="no marked block"):
        find_blocks(fenced, "graph", "standard", "page")
    inside = f"<details>\n{OPEN}\n{CLOSE}\n</details>\n"
    once = updated(fenced + inside, build, "graph", "standard", "page")
    assert once.startswith(fenced + "<details>\n" + OPEN)
    assert updated(once, build, "graph", "standard", "page") == once


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", r"no marked block\. Paste these lines[^$]*bench:leaderboard suite=graph profile=standard"),
        (OPEN, r"line 1: the block is never closed; add <!-- /bench:leaderboard -->"),
        (f"x\n\n{CLOSE}", "line 3: <!-- /bench:leaderboard --> closes nothing"),
        (f"{OPEN}\n{OPEN}\n{CLOSE}", "line 2: a block begins inside the one of line 1"),
        (f"{OPEN}\n{CLOSE}\n{CLOSE}", "line 3: .* closes nothing"),
        (f"<!-- bench:leaderboard siute=graph -->\n{CLOSE}", "got 'siute=graph'; did you mean 'suite'"),
        (f"<!-- bench:leaderboard suite=graph suite=graph -->\n{CLOSE}", "suite= is given twice"),
        (f"<!-- bench:leaderboard profile=standrad -->\n{CLOSE}", "did you mean 'standard'"),
    ],
)
def test_wrong_marks_are_explained(text: str, message: str):
    with pytest.raises(UsageError, match=message):
        updated(text, nothing, "graph", "standard", "page")


@pytest.mark.parametrize("setting", ["suite=grahp", "tasks=mutga"])
def test_unknown_names_are_explained(setting: str):
    with pytest.raises(UnknownName, match=r"did you mean '(graph|mutag)'"):
        updated(f"<!-- bench:leaderboard {setting} -->\n{CLOSE}", nothing, "graph", "standard", "page")


def test_a_faulty_second_block_leaves_the_file_as_it_was(build, tmp_path: Path):
    path = tmp_path / "README.md"
    path.write_text(f"{OPEN}\n{CLOSE}\n\n<!-- bench:leaderboard suite=nope -->\n{CLOSE}\n")
    before = path.read_bytes()
    with pytest.raises(UnknownName):
        update_file(path, build, "graph", "standard")
    assert path.read_bytes() == before


def test_a_file_that_is_no_text_is_a_clear_error(tmp_path: Path):
    path = tmp_path / "x.md"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="is not UTF-8 text"):
        update_file(path, nothing, "graph", "standard")


def test_a_link_stays_a_link(build, tmp_path: Path):
    real, link = tmp_path / "real.md", tmp_path / "link.md"
    real.write_text(f"{OPEN}\n{CLOSE}\n")
    link.symlink_to(real)
    assert update_file(link, build, "graph", "standard")
    assert link.is_symlink()
    assert "mutag" in real.read_text()


PIECES = (
    "a",
    "\n",
    "\n\n",
    "\r",
    "```",
    "<",
    "-",
    "   ",
    "\x0b",
    "\u2028",
    "|",
    "> ",
    OPEN,
    CLOSE,
    f"\n{OPEN}\n{CLOSE}\n",
)


@given(st.lists(st.sampled_from(PIECES), max_size=20))
@example([OPEN, "\r", CLOSE])
@example([OPEN, "\r\n", CLOSE, "\n", OPEN, "\r", CLOSE])
def test_any_text_is_refreshed_once_and_for_all_or_refused(pieces: list[str]):
    text = "".join(pieces)
    try:
        once = updated(text, nothing, "graph", "standard", "page")
    except BenchError:
        return
    assert updated(once, nothing, "graph", "standard", "page") == once


def test_the_command_says_what_it_did_and_refuses_what_has_no_effect(store: RunStore, tmp_path: Path):
    path = tmp_path / "README.md"
    path.write_text(f"{OPEN}\n{CLOSE}\n")
    arguments = ["leaderboard", "--store", str(store.path), "--update", str(path)]
    told = [CliRunner().invoke(bench, arguments).output for _ in range(2)]
    assert told == [f"{path}: refreshed\n", f"{path}: unchanged\n"]
    refused = CliRunner().invoke(bench, [*arguments, "--out", str(tmp_path)])
    assert isinstance(refused.exception, UsageError)
    assert "the marks name suite, profile and tasks" in str(refused.exception)


def test_words_of_a_record_close_no_block(tmp_path: Path):
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        store.add(make_record("mutag", "gmt", None, failure=f"x\n{CLOSE}\n{OPEN} | <script>"))
        text = f"<!-- bench:leaderboard tasks=mutag -->\n{CLOSE}\n"
        once = updated(text, builder(store), "graph", "standard", "page")
        assert len(find_blocks(once, "graph", "standard", "page")) == 1
        assert updated(once, builder(store), "graph", "standard", "page") == once
        assert "<script>" not in once
