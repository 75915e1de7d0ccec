"""Writing the site: whole or not at all, never over what is not ours."""

import json
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.report import folder
from harness.report.folder import MARK, write_site

PAGES = {"index.html": "<p>index", "suite-graph.html": "<p>graph"}


def names(path: Path) -> set[str]:
    return {entry.name for entry in path.iterdir()}


def test_a_new_folder_appears_with_all_pages_and_nothing_beside_it(tmp_path: Path):
    out = tmp_path / "deep" / "site"
    written = write_site(PAGES, out)
    assert {p.name for p in written} == set(PAGES)
    assert names(out) == {*PAGES, MARK}
    assert names(out.parent) == {"site"}


def test_a_second_report_replaces_removes_and_keeps_foreign_files(tmp_path: Path):
    out = tmp_path / "site"
    write_site(PAGES, out)
    (out / "CNAME").write_text("example.org")
    write_site({"index.html": "new", "method-sep.html": "sep"}, out)
    assert names(out) == {"index.html", "method-sep.html", "CNAME", MARK}
    assert (out / "index.html").read_text() == "new"


def test_a_folder_with_other_things_is_refused_with_what_is_in_the_way(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(UsageError, match=r"not empty and holds no report: thesis\.tex .*--force"):
        write_site(PAGES, tmp_path)
    assert names(tmp_path) == {"thesis.tex"}


def test_force_writes_among_other_things_and_removes_none(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("precious")
    (tmp_path / "notes.html").write_text("mine")
    write_site(PAGES, tmp_path, force=True)
    assert names(tmp_path) == {"thesis.tex", "notes.html", *PAGES, MARK}


def test_a_file_in_place_of_the_folder_is_a_clear_error(tmp_path: Path):
    (tmp_path / "site").write_text("")
    with pytest.raises(UsageError, match="is a file; name a folder"):
        write_site(PAGES, tmp_path / "site")


@pytest.mark.parametrize(
    "mark",
    [
        json.dumps({"pages": ["../outside.html", "/etc/passwd", "keep.txt", 3, "sub/page.html"]}),
        json.dumps(["pages"]),
        "{not json",
        json.dumps({"pages": None}),
    ],
)
def test_a_forged_mark_removes_nothing_else(tmp_path: Path, mark: str):
    out = tmp_path / "site"
    write_site(PAGES, out)
    (tmp_path / "outside.html").write_text("mine")
    (out / "keep.txt").write_text("mine")
    (out / MARK).write_text(mark)
    write_site({"index.html": "new"}, out)
    assert (tmp_path / "outside.html").read_text() == "mine"
    assert (out / "keep.txt").read_text() == "mine"


def test_a_fault_while_writing_leaves_the_old_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    out = tmp_path / "site"
    write_site(PAGES, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "_fill", full)
    with pytest.raises(UsageError, match=r"cannot write .*No space left on device"):
        write_site({"index.html": "new"}, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert names(tmp_path) == {"site"}
