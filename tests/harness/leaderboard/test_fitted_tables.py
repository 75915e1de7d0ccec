"""Tables within a width: group rows, columns that give way, and names of metrics that are names of columns."""

import re
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.leaderboard import build_board, render_terminal
from harness.leaderboard.cells import detail_columns, diagnostic_columns, ranking_columns
from harness.leaderboard.fitted import NEEDED, page_ranking, terminal_ranking
from harness.leaderboard.markdown import render_markdown
from harness.leaderboard.marked_block import render_block
from harness.tables.columns import TEXT, Column, fitting, split, text_grid, with_headings
from harness.tables.markdown import PAGE, PIPES, grid, grids
from harness.tables.values import Board
from tests.harness.leaderboard.conftest import MakeStore
from tests.harness.leaderboard.synthetic import folds_of, make_record

NOISE = np.random.default_rng(1).normal(0, 0.02, (5, 10))
TAKEN = ("contender", "group", "mean", "interval", "to_reference", "paper", "fit", "memory", "parameters", "rank")


def board_of(make_store: MakeStore, metrics: Mapping[str, float]) -> Board:
    store = make_store(
        folds_of("mutag", "sep-g", 0.9 + NOISE[0], metrics=metrics, fit_seconds=125.0, peak_bytes=1 << 34),
        folds_of("mutag", "gcn-sum", 0.89 + NOISE[1], metrics=metrics),
        folds_of("mutag", "sep-g-random-tree", 0.5 + NOISE[2], metrics=metrics),
        [make_record("mutag", "diffpool", None, failure="Timeout")],
    )
    return build_board(store, "graph", "standard")


def test_names_of_metrics_replace_no_column(make_store: MakeStore):
    hostile = dict.fromkeys(TAKEN, 12345.0)
    plain, named = (board_of(make_store, metrics).tables[0] for metrics in ({}, hostile))
    assert ranking_columns(named) == ranking_columns(plain)
    assert page_ranking(named) == page_ranking(plain)
    assert detail_columns(named) == detail_columns(plain)
    for width in (80, 120):
        assert terminal_ranking(named, width) == terminal_ranking(plain, width)
    others = diagnostic_columns(named)
    assert {column.header for column in others[1:]} == set(TAKEN)
    assert not {column.name for column in others[1:]} & set(TAKEN)


def test_groups_are_rows_that_head_their_contenders(make_store: MakeStore):
    table = board_of(make_store, {}).tables[0]
    shown, _ = page_ranking(table)
    assert shown[0].cells == (
        *("*may be best*", "sep-g", "gcn-sum", "*worse*", "sep-g-random-tree", "*failed*", "diffpool"),
    )
    assert shown[1].cells[0] == shown[1].cells[3] == shown[1].cells[5] == ""
    assert len({len(column.cells) for column in shown}) == 1
    in_terminal = terminal_ranking(table, 120)[0].cells
    assert in_terminal[:3] == ("may be best", "  sep-g", "  gcn-sum")


def test_in_80_columns_the_papers_figure_stays_and_less_needed_columns_go(make_store: MakeStore):
    table = board_of(make_store, {}).tables[0]
    narrow, wide = ([column.name for column in terminal_ranking(table, width)] for width in (80, 120))
    assert "paper" in narrow
    assert {"contender", "mean", "interval", "to_reference"} < set(narrow)
    assert "parameters" not in narrow
    assert set(wide) == set(NEEDED)


def test_every_table_of_a_page_fits(sparse_and_robust: Board, make_store: MakeStore):
    for board in (sparse_and_robust, board_of(make_store, {f"metric_of_some_length_{i}": 1.0 for i in range(9)})):
        pages = render_markdown(board), *(render_block(board, rankings=rankings) for rankings in (True, False))
        for page in pages:
            lines = [line for line in page.splitlines() if line.startswith("|")]
            assert lines
            assert max(map(len, lines)) <= PAGE
        for width in (80, 100, 120):
            assert max(map(len, render_terminal(board, width).splitlines())) <= width


