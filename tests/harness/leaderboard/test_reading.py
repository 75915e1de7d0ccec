"""The sentence above a table: who may be best, how many are worse, and the fastest of the best."""

import numpy as np
import pytest

from harness.leaderboard import build_board
from harness.leaderboard.cells import groups
from harness.leaderboard.notes import notes
from harness.leaderboard.reading import best_sentence
from harness.tables.values import TaskTable
from tests.harness.leaderboard.conftest import MakeStore
from tests.harness.leaderboard.synthetic import folds_of, make_record

RNG = np.random.default_rng(3)
NOISE = RNG.normal(0, 0.03, (8, 10))
NAMES = ("sep-g", "gcn-sum", "gmt", "asap", "sagpool", "diffpool", "topkpool")


def mutag(make_store: MakeStore, *parts, **options) -> TaskTable:
    board = build_board(make_store(*parts), "graph", "standard", **options)
    return next(table for table in board.tables if table.task.name == "mutag")


def test_a_sole_winner(make_store: MakeStore):
    table = mutag(
        make_store,
        folds_of("mutag", "sep-g", 0.9 + NOISE[0] / 9),
        folds_of("mutag", "gcn-sum", 0.6 + NOISE[1]),
        folds_of("mutag", "gmt", 0.5 + NOISE[2]),
    )
    assert best_sentence(table) == "May be best: sep-g, of 3 (n = 10 folds); 2 are worse."
    assert groups(table) == ("may be best", "worse", "worse")


def test_the_fastest_of_the_best_set_is_named_not_the_fastest_of_all(make_store: MakeStore):
    table = mutag(
        make_store,
        folds_of("mutag", "sep-g", 0.8 + NOISE[0], fit_seconds=20.0),
        folds_of("mutag", "gcn-sum", 0.8 + NOISE[1], fit_seconds=2.5),
        folds_of("mutag", "size-only", 0.3 + NOISE[2], fit_seconds=0.001),
    )
    assert {row.contender for row in table.best_set} == {"sep-g", "gcn-sum"}
    first, second = (row.contender for row in table.best_set)
    expected = (
        f"May be best: `{first}`, `{second}`, of 3 (n = 10 folds); 1 is worse. Fastest of these: `gcn-sum`, 2.5 s."
    )
    assert best_sentence(table, "`") == expected


def test_many_that_may_be_best_are_counted(make_store: MakeStore):
    table = mutag(make_store, *(folds_of("mutag", name, 0.8 + NOISE[0] + 1e-4 * i) for i, name in enumerate(NAMES)))
    noisy = mutag(make_store, *(folds_of("mutag", n, 0.8 + NOISE[i]) for i, n in enumerate(NAMES)))
    assert len(noisy.best_set) == len(NAMES)
    assert " and 2 more, of 7 (n = 10 folds)." in best_sentence(noisy)
    assert table.rows[0].contender == NAMES[-1], "constant differences order"


def test_one_fold_allows_no_test(make_store: MakeStore):
    table = mutag(make_store, folds_of("mutag", "sep-g", [0.8]), folds_of("mutag", "gcn-sum", [0.7]))
    assert best_sentence(table) == "Best mean: sep-g, of one fold: no test is possible."
    assert groups(table) == ("", "")


def test_failures_only(make_store: MakeStore):
    broken = [[make_record("mutag", name, None, failure="Timeout")] for name in ("sep-g", "gcn-sum")]
    table = mutag(make_store, *broken)
    assert best_sentence(table) == "All contenders failed."
    assert groups(table) == ("failed", "failed")


@pytest.mark.parametrize("difference", [{"jobs": 2}, {"threads": 2}])
def test_times_of_trials_run_alone_and_beside_others_are_not_ranked(make_store: MakeStore, difference):
    alone = folds_of("mutag", "sep-g", 0.8 + NOISE[0], fit_seconds=2.0, jobs=1, threads=1)
    beside = folds_of(
        "mutag", "gcn-sum", 0.8 + NOISE[1], fit_seconds=1.0, **({"jobs": 1, "threads": 1} | difference)
    )
    table = mutag(make_store, alone, beside)
    shown = {row.contender: row.costs.fit_seconds for row in table.rows}
    assert np.isfinite([*shown.values()]).tolist().count(True) == 1, "only times that were measured alike"
    assert "Fastest" not in best_sentence(table)
    assert "Left out of times and memory, as measured otherwise: trials of " in " ".join(notes(table))
    same = mutag(
        make_store, alone, folds_of("mutag", "gcn-sum", 0.8 + NOISE[1], fit_seconds=1.0, jobs=1, threads=1)
    )
    assert "Fastest of these: gcn-sum, 1.0 s." in best_sentence(same)
    assert "measured otherwise" not in " ".join(notes(same))
