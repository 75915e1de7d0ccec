"""What is written: terminal text, markdown, LaTeX, CSV and JSON of the same board."""

import io
import json
import re
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest

from harness import catalog
from harness.leaderboard import build_board, render_terminal
from harness.leaderboard.latex import escape, render_latex
from harness.leaderboard.machine_readable import render_csv, render_json
from harness.leaderboard.markdown import render_markdown
from harness.leaderboard.notes import notes
from harness.tables.values import Board
from harness.task import Extent
from tests.harness.leaderboard.conftest import MakeStore
from tests.harness.leaderboard.synthetic import folds_of, make_record, seeds_of
from tests.harness.leaderboard.test_board import A, B


@pytest.fixture
def board(make_store: MakeStore) -> Board:
    """A task with a winner, a partial and a failed contender, and one measured in errors."""
    peek = {"nll": 0.5, "test_peek_max": 0.9}
    return build_board(
        make_store(
            folds_of("mutag", "sep-g", A, metrics=peek),
            folds_of("mutag", "gcn-sum", B, metrics=peek),
            folds_of("mutag", "gmt", [value - 0.01 for value in B[:8]]),
            [make_record("mutag", "diffpool", None, failure="Timeout")],
            seeds_of("ring", "sep-u", [1e-4, 2e-4, 1e-4], metric="mse"),
            seeds_of("ring", "mincut-ae", [1e-3, 3e-3, 2e-3], metric="mse"),
        ),
        "graph",
        "standard",
        contenders=["sep-g", "gcn-sum", "gmt", "diffpool", "asap", "sep-u", "mincut-ae"],
    )


def pipe_tables(markdown: str) -> list[pd.DataFrame]:
    """Read a page's tables back as data frames of text."""
    blocks = re.findall(r"(?:^\|.*\|$\n?)+", markdown, flags=re.MULTILINE)
    rows = [[[c.strip() for c in line.strip("|").split("|")] for line in b.strip().splitlines()] for b in blocks]
    return [pd.DataFrame(r[2:], columns=pd.Index(r[0])) for r in rows]


def rankings(markdown: str) -> list[pd.DataFrame]:
    """Read the rankings of a page back, with the group that heads each row."""
    found = []
    for frame in pipe_tables(markdown):
        if {"contender", "mean"} <= set(frame.columns):
            heads = frame["contender"].str.extract(r"^\*(.*)\*$")[0]
            found.append(frame.assign(group=heads.ffill())[heads.isna()].reset_index(drop=True))
    return found


def test_markdown_holds_the_table_its_notes_and_its_origin(board: Board):
    page = render_markdown(board)
    ranking = rankings(page)[0]
    assert list(ranking["group"]) == ["may be best", "not separated", "worse", "failed"]
    assert list(ranking["contender"]) == ["sep-g", "gcn-sum", "gmt†", "diffpool"]
    assert list(ranking["mean"]) == ["81.5", "79.8", "78.8", "failed"]
    assert "Task `mutag`, accuracy % ↑, 10 folds." in page
    assert ranking.loc[0, "95 %"] == "[78.1, 84.4]"
    assert ranking.loc[0, "− gcn-sum"] == "+1.7*"
    assert ranking.loc[0, "paper"] == "85.56 ± 1.09"
    details = next(frame for frame in pipe_tables(page) if "trials" in frame)
    assert list(details["trials"]) == ["10", "10", "8, 2 missing", "1, 1 failed, 9 missing"]
    assert "diffpool: 1 of 1 trials failed: Timeout. It ranks last" in page
    assert "† gmt: 2 trials missing (mean over 8 folds)" in page
    assert "Not run: asap." in page
    assert "from memory; ± is the standard deviation over repeated runs" in page
    assert "May be best: no other contender is better by Dunnett's test, α = 0.05, paired by fold" in page
    assert "Differences are in points; * after one: p ≤ 0.05 against gcn-sum" in page
    assert "Test CPU, 2 cores" in page
    assert "-t mutag" in page
    assert "Data fingerprint dddddddddddd." in page


