"""No printed interval leaves the bounds of its metric: boards of any values, constant ones and those on a bound."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import catalog
from harness.claims import MeanLevel
from harness.claims.judge import judge_suite
from harness.leaderboard import build_board, render_terminal
from harness.leaderboard.latex import render_latex
from harness.leaderboard.machine_readable import render_csv
from harness.leaderboard.markdown import render_markdown
from harness.leaderboard.marked_block import render_block
from harness.store import RunStore
from harness.tables.values import Board
from harness.task import Suite
from harness.trial import Record
from tests.harness.leaderboard.synthetic import ENVIRONMENT, folds_of, seeds_of

SHARE = st.sampled_from([0.0, 1.0, 0.5, 1e-9, 1 - 1e-9]) | st.floats(0, 1)
ERROR = st.sampled_from([0.0, 1.0, 1e-300, 1e300]) | st.floats(0, 1e6)
NAMES = ("sep-g", "gcn-sum", "gmt")
BRACKETS = re.compile(r"\[(\S+), (\S+)\]")


def tables(values: st.SearchStrategy[float]) -> st.SearchStrategy[list[list[float]]]:
    """Three contenders with the same number of units, 2 to 6; some constant."""
    return st.integers(2, 6).flatmap(
        lambda n: st.lists(
            st.lists(values, min_size=n, max_size=n) | values.map(lambda value: [value] * n), min_size=3, max_size=3
        )
    )


def texts_of(board: Board) -> list[str]:
    blocks = [render_block(board, rankings=rankings) for rankings in (True, False)]
    return [render_markdown(board), render_terminal(board, 120), *blocks, render_latex(board)]


def ends_of(text: str) -> list[float]:
    return [float(end.replace("−", "-")) for pair in BRACKETS.findall(text) for end in pair]


def boards_of(records: Sequence[Record], suite: str, *, claims: bool = False, profile: str = "standard"):
    """Return the board of these records, and the verdicts on the suite's claims if they are wanted."""
    with TemporaryDirectory() as folder, RunStore.open(Path(folder) / "runs.sqlite") as store:
        with store.transaction():
            store.put_environment("env1", ENVIRONMENT)
            for record in records:
                store.add(record)
        return build_board(store, suite, profile), judge_suite(store, suite, profile) if claims else ()


@settings(max_examples=15, deadline=None)
@given(tables(SHARE), st.sampled_from(["mutag", "cora"]))
def test_accuracies_stay_within_0_and_100_percent(table: list[list[float]], task: str):
    make = folds_of if catalog.task(task).over_folds else seeds_of
    names = NAMES if task == "mutag" else ("sep-n", "gcn", "gat")
    board, verdicts = boards_of(
        [r for n, own in zip(names, table, strict=True) for r in make(task, n, own)], "graph", claims=True
    )
    for text in texts_of(board):
        ends = ends_of(text)
        assert ends
        assert all(0 <= end <= 100 for end in ends)
    for line in csv.DictReader(io.StringIO(render_csv(board))):
        low, mean, high = (float(line[name]) for name in ("low", "mean", "high"))
        assert 0 <= low <= mean + 1e-12 <= high + 2e-12 <= 1 + 2e-12
        assert high <= 1
    for verdict in verdicts:
        if isinstance(verdict.claim.quantities[0], MeanLevel) and verdict.bounds:
            low, high = (float(end.removesuffix(" %").replace("−", "-")) for end in verdict.bounds.split("…"))
            assert 0 <= low <= high <= 100


@settings(max_examples=15, deadline=None)
@given(tables(ERROR))
def test_errors_are_never_negative(table: list[list[float]]):
    records = [
        r
        for n, own in zip(("sep-u", "mincut-ae", "topk-ae"), table, strict=True)
        for r in seeds_of("ring", n, own, metric="mse")
    ]
    board, _ = boards_of(records, "graph")
    for text in texts_of(board):
        assert all(end >= 0 for end in ends_of(text))
    for line in csv.DictReader(io.StringIO(render_csv(board))):
        assert 0 <= float(line["low"]) <= float(line["high"])


@pytest.fixture(scope="module")
def ranked_by_loss():
    """A suite with a task that is ranked by a metric on a plain scale, with 0 as its lower bound."""
    task = replace(catalog.task("cora"), name="cora-nll", metric="nll")
    suite = Suite("toy-loss", "toy", (task,), {task.protocol: ("sep-n", "gcn", "gat")}, {task.protocol: "gcn"})
    suites, tasks = dict(catalog.suites()) | {suite.name: suite}, dict(catalog.tasks()) | {task.name: task}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "suites", lambda: suites)
        patch.setattr(catalog, "tasks", lambda: tasks)
        yield suite.name


@settings(max_examples=10, deadline=None)
@given(table=tables(st.sampled_from([0.0, 1e-12, 3.0]) | st.floats(0, 100)))
def test_losses_on_a_plain_scale_are_never_negative(ranked_by_loss: str, table: list[list[float]]):
    records = [
        r
        for n, own in zip(("sep-n", "gcn", "gat"), table, strict=True)
        for r in seeds_of("cora-nll", n, own, metric="nll")
    ]
    board, _ = boards_of(records, ranked_by_loss)
    for text in texts_of(board):
        assert all(end >= 0 for end in ends_of(text))
    for line in csv.DictReader(io.StringIO(render_csv(board))):
        assert 0 <= float(line["low"]) <= float(line["high"])
