"""Tables of related metrics: cells computed by hand, who is left out, notes, and all formats of the same board."""

import csv
import io
import json
import math
import re
from dataclasses import replace

import pytest

from harness.leaderboard import build_board, render_terminal
from harness.leaderboard.cells import detail_columns, diagnostic_columns
from harness.leaderboard.flags import LONGEST, model_flags
from harness.leaderboard.machine_readable import render_csv, render_json
from harness.leaderboard.markdown import render_markdown
from harness.leaderboard.notes import flag_notes, notes
from harness.tables.related import RelatedTable, related_tables
from harness.tables.values import Board, TaskTable
from harness.trial import Record
from tests.harness.leaderboard.conftest import MakeStore
from tests.harness.leaderboard.synthetic import folds_of, make_record, seeds_of


def table_of(board: Board, task: str) -> TaskTable:
    return next(table for table in board.tables if table.task.name == task)


def related_of(table: TaskTable, group: str) -> RelatedTable:
    return next(one for one in related_tables(table) if one.group == group)


def cells(related: RelatedTable) -> dict[str, list[str]]:
    """Contender -> its cells."""
    rows = zip(*(column.cells for column in related.columns), strict=True)
    return {name: list(rest) for name, *rest in rows}


def headers(related: RelatedTable) -> list[str]:
    return [column.header for column in related.columns[1:]]


LEVELS = {"accuracy_at_26": 0.95, "density_at_26": 0.2621, "accuracy_at_7": 0.90, "density_at_7": 0.0687}


TICKETS = "tickets-mnist-mlp"


def tickets_of(contender: str, values: list[float]) -> list[Record]:
    """Records of a task of pruning, one a seed, each with the same levels."""
    return seeds_of(TICKETS, contender, values, metrics=LEVELS)


@pytest.fixture
def tickets(make_store: MakeStore) -> TaskTable:
    """A task of seeds on which one contender has levels, one has none, and one failed."""
    levels = [
        make_record(TICKETS, "imp", 0.9, seed=s, metrics=LEVELS | {"accuracy_at_26": 0.95 + 0.01 * s})
        for s in range(3)
    ]
    broken = [make_record(TICKETS, "snip", None, seed=s, failure="Timeout", metrics=LEVELS) for s in range(3)]
    board = build_board(make_store(levels, seeds_of(TICKETS, "refill", [0.8] * 3), broken), "sparse", "standard")
    return table_of(board, TICKETS)


def test_levels_show_accuracy_and_what_was_kept(tickets: TaskTable):
    related = related_of(tickets, "levels")
    assert headers(related) == ["≈ 26 % kept", "≈ 7 % kept"]
    assert cells(related) == {"imp": ["96.0 ± 1.0 (26.2)", "90.0 ± 0.0 (6.9)"]}
    assert "No such measurement: refill." in related.notes
    assert "Mean ± standard deviation over 3 seeds, untested." in related.notes


def test_replications_are_named_and_get_plain_intervals(make_store: MakeStore):
    store = make_store(*(folds_of("attacks-digits", c, [0.8, 0.7, 0.9]) for c in ("sbsc", "undefended")))
    board = build_board(store, "robust", "standard", tasks=["attacks-digits"])
    table = table_of(board, "attacks-digits")
    assert "sd replications" in [column.header for column in detail_columns(table)]
    said = " ".join(notes(table))
    assert "Means over 3 replications with their 95 % t interval." in said
    assert "the training part is the same in all" in said
    assert "Dunnett's test, α = 0.05, paired by replication" in said
    (row, _) = table.rows
    assert row.estimate is not None
    logit, growth = math.log(0.8 / 0.2), 0.2484 / (0.8 * 0.2)  # half-width of the plain t interval: 0.2484
    ends = [1 / (1 + math.exp(-(logit + sign * growth))) for sign in (-1, 1)]
    assert (row.estimate.low, row.estimate.high) == pytest.approx(ends, abs=1e-4)


