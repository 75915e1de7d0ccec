"""Figures of related metrics: what charts hold, words that fit it, names that cover nothing, the same bytes."""

import io
import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from harness.plots.drawing import png
from harness.plots.lines import spread
from harness.plots.related import related_charts
from harness.plots.sheet import DPI, PICTURE
from harness.plots.style import DASHES, SERIES, look, numbered
from harness.protocols.attacks.charts import condition_chart, confusion_chart
from harness.protocols.gradients.charts import link_chart, step_chart
from harness.protocols.pruning.charts import density_chart, time_chart
from harness.tables.values import Board, Measure, TaskTable
from tests.harness.leaderboard.test_related import table_of


@pytest.fixture
def tickets(sparse_and_robust: Board) -> TaskTable:
    return table_of(sparse_and_robust, "toy-tickets")


@pytest.fixture
def gradients(sparse_and_robust: Board) -> TaskTable:
    return table_of(sparse_and_robust, "toy-gradients")


@pytest.fixture
def attacks(sparse_and_robust: Board) -> TaskTable:
    return table_of(sparse_and_robust, "toy-attacks")


def test_accuracy_by_density_has_a_line_a_contender_and_the_dense_one_as_a_rule(tickets: TaskTable):
    chart = density_chart(tickets)
    assert [label for label, _ in chart.rules] == ["toy-dense"]
    assert {one.label for one in chart.series} == {row.contender for row in tickets.rows} - {"toy-dense"}
    for one in chart.series:
        (row,) = (row for row in tickets.rows if row.contender == one.label)
        assert [spot.x for spot in one.spots] == sorted((spot.x for spot in one.spots), reverse=True)
        assert one.spots[0].y == pytest.approx(100 * row.measures["accuracy_at_51"].mean)
        assert one.spots[0].std == pytest.approx(100 * row.measures["accuracy_at_51"].std)
        assert one.spots[-1].x == pytest.approx(100 * row.measures["density_at_7"].mean)
    assert "with about 7 % kept, toy-imp has the best mean" in chart.title


def test_accuracy_by_time_names_the_best_of_the_faster(tickets: TaskTable):
    chart = time_chart(tickets)
    faster = [(spot.y, one.label) for one in chart.series for spot in one.spots if spot.x < 1]
    assert f"{max(faster)[1]} has the best mean" in chart.title
    assert chart.upright == 1.0
    assert "toy-dense" not in [one.label for one in chart.series]


def test_where_nobody_is_faster_the_title_says_so(tickets: TaskTable):
    slow = Measure(2.0, 0.1, 3)
    rows = tuple(
        replace(row, measures={n: slow if n.startswith("time_ratio") else m for n, m in row.measures.items()})
        for row in tickets.rows
    )
    assert "no contender is faster" in time_chart(replace(tickets, rows=rows)).title


def test_without_measured_times_there_is_no_such_figure(tickets: TaskTable):
    rows = tuple(
        replace(row, measures={n: m for n, m in row.measures.items() if not n.startswith("time_ratio")})
        for row in tickets.rows
    )
    assert time_chart(replace(tickets, rows=rows)) is None


def test_conditions_are_dots_and_absent_ones_are_left_out(attacks: TaskTable):
    chart = condition_chart(attacks)
    assert chart.conditions == ("clean", "l1", "l2", "l∞", "held-out radii", "other network")
    undefended = chart.values[chart.rows.index("toy-undefended")]
    assert math.isnan(undefended[-1])
    assert not any(map(math.isnan, undefended[:-1]))
    assert "toy-block-sparse has the best worst case, a mean of 80.0 % (l∞)" in chart.title  # of what all have
    assert "nan" not in chart.alt


def test_confusions_are_of_those_that_tell_attacks(attacks: TaskTable):
    chart = confusion_chart(attacks)
    assert set(chart.names) == {"toy-block-sparse", "toy-norm-ratio"}
    assert chart.labels == ("l1", "l2", "l∞")
    assert [round(share) for share in chart.matrices[0][0]] == [60, 35, 5]
    assert "l1 as l1 60, l2 35, l∞ 5" in chart.alt


