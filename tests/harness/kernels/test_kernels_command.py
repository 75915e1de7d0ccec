"""`bench kernels` as a user runs it, on kernels that a package adds."""

import csv
import json
import re
import statistics
from pathlib import Path

import pytest

from harness.environment import usable_cores
from harness.store import RunStore
from harness.tables.words import time_text
from tests.toy_project import ToyProject

SMOKE = ("--profile", "smoke", "--threads", "1", "--processes", "2")


@pytest.fixture(scope="module")
def measured(project: ToyProject) -> str:
    """What the command prints of the sum kernel in all its cases."""
    done = project.bench("kernels", "toy-sum", *SMOKE)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def rows_of(text: str, case: str) -> dict[str, str]:
    block = text[text.index(f"n={case} ·") :].split("\n\n")[0]
    return {line.split("  ")[0]: line for line in block.splitlines()[2:]}


def test_the_table_has_every_implementation_and_why_one_has_no_time(project: ToyProject, measured: str) -> None:
    rows = rows_of(measured, "1000")
    times = [r.metrics["numpy @1"] for r in project.records() if r.trial.task == "toy-sum:n=1000"]
    assert f" {time_text(statistics.median(times))} " in rows["numpy"]
    assert "failed" in rows["wrong"]
    assert "failed" in rows["raises"]
    assert any(line.startswith("tenth (timed on 0.1 of the work)") for line in rows.values())
    notes = [line for line in rows.values() if line.startswith("- ")]
    assert any("- wrong: failed: wrong result: sum is" in line for line in notes)
    assert any("- raises: failed: RuntimeError: no such luck (toy_sums.py:" in line for line in notes)
    assert "- absent: not installed: needs no_such_module" in notes


def test_an_excluded_implementation_is_listed_with_its_reason(measured: str) -> None:
    assert "- python: excluded: too slow" in rows_of(measured, "16000").values()


def test_growth_and_targets_are_judged(measured: str) -> None:
    assert "time grows with the power" in measured
    verdicts = [line for line in measured.splitlines() if "≥" in line]
    assert any("n=1000" in line and line.endswith(("missed", "open")) and "e+09" in line for line in verdicts)
    assert sum("≥ 10.0 digits" in line and line.endswith("met") for line in verdicts) == 3
    assert "2 targets not measured here" in measured  # python at the largest size, and a size that is no case


def test_records_hold_every_round_and_the_limits(project: ToyProject, measured: str) -> None:
    records = [r for r in project.records() if r.trial.contender == "toy-sum"]
    assert {r.trial.fold for r in records} == {0, 1}
    for record in records:
        found = record.facts["findings"]["numpy"]
        assert len(found["rounds"]["1"]) == len(found["seconds"]["1"]) >= 2
        assert record.metrics["numpy @1"] > 0
        assert min(record.facts["limits"]["1"].values()) > 1e8
        assert 0 <= record.resources.contention <= 1


def test_what_is_measured_is_not_measured_again(project: ToyProject, measured: str) -> None:
    again = project.bench("kernels", "toy-sum", *SMOKE)
    assert "nothing to measure, 6 measurements already in the store" in again.stderr
    assert again.stdout == measured


def test_fresh_measures_again_and_keeps_what_was(project: ToyProject, measured: str) -> None:
    before = len(project.records())
    done = project.bench("kernels", "toy-sum", *SMOKE, "--sizes", "1e3", "--fresh", "-q")
    assert (done.returncode, done.stdout) == (0, "")
    assert len(project.records()) == before + 2


def test_an_edit_of_an_implementation_measures_its_kernel_again(project: ToyProject, measured: str) -> None:
    file = project.packages / "toy_sums.py"
    text = file.read_text()
    try:
        file.write_text(text.replace("float(data.sum())\n", "float(data.sum() + 0)\n", 1))
        planned = project.bench("kernels", "toy-sum", *SMOKE, "--sizes", "4000")
        assert "2 measurements to run" in planned.stderr
    finally:
        file.write_text(text)


