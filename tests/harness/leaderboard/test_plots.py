"""Figures of boards: what is drawn of a table, words that fit it, the contenders and runs that are chosen."""

import io

import numpy as np
from PIL import Image

from harness.leaderboard import build_board
from harness.plots.boards import board_figures
from harness.plots.drawing import Drawn, png
from harness.plots.prepare.learning_curves import chosen, curve_chart, stacked
from harness.plots.prepare.mean_ranks import rank_chart
from harness.plots.prepare.task_intervals import interval_chart
from harness.plots.prepare.tradeoff import pareto_front, tradeoff_chart
from harness.plots.sheet import DPI, PICTURE
from harness.store.current import current_records
from harness.tables.values import TaskTable
from tests.harness.leaderboard.conftest import MakeStore
from tests.harness.leaderboard.synthetic import folds_of, make_record
from tests.harness.leaderboard.test_board import A, B

WIDTH = round((PICTURE.width + 2 * PICTURE.margin) * DPI / 72)


def image_of(drawn: Drawn) -> Image.Image:
    image = Image.open(io.BytesIO(drawn.png))
    image.load()
    return image


def table_of(make_store: MakeStore, *parts, task: str = "mutag") -> TaskTable:
    return next(t for t in build_board(make_store(*parts), "graph", "standard").tables if t.task.name == task)


def test_interval_figure_is_a_small_png_of_the_set_width_without_dates(make_store: MakeStore):
    table = table_of(make_store, folds_of("mutag", "sep-g", A), folds_of("mutag", "gcn-sum", B))
    drawn = png(interval_chart(table))
    image = image_of(drawn)
    assert (image.format, image.width) == ("PNG", WIDTH)
    assert len(drawn.png) < 150_000
    assert len(image.convert("RGB").getcolors(1 << 20)) > 8, "it is not blank"
    assert not {"Software", "Creation Time", "date"} & set(image.info)
    assert drawn.alt.startswith("MUTAG molecules: sep-g has the best mean, and no other may be best")
    assert "sep-g 81.5 %, gcn-sum 79.8 %" in drawn.alt


def test_more_rows_make_a_taller_figure(make_store: MakeStore):
    two = table_of(make_store, folds_of("mutag", "sep-g", A), folds_of("mutag", "gcn-sum", B))
    names = ("sep-g", "gcn-sum", "gmt", "asap", "sagpool", "diffpool")
    six = table_of(make_store, *(folds_of("mutag", name, A) for name in names))
    assert image_of(png(interval_chart(six))).height > image_of(png(interval_chart(two))).height
    assert "5 others may be best, too" in interval_chart(six).alt


def test_failures_and_single_folds_are_drawn_and_said(make_store: MakeStore):
    parts = [[make_record("mutag", "gmt", None, failure="Timeout")], folds_of("mutag", "sep-g", [0.8])]
    drawn = png(interval_chart(table_of(make_store, *parts)))
    assert "no test is possible" in drawn.alt
    assert image_of(drawn).width == WIDTH
    assert tradeoff_chart(table_of(make_store, *parts)) is None, "one point is no trade-off"


def test_a_task_on_which_all_failed_has_no_figure(make_store: MakeStore):
    table = table_of(make_store, [make_record("mutag", "gmt", None, failure="Timeout")])
    assert interval_chart(table) is None
    assert tradeoff_chart(table) is None


def test_the_pareto_front_is_those_that_nobody_beats_in_both(make_store: MakeStore):
    given_points = {
        "sep-g": (0.9, 30),
        "gcn-sum": (0.8, 10),
        "gmt": (0.85, 40),
        "size-only": (0.6, 1),
        "asap": (0.8, 11),
    }
    parts = [folds_of("mutag", n, [v] * 3, fit_seconds=float(t)) for n, (v, t) in given_points.items()]
    table = table_of(make_store, *parts)
    assert [r.contender for r in pareto_front(table.rows, True)] == ["size-only", "gcn-sum", "sep-g"]
    assert [r.contender for r in pareto_front(table.rows, False)] == ["size-only"]
    drawn = png(tradeoff_chart(table))
    assert "no contender is both faster and better than size-only or gcn-sum or sep-g" in drawn.alt
    assert image_of(drawn).width == WIDTH


def test_rank_diagram_says_that_few_tasks_separate_nobody(make_store: MakeStore):
    store = make_store(*(folds_of(t, n, v) for t in ("mutag", "ptc") for n, v in (("sep-g", A), ("gcn-sum", B))))
    (standing,) = build_board(store, "graph", "standard").standings
    drawn = png(rank_chart(standing))
    assert drawn.name == "graph-classification-ranks"
    assert "separate no contenders, and over fewer than 6 tasks never can" in drawn.alt
    assert "sep-g 1.0, gcn-sum 2.0" in drawn.alt
    assert image_of(drawn).width == WIDTH


def curve(values, configuration: int = 0) -> list[dict[str, float]]:
    return [{"configuration": configuration, "step": s, "valid_loss": v} for s, v in enumerate(values)]


def test_learning_curves_average_the_chosen_configuration_over_runs(make_store: MakeStore):
    records = [
        make_record("mutag", "sep-g", 0.8, fold=0, curve=[*curve([9.0, 8.0], 0), *curve([1.0, 0.5], 1)]),
        make_record("mutag", "sep-g", 0.8, fold=1, curve=curve([3.0, 1.5])),
        make_record("mutag", "sep-g", 0.8, fold=2),
    ]
    steps, runs = stacked(records, "valid_loss")
    assert steps.tolist() == [0, 1]
    assert runs.tolist() == [[1.0, 0.5], [3.0, 1.5]]
    store = make_store(records)
    table = build_board(store, "graph", "standard").tables[0]
    drawn = png(curve_chart(table, current_records(store, "mutag", "standard", chosen(table))))
    assert "sep-g: lowest mean 1 at epoch 1" in drawn.alt
    assert image_of(drawn).width == WIDTH


def test_a_mean_curve_ends_where_most_runs_have_stopped():
    lengths = (10, 10, 4, 4, 4)
    records = [make_record("mutag", "sep-g", 0.8, fold=i, curve=curve(np.ones(n))) for i, n in enumerate(lengths)]
    steps, runs = stacked(records, "valid_loss")
    assert steps.tolist() == [0, 1, 2, 3]
    assert not np.isnan(runs).any()


def test_no_curve_no_figure(make_store: MakeStore):
    store = make_store(folds_of("mutag", "sep-g", A))
    table = build_board(store, "graph", "standard").tables[0]
    assert curve_chart(table, current_records(store, "mutag", "standard", chosen(table))) is None
    assert [figure.name for _, figure in board_figures(build_board(store, "graph", "standard"), store)] == [
        "mutag-intervals"
    ]


def test_few_contenders_are_chosen_with_the_reference_and_the_methods_among_them(make_store: MakeStore):
    names = ("gmt", "asap", "diffpool", "sagpool", "topkpool", "mincutpool", "gcn-mean", "gcn-sum", "sep-g")
    parts = [folds_of("mutag", n, [0.9 - 0.05 * i] * 3) for i, n in enumerate(names)]
    picked = chosen(table_of(make_store, *parts))
    assert len(picked) == 6
    assert picked == [*names[:4], "gcn-sum", "sep-g"]
