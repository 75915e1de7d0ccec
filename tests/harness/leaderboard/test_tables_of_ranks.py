"""Tasks of one protocol that are ranked together, and tasks that name contenders and reference of their own."""

import json
from dataclasses import replace

import pytest

from harness import catalog
from harness.errors import EmptySelection
from harness.leaderboard import build_board
from harness.leaderboard.comparison import compare
from harness.leaderboard.latex import render_latex
from harness.leaderboard.machine_readable import render_json
from harness.leaderboard.markdown import render_markdown
from harness.tables.values import Board
from harness.task import Suite
from tests.harness.leaderboard.conftest import MakeStore
from tests.harness.leaderboard.synthetic import folds_of

RANKED = {"sep-g": 0.9, "gcn-sum": 0.8, "gcn-mean": 0.7}
POOLS = {"sagpool": 0.6, "topkpool": 0.5, "sep-g": 0.4}


@pytest.fixture
def board(make_store: MakeStore, monkeypatch: pytest.MonkeyPatch) -> Board:
    """Two tasks of the suite's contenders, two in a table of pooling methods."""
    mutag = catalog.task("mutag")
    plain = [replace(mutag, name=name) for name in ("a", "b")]
    pooling = [
        replace(mutag, name=name, contenders=tuple(POOLS), reference="topkpool", table="pooling") for name in "cd"
    ]
    listed = {mutag.protocol: tuple(RANKED)}
    suite = Suite("toy", "a toy", (*plain, *pooling), listed, {mutag.protocol: "gcn-sum"})
    monkeypatch.setattr(catalog, "suites", lambda: {"toy": suite})
    groups = ((plain, RANKED), (pooling, POOLS))
    store = make_store(
        *(
            folds_of(task.name, name, [base, base + 0.03, base - 0.01])
            for tasks, contenders in groups
            for task in tasks
            for name, base in contenders.items()
        ),
        folds_of("c", "gcn-sum", [0.99, 0.98, 0.97]),
    )
    with pytest.raises(EmptySelection, match="'gcn-sum' and 'sagpool' in profile 'standard'; theirs are: none"):
        compare(store, "gcn-sum", "sagpool", "toy", "standard")
    return build_board(store, "toy", "standard")


def test_each_table_has_mean_ranks_of_its_own(board: Board) -> None:
    assert [(one.protocol, one.table, one.tasks) for one in board.standings] == [
        ("graph-classification", "", ("a", "b")),
        ("graph-classification", "pooling", ("c", "d")),
    ]
    assert [list(one.mean_ranks) for one in board.standings] == [list(RANKED), list(POOLS)]
    assert [one.title for one in board.standings] == ["graph-classification", "graph-classification, pooling"]


def test_a_task_ranks_the_contenders_that_it_names_against_its_reference(board: Board) -> None:
    tables = {table.task.name: table for table in board.tables}
    assert [row.contender for row in tables["a"].rows] == list(RANKED)
    assert [row.contender for row in tables["c"].rows] == list(POOLS), "gcn-sum has records there, but no place"
    assert (tables["a"].reference, tables["c"].reference) == ("gcn-sum", "topkpool")
    against = {row.contender: row.to_reference for row in tables["c"].rows}
    assert against["topkpool"] is None
    assert against["sagpool"].difference == pytest.approx(POOLS["sagpool"] - POOLS["topkpool"])


def test_pages_tell_the_tables_apart(board: Board) -> None:
    page = render_markdown(board, {}, ())
    assert "## Mean ranks: graph-classification\n" in page
    assert "## Mean ranks: graph-classification, pooling\n" in page
    latex = render_latex(board)
    assert "tab:toy-graph-classification-ranks" in latex
    assert "tab:toy-graph-classification-pooling-ranks" in latex
    ranks = json.loads(render_json(board, ()))["mean_ranks"]
    assert [(one["protocol"], one["table"]) for one in ranks] == [
        ("graph-classification", ""),
        ("graph-classification", "pooling"),
    ]