def test_columns_without_room_are_in_the_details(make_store: MakeStore):
    board = board_of(make_store, {})
    shown, left_out = page_ranking(board.tables[0])
    assert {column.name for column in (*shown, *left_out)} == set(NEEDED)
    page = render_markdown(board)
    assert all(cell in page for column in left_out for cell in column.cells)


CELLS = st.text("ab|<", min_size=0, max_size=30)


@st.composite
def columns(draw: st.DrawFn) -> list[Column]:
    rows = draw(st.integers(1, 4))
    cells = st.lists(CELLS, min_size=rows, max_size=rows).map(tuple)
    names = draw(st.lists(st.text("cdef", min_size=1, max_size=9), min_size=2, max_size=8, unique=True))
    return [Column(name, name, draw(st.sampled_from(["left", "right"])), draw(cells)) for name in names]


@given(columns(), st.integers(20, 120))
def test_fitting_keeps_order_and_drops_the_least_needed(given_columns: list[Column], width: int):
    needed = [column.name for column in reversed(given_columns)]
    shown, left_out = fitting(given_columns, width, TEXT, needed)
    assert sorted((*shown, *left_out), key=given_columns.index) == given_columns
    assert [c for c in given_columns if c in shown] == shown
    assert {c.name for c in shown} == set(needed[: len(shown)])
    assert len(shown) == 2 or TEXT.width(shown) <= width
    if left_out:
        smallest = next(c for c in given_columns if c.name == needed[len(shown)])
        assert TEXT.width([*shown, smallest]) > width


@given(columns(), st.integers(20, 120))
def test_parts_hold_each_column_once_after_the_first(given_columns: list[Column], width: int):
    first, *others = given_columns
    parts = split(given_columns, width, PIPES)
    assert all(part[0] == first for part in parts)
    assert [column for part in parts for column in part[1:]] == others
    assert all(len(part) <= 2 or PIPES.width(part) <= width for part in parts)


@given(columns())
def test_rules_count_what_is_written(given_columns: list[Column]):
    rows = [[c.header for c in given_columns], *zip(*(c.cells for c in given_columns), strict=True)]
    assert max(map(len, text_grid(rows, left=range(len(given_columns))))) <= TEXT.width(given_columns)
    plain = [
        Column(c.name, c.header + "xxx", c.align, tuple(re.sub(r"[|<]", "x", t) for t in c.cells))
        for c in given_columns
    ]
    assert {len(line) for line in grid(plain).splitlines()} == {PIPES.width(plain)}


@given(columns())
def test_cells_of_markdown_read_back(given_columns: list[Column]):
    header, _, *rows = (re.split(r"(?<!\\)\|", line)[1:-1] for line in grid(given_columns).splitlines())
    assert [cell.strip() for cell in header] == [column.header for column in given_columns]
    read = [[cell.strip().replace("\\|", "|").replace("&lt;", "<") for cell in row] for row in rows]
    assert read == [list(row) for row in zip(*(c.cells for c in given_columns), strict=True)]


@given(columns(), st.data())
def test_headings_come_before_their_rows(given_columns: list[Column], data: st.DataObject):
    rows = len(given_columns[0].cells)
    headings = data.draw(st.lists(st.sampled_from(["", "H"]), min_size=rows, max_size=rows))
    found = with_headings(given_columns, headings, " ")
    kept = [i for i, cell in enumerate(found[0].cells) if cell != "H"]
    assert len(found[0].cells) == rows + headings.count("H")
    for i, (before, after) in enumerate(zip(given_columns, found, strict=True)):
        indent = " " if i == 0 and any(headings) else ""
        assert tuple(after.cells[k] for k in kept) == tuple(indent + cell for cell in before.cells)


@pytest.mark.parametrize(
    ("text", "written"), [("<0.001", "<0.001"), ("<script>", "&lt;script>"), ("</p>", "&lt;/p>")]
)
def test_only_what_begins_a_tag_is_escaped(text: str, written: str):
    assert written in grids([Column("a", "a", "left", (text,))])