def test_markdown_labels_peeking_as_a_diagnostic_and_never_ranks_by_it(board: Board):
    costs = next(frame for frame in pipe_tables(render_markdown(board)) if "NLL" in frame)
    assert list(costs["peeked maximum (diagnostic)"]) == ["90.0", "90.0", "—", "—"]
    assert "never ranked" in render_markdown(board)
    assert "peeked" not in rankings(render_markdown(board))[0].columns.str.cat()


def test_errors_are_written_as_powers_of_ten_and_ratios(board: Board):
    ranking = rankings(render_markdown(board))[1]
    assert list(ranking["mean"]) == ["1.3e-04", "1.8e-03"]
    assert list(ranking["÷ mincut-ae"]) == ["×0.069*", "—"], "the cube root of 2 : 6,000"
    assert "averaged and tested as log10" in render_markdown(board)


@pytest.mark.parametrize("width", [80, 100, 120])
def test_terminal_text_fits_its_width_and_keeps_failures_visible(board: Board, width: int):
    text = render_terminal(board, width)
    assert max(map(len, text.splitlines())) <= width
    assert "diffpool: 1 of 1 trials failed: Timeout" in text
    assert "The papers' figures are from memory" in text
    assert "\x1b" not in text
    lines = [line.split() for line in text.splitlines()]
    assert ["sep-g", "81.5"] in [words[:2] for words in lines]
    assert lines.index(["may", "be", "best"]) < lines.index(["worse"]) < lines.index(["failed"])
    assert lines[lines.index(["failed"]) + 1][:2] == ["diffpool", "failed"]
    header = next(line for line in text.splitlines() if line.startswith("contender"))
    assert "paper" in header, "the paper's figure stays in a narrow terminal"
    assert ("params" in header) == (width > 80), "something less needed goes"


def test_a_board_without_records_says_so(make_store: MakeStore):
    board = build_board(make_store(), "graph", "standard")
    assert "No records of suite graph in profile standard." in render_terminal(board, 80)
    assert "No records yet" in render_markdown(board)
    assert json.loads(render_json(board))["tasks"] == []
    assert len(pd.read_csv(io.StringIO(render_csv(board)))) == 0


def test_one_fold_says_why_there_is_no_interval(make_store: MakeStore):
    board = build_board(make_store(folds_of("mutag", "sep-g", [0.8])), "graph", "standard")
    assert "one fold has no interval and allows no test" in " ".join(notes(board.tables[0]))
    assert "The profile asks for 10 folds; 1 have been run." in " ".join(notes(board.tables[0]))
    written = render_markdown(board) + render_terminal(board, 100) + render_csv(board) + render_latex(board)
    assert not re.search(r"\b(inf|nan)\b", written)


def test_few_units_are_warned_about(make_store: MakeStore, monkeypatch: pytest.MonkeyPatch):
    store = make_store(seeds_of("ring-small", "sep-u", [1e-4, 2e-4, 3e-4], metric="mse", profile="paper"))
    planned = replace(catalog.task("ring-small"), extents={"paper": Extent(seeds=3)})
    monkeypatch.setattr(catalog, "suite_tasks", lambda _: [planned])
    said = " ".join(notes(build_board(store, "graph", "paper").tables[0]))
    assert "With 3 seeds only very large differences can be detected." in said
    assert "One contender only" in said


def test_csv_reads_back_with_full_precision(board: Board):
    frame = pd.read_csv(io.StringIO(render_csv(board)))
    assert len(frame) == 6
    rows = frame.set_index("contender")
    assert rows.loc["sep-g", "mean"] == pytest.approx(0.815, abs=1e-12)
    assert rows.loc["sep-g", "paper"] == 0.8556
    assert rows.loc["sep-g", "minus_reference"] == pytest.approx(0.017, abs=1e-12)
    assert rows.loc["diffpool", ["mean", "low", "p_best"]].isna().all()
    assert (rows.loc["diffpool", "failures"], rows.loc["diffpool", "failed"]) == ("Timeout: 1", 1)
    assert (rows.loc["mincut-ae", "scale"], rows.loc["mincut-ae", "units"]) == ("log10", 3)
    assert rows.loc["mincut-ae", "mean"] == pytest.approx(6e-9 ** (1 / 3))
    assert set(frame["higher_is_better"]) == {True, False}


