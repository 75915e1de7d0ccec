"""Words of a record in tables: no tags, links or lines in markdown, no commands in LaTeX, no formulas in CSV."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from harness.csv_cells import inert
from harness.leaderboard.latex import escape
from harness.store import RunStore, export
from harness.tables.markdown import plain
from harness.trial import TrialFailure
from tests.harness.fuzz.sound import sound_record

EVIL = "<img src=x onerror=alert(1)>\n\n# Title\r| a | ![x](http://evil/x.png) [y](javascript:z) \u202eabc"


def test_markdown_is_one_line_without_tags_links_and_images() -> None:
    text = plain(EVIL)
    assert "\n" not in text
    assert "\r" not in text
    assert "\u202e" not in text
    assert "<" not in text
    assert "](" not in text


def test_latex_is_one_line_without_commands() -> None:
    text = escape("\\input{/etc/passwd} $x$ % comment\n\\end{table} #1 ~ ^^5c")
    assert "\n" not in text
    assert "\\input" not in text
    assert r"\textbackslash{}input\{/etc/passwd\}" in text
    assert r"\textasciicircum{}\textasciicircum{}5c" in text


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_texts_in_a_spreadsheet(text: str) -> None:
    assert inert(text) == f"'{text}"


def test_numbers_and_names_stay_what_they_are() -> None:
    assert [inert(value) for value in (-0.5, 7, "sep-g", "", None)] == [-0.5, 7, "sep-g", "", None]


def test_an_export_holds_no_formula(tmp_path: Path) -> None:
    evil = TrialFailure("=HYPERLINK(1)", "@SUM(1+1)")
    record = replace(sound_record(3, evil), environment="-1+1")
    stream = io.BytesIO()
    with RunStore.open(tmp_path / "runs.sqlite") as store:
        store.add(record)
        export(store, stream, "csv")
    (row,) = csv.DictReader(io.StringIO(stream.getvalue().decode()))
    assert (row["failure_kind"], row["failure_message"]) == ("'=HYPERLINK(1)", "'@SUM(1+1)")
    assert row["environment"] == "'-1+1"