def test_seeds_are_averaged_within_folds_before_the_spread_is_taken(make_store: MakeStore):
    values = {(0, 0): 1.0, (0, 1): 3.0, (1, 0): 4.0, (1, 1): 8.0}
    records = [
        make_record("mutag", "sep-g", 0.8, fold=fold, seed=seed, metrics={"nll": value})
        for (fold, seed), value in values.items()
    ]
    row = table_of(build_board(make_store(records), "graph", "standard"), "mutag").rows[0]
    measure = row.measures["nll"]
    assert (measure.mean, measure.n) == (4.0, 2)
    assert measure.std == pytest.approx(math.sqrt(8))  # of the folds' means 2 and 6


def test_one_unit_has_no_spread(make_store: MakeStore):
    board = build_board(make_store(tickets_of("imp", [0.8])), "sparse", "standard")
    related = related_of(table_of(board, TICKETS), "levels")
    assert cells(related)["imp"] == ["95.0 (26.2)", "90.0 (6.9)"]
    assert related.notes[0] == "Means over 1 seed, untested."


def test_a_contender_with_missing_trials_is_marked(make_store: MakeStore):
    store = make_store(tickets_of("imp", [0.8, 0.9, 0.7]), tickets_of("refill", [0.8, 0.9]))
    related = related_of(table_of(build_board(store, "sparse", "standard"), TICKETS), "levels")
    assert set(cells(related)) == {"imp", "refill†"}


def test_the_metrics_of_one_protocol_are_plain_numbers_under_another(make_store: MakeStore):
    records = folds_of("mutag", "sep-g", [0.8, 0.9], metrics=LEVELS)
    table = table_of(build_board(make_store(records), "graph", "standard"), "mutag")
    assert not related_tables(table)
    shown = {column.header: column.cells for column in diagnostic_columns(table)}
    assert shown["accuracy_at_26"] == ("0.950",)


def test_confusions_are_compact(sparse_and_robust: Board):
    related = related_of(table_of(sparse_and_robust, "toy-attacks"), "confusion")
    assert headers(related) == ["l1 as l1 / l2 / l∞", "l2 as l1 / l2 / l∞", "l∞ as l1 / l2 / l∞"]
    assert cells(related)["toy-block-sparse"] == ["60 / 35 / 5", "40 / 50 / 10", "2 / 6 / 92"]


def test_every_toy_task_has_its_tables_in_order(sparse_and_robust: Board):
    groups = {table.task.name: [one.group for one in related_tables(table)] for table in sparse_and_robust.tables}
    assert groups == {
        "toy-tickets": ["levels", "level times", "blocks"],
        "toy-gradients": ["traffic", "links"],
        "toy-attacks": ["conditions", "held out", "white box", "families", "confusion", "signals"],
    }


def test_what_has_a_table_is_no_diagnostic(sparse_and_robust: Board):
    others = [[column.header for column in diagnostic_columns(table)] for table in sparse_and_robust.tables]
    assert others == [["contender", "NLL"], ["contender", "NLL"], ["contender"]], (
        "all metrics of attacks have tables"
    )


def test_boards_without_such_metrics_have_no_such_tables(make_store: MakeStore):
    records = folds_of("mutag", "sep-g", [0.8, 0.9], metrics={"nll": 0.5, "test_peek_max": 0.9})
    board = build_board(make_store(records), "graph", "standard")
    assert not related_tables(table_of(board, "mutag"))
    content = json.loads(render_json(board))
    assert not {"related_metrics", "flags"} & {key for task in content["tasks"] for key in task}
    assert not [key for key in content["tasks"][0]["rows"][0] if key.startswith("sd.")]


def test_flags_are_notes_with_the_number_of_trials(sparse_and_robust: Board):
    expected = "toy-regroup: layer conv2: no block found, dense (2 of 3 trials)."
    table = table_of(sparse_and_robust, "toy-tickets")
    assert flag_notes(table) == [expected]
    assert expected in notes(table)
    assert expected in render_markdown(sparse_and_robust)
    assert expected in render_terminal(sparse_and_robust, 120)
    row = next(line for line in csv.DictReader(io.StringIO(render_csv(sparse_and_robust))) if line["flags"])
    assert (row["contender"], row["flags"]) == ("toy-regroup", "layer conv2: no block found, dense: 2")


