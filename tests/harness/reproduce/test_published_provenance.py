"""Every published format says when, where, with which versions and data, how many failed, and the command."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from harness import catalog
from harness.kernels.results import KernelBoard, kernel_board
from harness.leaderboard import build_board
from harness.leaderboard.kernel_page import render_kernel_json, render_page, render_rows
from harness.leaderboard.latex import render_latex
from harness.leaderboard.machine_readable import render_csv, render_json
from harness.leaderboard.markdown import render_markdown
from harness.reference import FOLDER
from harness.store import RunStore
from harness.tables.values import Board

COMMAND = "bench run --suite graph --profile standard -t karate"


@pytest.fixture(scope="module")
def board() -> Board:
    with RunStore.from_jsonl(FOLDER / "graph") as store:
        return build_board(store, "graph", "standard", tasks=["karate"])


@pytest.fixture(scope="module")
def timed() -> tuple[KernelBoard, Mapping[str, Mapping[str, Any]]]:
    with RunStore.from_jsonl(FOLDER / "kernels") as store:
        entries = [e for e in store.entries() if e.record.trial.contender == "coding-tree"]
        environments = {known.fingerprint: known.content for known in store.environments()}
    made = kernel_board("coding-tree", catalog.kernel("coding-tree"), "standard", entries)
    assert made is not None
    return made, environments


def test_trials_in_every_format(board: Board) -> None:
    (table,) = board.tables
    p = table.provenance
    facts = [
        *("none failed", "seeds 0-9", "profile standard", "AMD EPYC, 2 cores", "Python 3.11", "torch 2."),
        *(p.oldest[:16].replace("T", " "), f"Data fingerprint {p.data[0][:12]}", COMMAND),
    ]
    for text in (render_markdown(board), render_latex(board)):
        assert [fact for fact in facts if fact not in text] == []
    origin = json.loads(render_json(board))["tasks"][0]["provenance"]
    assert (origin["command"], origin["failed"], origin["seeds"]) == (COMMAND, 0, list(range(10)))
    assert next(iter(origin["environments"].values()))["packages"]["torch"].startswith("2.")
    for row in csv.DictReader(io.StringIO(render_csv(board))):
        assert (row["command"], row["seeds"], row["data"]) == (COMMAND, "0-9", p.data[0])
        assert row["environments"].split() == list(p.environments)


def test_origin_in_latex_is_commented_out(board: Board) -> None:
    lines = render_latex(board).splitlines()
    assert next(line for line in lines if COMMAND in line).startswith("% Command: ")
    assert all(line.startswith("% ") for line in lines if "Data fingerprint" in line)


def test_kernels_in_every_format(timed: tuple[KernelBoard, Mapping[str, Mapping[str, Any]]]) -> None:
    made, environments = timed
    page = render_page([made], environments)
    facts = [
        *(f"{made.records} records of a case in a process, none failed", "5 processes a case", "profile standard"),
        *(f"from {made.first[:16].replace('T', ' ')} to", "(UTC)", "AMD EPYC, 2 cores", "numba 0.", "torch 2."),
        *(f"of the code {made.code[0][:12]}", made.data[0][:12], "bench kernels coding-tree"),
    ]
    assert [fact for fact in facts if fact not in page] == []
    origin = json.loads(render_kernel_json([made], environments))[0]["provenance"]
    assert (origin["records"], origin["failed"], origin["command"]) == (
        made.records,
        0,
        "bench kernels coding-tree",
    )
    assert origin["environments"][made.environment]["cores"] == 2
    row = next(csv.DictReader(io.StringIO(render_rows([made]))))
    assert (row["command"], row["environment"]) == ("bench kernels coding-tree", made.environment)


def test_an_unknown_machine_is_said_to_be_unknown(
    timed: tuple[KernelBoard, Mapping[str, Mapping[str, Any]]],
) -> None:
    made, _ = timed
    assert f"Environment {made.environment}: not in the store." in render_page([made], {})