def test_selected_peer_sizes_and_threads(project: ToyProject) -> None:
    cores = str(usable_cores())
    done = project.bench(
        *("kernels", "toy-s*", "--profile", "smoke", "--sizes", "1e3,7e9", "--against", "python"),
        *("--threads", f"1,{cores}", "--processes", "3"),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("· 3 processes") == 1
    assert "wrong" not in done.stdout
    if cores != "1":
        assert f"time, {cores} threads" in done.stdout


def test_the_page_says_all_and_can_be_made_from_exported_records(
    project: ToyProject, measured: str, tmp_path: Path
) -> None:
    exported = tmp_path / "records" / "smoke.jsonl"
    exported.parent.mkdir()
    with RunStore.open(project.store_path, readonly=True) as store:
        from harness.store import export

        export(store, exported, "jsonl", logs=False)
    out = tmp_path / "out"
    done = project.bench(
        "kernels", "toy-sum", "--profile", "smoke", "--from", str(exported.parent), "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    page = (out / "kernels.md").read_text()
    assert "## sum of an array" in page
    assert "bench kernels toy-sum --profile smoke" in page
    for _, figure in re.findall(r"!\[(.*?)\]\((.*?)\)", page):
        assert (out / figure).read_bytes().startswith(b"\x89PNG")
    assert len(list((out / "kernels").iterdir())) == 2
    rows = list(csv.DictReader((out / "kernels.csv").open()))
    assert {row["implementation"] for row in rows} == {"numpy", "tenth", "python", "wrong", "raises", "absent"}
    (board,) = json.loads((out / "kernels.json").read_text())
    assert [case["case"] for case in board["cases"]] == ["n=1000", "n=4000", "n=16000"]
    again = project.bench(
        "kernels", "toy-sum", "--profile", "smoke", "--from", str(exported.parent), "--out", str(tmp_path / "two")
    )
    assert again.returncode == 0
    assert (tmp_path / "two" / "kernels.md").read_text() == page


def test_list_names_cases_and_what_is_not_installed(project: ToyProject) -> None:
    listed = project.bench("kernels", "toy-sum", "--list")
    assert "case      n=1000 (size 1000)" in listed.stdout
    assert "absent (not installed: needs no_such_module)" in listed.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no-such",), "unknown kernel 'no-such'"),
        (("toy-sun",), "did you mean 'toy-sum'"),
        (("toy-sum", "--sizes", "7"), "sizes there: 1000, 4000, 16000"),
        (("toy-sum", "--sizes", "many"), "expected numbers above 0 such as 1e5,1e7, got 'many'"),
        (("toy-sum", "--sizes", "-1"), "expected numbers above 0"),
        (("toy-sum", "--threads", "0"), "threads from 1 on"),
        (("toy-sum", "--threads", "4096"), "got 4096"),
        (("toy-sum", "--against", "pyton"), "unknown implementation 'pyton'; did you mean 'python'?"),
        (("toy-sum", "--processes", "0"), "0 is not in the range"),
        (("toy-sum", "--list", "--sizes", "7"), "no case of toy-sum matches"),
        (("toy-sum", "--data-root", "/nonexistent"), "does not exist"),
    ],
)
def test_bad_input_is_one_clear_error(project: ToyProject, arguments: tuple[str, ...], message: str) -> None:
    before = len(project.records())
    done = project.bench("kernels", "--profile", "smoke", *arguments)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert len(project.records()) == before


def test_an_empty_export_says_that_nothing_was_measured(project: ToyProject, tmp_path: Path) -> None:
    file = tmp_path / "empty.jsonl"
    file.write_text('{"format": "bench-records", "version": 1}\n')
    done = project.bench("kernels", "toy-sum", "--from", str(file))
    assert done.returncode == 1
    assert "no measurements of these kernels" in done.stderr