def test_contenders_that_tell_the_same_share_a_note(make_store: MakeStore):
    records = [*seeds_of("karate", "gcn", [0.8, 0.9]), *seeds_of("karate", "gat", [0.8, 0.9])]
    told = [replace(r, facts={"model": {"flags": ["not simulated.", "not simulated."]}}) for r in records]
    table = table_of(build_board(make_store(told), "graph", "standard"), "karate")
    assert flag_notes(table) == ["gcn, gat: not simulated (2 of 2 trials)."]


def test_flags_of_superseded_records_do_not_count(make_store: MakeStore):
    old, new = (
        replace(make_record("karate", "gcn", 0.8, code=code, created=f"2026-01-0{day}T00:00:00.000+00:00"),
                facts={"model": {"flags": [code]}})
        for code, day in (("old", 1), ("new", 2))
    )  # fmt: skip
    table = table_of(build_board(make_store([old, new]), "graph", "standard"), "karate")
    assert dict(table.rows[0].flags) == {"new": 1}


@pytest.mark.parametrize(
    "facts", [{}, {"model": None}, {"model": {"flags": "text"}}, {"model": {"flags": [1, None]}}, {"model": [1]}]
)
def test_facts_without_texts_have_no_flags(facts: dict[str, object]):
    assert model_flags(facts) == []


def test_hostile_flags_stay_text(make_store: MakeStore):
    hostile = "\x1b[31m red \n# heading <script>alert(1)</script> [link](x) | cell"
    record = replace(make_record("karate", "gcn", 0.8), facts={"model": {"flags": [hostile, "", " "]}})
    board = build_board(make_store([record]), "graph", "standard")
    assert len(flag_notes(table_of(board, "karate"))) == 1
    assert "\x1b" not in render_terminal(board)
    page = render_markdown(board)
    assert "<script" not in page
    assert "\n# heading" not in page
    assert "[link](x)" not in page


def test_a_long_flag_is_cut():
    assert model_flags({"model": {"flags": ["x" * 9999]}}) == ["x" * LONGEST]


def test_markdown_has_all_cells(sparse_and_robust: Board):
    page = render_markdown(sparse_and_robust)
    for table in sparse_and_robust.tables:
        for related in related_tables(table):
            assert f"**{related.title}**" in page
            assert all(note in page for note in related.notes)
            for column in related.columns:
                assert all(cell in page for cell in column.cells)


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_terminal_shows_all_columns_within_its_width(sparse_and_robust: Board, width: int):
    text = render_terminal(sparse_and_robust, width)
    assert max(map(len, text.splitlines())) <= width
    for table in sparse_and_robust.tables:
        for related in related_tables(table):
            for column in related.columns:
                assert re.sub(r"\s+", " ", column.header) in re.sub(r"\s+", " ", text)
                assert all(cell in text for cell in column.cells)


def test_json_and_csv_hold_means_and_deviations_by_metric(sparse_and_robust: Board):
    content = json.loads(render_json(sparse_and_robust))
    task = next(task for task in content["tasks"] if task["task"] == "toy-gradients")
    names = [name for one in task["related_metrics"] for name in one["metrics"]]
    assert names[:2] == ["bytes_per_step", "loopback_bytes_per_step"]
    (row,) = (row for row in task["rows"] if row["contender"] == "toy-hash")
    table = table_of(sparse_and_robust, "toy-gradients")
    (shown,) = (own for own in table.rows if own.contender == "toy-hash")
    for name in names:
        assert row[f"diagnostic.{name}"] == shown.measures[name].mean
        assert row[f"sd.{name}"] == shown.measures[name].std
    lines = list(csv.DictReader(io.StringIO(render_csv(sparse_and_robust))))
    (line,) = (line for line in lines if line["contender"] == "toy-hash")
    assert float(line["sd.step_ms"]) == shown.measures["step_ms"].std
    assert line["sd.accuracy_l1"] == ""