def test_parts_of_a_step_add_up(gradients: TaskTable):
    chart = step_chart(gradients)
    assert chart.parts == ("compute", "encode", "communicate", "decode")
    for name, own in zip(chart.rows, chart.values, strict=True):
        (row,) = (row for row in gradients.rows if row.contender == name)
        assert sum(own) == pytest.approx(row.measures["step_ms"].mean)


def test_what_no_part_accounts_for_is_a_part_of_its_own(gradients: TaskTable):
    rows = tuple(
        replace(row, measures={**row.measures, "step_ms": Measure(50.0, 0.1, 3)}) for row in gradients.rows
    )
    chart = step_chart(replace(gradients, rows=rows))
    assert chart.parts[-1] == "other"
    assert all(sum(own) == pytest.approx(50) for own in chart.values)
    assert set(chart.totals) == {"50.0"}


def test_break_even_is_marked_where_a_line_meets_the_dense_one(gradients: TaskTable):
    chart = link_chart(gradients)
    marks = {one.label: one.mark for one in chart.series}
    assert marks["toy-sgd-dense"] is None
    for one in chart.series:
        if one.mark is not None:
            (row,) = (row for row in gradients.rows if row.contender == one.label)
            assert one.mark.x == row.measures["break_even_gbit"].mean
            around = [spot.y for spot in one.spots]
            assert min(around) <= one.mark.y <= max(around)
    assert "at 1 Gbit/s toy-hash has the shortest modelled step" in chart.title


def test_break_even_outside_the_bandwidths_is_not_marked(gradients: TaskTable):
    for beyond in (0.0, 0.01, 1e4, math.inf):
        rows = tuple(
            replace(row, measures={**row.measures, "break_even_gbit": Measure(beyond, 0.0, 3)})
            for row in gradients.rows
        )
        assert all(one.mark is None for one in link_chart(replace(gradients, rows=rows)).series)


def test_all_figures_are_small_pngs_of_the_set_width_with_words_and_the_same_bytes(sparse_and_robust: Board):
    charts = [chart for table in sparse_and_robust.tables for chart in related_charts(table)]
    assert len({chart.name for chart in charts}) == len(charts) == 6
    for chart in charts:
        drawn = png(chart)
        image = Image.open(io.BytesIO(drawn.png))
        assert (image.format, image.width) == ("PNG", round((PICTURE.width + 2 * PICTURE.margin) * DPI / 72))
        assert len(drawn.png) < 150_000
        assert len(image.convert("RGB").getcolors(1 << 20)) > 8
        assert len(drawn.alt) > 60
        assert drawn.png == png(chart).png


def test_many_lines_get_room_for_their_names(tickets: TaskTable):
    chart = density_chart(tickets)
    many = replace(
        chart, series=tuple(replace(chart.series[0], label=f"contender-{n}", number=n) for n in range(24))
    )
    assert Image.open(io.BytesIO(png(many).png)).height > Image.open(io.BytesIO(png(chart).png)).height


def test_no_two_of_many_lines_look_alike(tickets: TaskTable):
    many = len(SERIES) * len(DASHES)
    assert len({look(number) for number in range(many)}) == many
    numbers = numbered(tickets.rows)
    assert sorted(numbers.values()) == list(range(len(tickets.rows)))
    kinds = {row.contender: row.kind for row in tickets.rows}
    by_number = [kinds[name] for name in sorted(numbers, key=numbers.__getitem__)]
    assert by_number[:3] == ["method"] * 3


@given(st.lists(st.floats(0, 100), max_size=12))
def test_names_are_spread_in_their_order_within_the_bounds(wanted: list[float]):
    wanted.sort()
    places = spread(wanted, 5.0, 0.0, 100.0)
    assert len(places) == len(wanted)
    assert all(b - a >= 5.0 - 1e-9 for a, b in pairwise(places))
    assert all(-1e-9 <= place <= 100 + 1e-9 for place in places)


def test_names_that_have_room_stay_where_they_are():
    assert spread([10.0, 30.0, 80.0], 5.0, 0.0, 100.0) == [10.0, 30.0, 80.0]
    assert spread([50.0, 50.0], 10.0, 0.0, 100.0) == [45.0, 55.0]