def test_json_agrees_with_csv_and_holds_the_tests(board: Board):
    content = json.loads(render_json(board))
    frame = pd.read_csv(io.StringIO(render_csv(board)))
    means = [row.get("mean") for task in content["tasks"] for row in task["rows"]]
    assert means == pytest.approx([None if pd.isna(m) else m for m in frame["mean"]])
    mutag = content["tasks"][0]
    better = {"sep-g": ["gmt", "diffpool"], "gcn-sum": ["diffpool"], "gmt": ["diffpool"]}
    assert mutag["better"] == better
    assert [row["group"] for row in mutag["rows"]] == ["may be best", "not separated", "worse", "failed"]
    assert mutag["provenance"]["environments"]["env1"]["cpu"] == "Test CPU"


def test_latex_escapes_what_latex_would_read(board: Board):
    assert escape("50 % of a_b & c# ~^{}\\ <$> 1–2 ±") == (
        r"50 \% of a\_b \& c\# \textasciitilde{}\textasciicircum{}\{\}\textbackslash{} "
        r"\textless{}\$\textgreater{} 1--2 $\pm$"
    )
    text = render_latex(board)
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 2
    assert text.isascii()
    body = text.split(r"\midrule")[1].split(r"\bottomrule")[0].strip().splitlines()
    header = text.split(r"\toprule")[1].split(r"\midrule")[0]
    assert {line.count(" & ") for line in body} == {header.count(" & ")}
    assert not any(line.startswith("[") or r"\\ [" in line or "& [" in line for line in body)


def test_six_tasks_get_a_friedman_test_and_five_say_why_not(make_store: MakeStore):
    tasks = ("rings", "mutag", "ptc", "proteins", "imdb-b", "imdb-m", "nci1")
    names = {"sep-g": 0.9, "gcn-sum": 0.8, "gmt": 0.7}
    records = [
        folds_of(task, name, [base, base + 0.02, base - 0.01], profile="paper")
        for task in tasks
        for name, base in names.items()
    ]
    store = make_store(*records)
    seven = build_board(store, "graph", "paper").standings[0]
    assert dict(seven.mean_ranks) == {"sep-g": 1.0, "gcn-sum": 2.0, "gmt": 3.0}
    assert seven.p == pytest.approx(6.0**-6), "of 3! orders a task, all seven tasks have the same"
    five = build_board(store, "graph", "paper", tasks=tasks[:5]).standings[0]
    assert five.p is None
    assert "5 data sets cannot be significant" in five.why
    assert "0.0625" in five.why


def test_a_contender_that_lacks_a_task_is_left_out_of_the_mean_ranks(make_store: MakeStore):
    store = make_store(
        *(folds_of(task, name, A) for task in ("mutag", "ptc") for name in ("sep-g", "gcn-sum")),
        folds_of("mutag", "gmt", A),
        [make_record("ptc", "gcn-sum", None, fold=0, seed=1, failure="Timeout")],
    )
    (standing,) = build_board(store, "graph", "standard").standings
    assert standing.left_out == ("gmt",)
    # Equal on mutag (1.5 each), and last on ptc for its failure.
    assert dict(standing.mean_ranks) == {"sep-g": 1.25, "gcn-sum": 1.75}


def test_terminal_boards_import_nothing_heavy():
    heavy = ("torch", "pandas", "matplotlib", "scipy.stats", "tabulate", "numba", "networkx")
    modules = "sys, harness.leaderboard, harness.leaderboard.comparison"
    code = f"import {modules}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
