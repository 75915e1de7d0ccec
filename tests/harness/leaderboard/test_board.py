"""The board against values computed by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.metric import Metric
from harness.errors import UnknownName
from harness.leaderboard import build_board, render_terminal
from harness.tables.scales import scale_of
from harness.tables.values import BoardRow, TaskTable
from tests.harness.leaderboard.conftest import MakeStore
from tests.harness.leaderboard.synthetic import folds_of, make_record, seeds_of

# Ten folds of two contenders; their corrected t test is a published worked example (Nadeau & Bengio's formula).
A = (0.82, 0.79, 0.85, 0.80, 0.77, 0.84, 0.81, 0.83, 0.78, 0.86)
B = (0.80, 0.78, 0.82, 0.79, 0.78, 0.81, 0.80, 0.80, 0.77, 0.83)


def only_table(store, **options) -> TaskTable:
    board = build_board(store, "graph", "standard", **options)
    (table,) = board.tables
    return table


def row_of(table: TaskTable, contender: str) -> BoardRow:
    return next(row for row in table.rows if row.contender == contender)


def test_means_intervals_and_the_corrected_test_match_the_worked_example(make_store: MakeStore):
    table = only_table(make_store(folds_of("mutag", "sep-g", A), folds_of("mutag", "gcn-sum", B)))
    best, other = table.rows
    assert (best.contender, other.contender) == ("sep-g", "gcn-sum")
    assert best.estimate.estimate == pytest.approx(0.815)
    assert best.estimate.over == "10 folds"
    slope = 2.262157 * math.sqrt((1 / 10 + 1 / 9) * np.var(A, ddof=1)) / (0.815 * 0.185)
    ends = [1 / (1 + math.exp(-math.log(0.815 / 0.185) - sign * slope)) for sign in (-1, 1)]
    assert (best.estimate.low, best.estimate.high) == pytest.approx(ends, abs=1e-6), "on the logit scale"
    assert best.fold_std == pytest.approx(np.std(A, ddof=1))
    assert math.isnan(best.seed_std)
    # Two contenders share one variance, and one comparison is not adjusted: this is their own t test.
    test = best.to_reference
    assert test.difference == pytest.approx(0.017)
    assert test.difference / test.error == pytest.approx(2.766315, abs=1e-6)
    assert test.df == 9
    assert test.p == pytest.approx(0.021885, abs=1e-6)
    assert best.p_best > 0.5
    assert other.p_best == pytest.approx(0.021885 / 2, abs=1e-6), "one-sided"
    assert other.to_best == pytest.approx(-0.017)
    assert math.isnan(best.to_best)
    assert other.to_reference is None, "it is the reference"
    assert (best.rank, other.rank) == ("1", "2")
    assert (best.group, other.group) == ("may be best", "worse")


def test_seeds_are_averaged_within_folds_before_anything_else(make_store: MakeStore):
    base = np.linspace(0.7, 0.88, 10)
    records = [folds_of("mutag", "sep-g", base + shift, seed=s) for s, shift in enumerate((-0.03, 0.0, 0.06))]
    row = only_table(make_store(*records)).rows[0]
    assert row.estimate.n == 10
    assert row.estimate.over == "10 folds (3 seeds averaged in each)"
    assert row.estimate.estimate == pytest.approx(base.mean() + 0.01)
    assert row.fold_std == pytest.approx(base.std(ddof=1))
    assert row.seed_std == pytest.approx(np.std([-0.03, 0.0, 0.06], ddof=1))


def test_some_of_the_folds_keep_the_correction_of_all_of_them(make_store: MakeStore):
    values = (0.70, 0.75, 0.74)
    table = only_table(make_store(folds_of("proteins", "sep-g", values)))
    interval = table.rows[0].estimate
    half, mean = 4.302653 * math.sqrt((1 / 3 + 1 / 9) * np.var(values, ddof=1)), np.mean(values)
    logits = [math.log(end / (1 - end)) for end in (interval.low, interval.high)]
    assert (logits[1] - logits[0]) / 2 == pytest.approx(half / (mean * (1 - mean)), rel=1e-6)
    assert (table.units, table.planned) == (3, 10)


def test_three_contenders_are_decided_together_with_shrunken_variances(make_store: MakeStore):
    from scipy.stats import multivariate_t, studentized_range

    third = np.array(B) - 0.012 + 0.01 * np.array([1, -1, 1, 1, -1, -1, 1, -1, 1, -1])
    values = {"sep-g": np.array(A), "gcn-sum": np.array(B), "gmt": third}
    table = only_table(make_store(*(folds_of("mutag", name, own) for name, own in values.items())))
    units = np.stack(list(values.values()))
    residuals = units - units.mean(axis=1, keepdims=True) - units.mean(axis=0) + units.mean()
    variances = (residuals**2).sum(axis=1) / 9 * 3 / 2
    shrunken = dict(zip(values, (9 * variances + 4 * variances.mean()) / 13, strict=True))
    pairs = shrunken["sep-g"], shrunken["gcn-sum"]
    t = (np.mean(A) - np.mean(B)) / math.sqrt(sum(pairs) * (1 / 10 + 1 / 9))
    df = min(13 * sum(pairs) ** 2 / (pairs[0] ** 2 + pairs[1] ** 2), 2 * 9)
    assert df == 18, "an integer, which the oracle needs"
    half_correlated = [[1, 0.5], [0.5, 1]]
    best, second = row_of(table, "sep-g"), row_of(table, "gcn-sum")
    assert best.to_reference.difference / best.to_reference.error == pytest.approx(t)
    dunnett = 1 - multivariate_t.cdf([t, t], shape=half_correlated, df=df)
    assert second.p_best == pytest.approx(dunnett, abs=1e-4)
    tukey = studentized_range.sf(t * math.sqrt(2), 3, df)
    assert dunnett < tukey < 2 * 3 * dunnett
    assert (second.group == "worse") == (tukey <= 0.05)


def test_contenders_that_cannot_be_told_apart_share_a_range_of_ranks(make_store: MakeStore):
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.05, (3, 10))
    parts = [folds_of("mutag", n, 0.8 + noise[i]) for i, n in enumerate(("sep-g", "gcn-sum", "gmt"))]
    table = only_table(make_store(*parts, folds_of("mutag", "size-only", 0.3 + 0.01 * noise[0])))
    assert [row.rank for row in table.rows] == ["1–3", "1–3", "1–3", "4"]
    assert [row.contender for row in table.rows][-1] == "size-only"


def test_a_contender_with_a_failed_trial_is_a_visible_last_row_without_a_mean(make_store: MakeStore):
    good = folds_of("mutag", "sep-g", A), folds_of("mutag", "gcn-sum", B)
    best_by_far = folds_of("mutag", "gmt", [0.99] * 8)
    broken = [make_record("mutag", "gmt", None, fold=f, failure="Timeout") for f in (8, 9)]
    table = only_table(make_store(*good, best_by_far, broken))
    last = table.rows[-1]
    assert (last.contender, last.state, last.rank, last.estimate) == ("gmt", "failed", "3", None)
    assert dict(last.failures) == {"Timeout": 2}
    assert (last.group, last.to_reference) == ("failed", None)
    assert math.isnan(last.to_best)
    assert math.isnan(last.score)
    assert last.diagnostics == {}
    assert table.decisions.better[:2, 2].all(), "everyone is better than the failed one"
    assert table.provenance.failed == 2


def test_two_failed_contenders_share_the_last_ranks(make_store: MakeStore):
    broken = [[make_record("mutag", name, None, failure="Killed")] for name in ("gmt", "asap")]
    table = only_table(make_store(folds_of("mutag", "sep-g", [0.8]), *broken))
    assert [row.rank for row in table.rows] == ["1", "2–3", "2–3"]
    assert table.rows[2].to_reference is None


def test_a_metric_that_is_not_finite_is_a_failure(make_store: MakeStore):
    values = [*A[:9], math.nan]
    row = row_of(
        only_table(make_store(folds_of("mutag", "sep-g", values), folds_of("mutag", "gcn-sum", B))), "sep-g"
    )
    assert row.state == "failed"
    assert dict(row.failures) == {"accuracy is not finite": 1}


def test_all_failed(make_store: MakeStore):
    table = only_table(make_store([make_record("mutag", "sep-g", None, failure="MemoryError")]))
    assert table.ranked == ()
    assert table.rows[0].rank == "1"


def test_missing_folds_are_compared_on_common_ones_and_do_not_flatter(make_store: MakeStore):
    hard = np.array([0.95, 0.94, 0.96, 0.95, 0.60, 0.61, 0.59, 0.60, 0.62, 0.58])
    skips_hard_folds = hard[:4] - 0.02
    table = only_table(make_store(folds_of("mutag", "sep-g", hard), folds_of("mutag", "gmt", skips_hard_folds)))
    partial = row_of(table, "gmt")
    assert (partial.state, partial.missing, partial.trials) == ("partial", 6, 4)
    assert partial.estimate.estimate == pytest.approx(0.93)
    assert partial.estimate.over == "4 folds"
    assert table.rows[0].contender == "sep-g", "its mean of 0.70 is lower only because it did not skip"
    assert partial.to_best == pytest.approx(-0.02)
    assert partial.p_best == 0.5**4, "four equal differences are no proof: a sign test has this p"
    assert partial.group == "may be best"
    assert partial.score == pytest.approx(hard.mean() - 0.02)


def test_no_common_unit_means_no_test_and_a_tie(make_store: MakeStore):
    first = folds_of("mutag", "sep-g", A[:5])
    second = [make_record("mutag", "gcn-sum", 0.1, fold=f) for f in range(5, 10)]
    table = only_table(make_store(first, second))
    assert {row.state for row in table.rows} == {"partial"}
    assert [row.rank for row in table.rows] == ["1–2", "1–2"]
    assert {row.group for row in table.rows} == {"may be best"}
    assert [row.to_reference for row in table.rows] == [None, None]


def test_one_contender_alone(make_store: MakeStore):
    table = only_table(make_store(folds_of("mutag", "sep-g", A)))
    (row,) = table.rows
    assert (row.rank, row.group, row.to_reference) == ("1", "may be best", None)
    assert math.isnan(row.to_best)
    assert table.not_run[0] == "sep-g-random-tree"
    assert "gcn-sum" in table.not_run


def test_a_single_fold_has_no_interval_and_no_test(make_store: MakeStore):
    table = only_table(make_store(folds_of("mutag", "sep-g", [0.8]), folds_of("mutag", "gcn-sum", [0.7])))
    assert not table.rows[0].estimate.known
    assert table.rows[0].to_reference is None
    assert [row.rank for row in table.rows] == ["1–2", "1–2"]


def test_errors_are_averaged_and_tested_as_log10(make_store: MakeStore):
    store = make_store(
        seeds_of("ring", "sep-u", [1e-4, 1e-3, 1e-2], metric="mse"),
        seeds_of("ring", "mincut-ae", [2.2e-3, 2e-2, 1.8e-1], metric="mse"),
    )
    table = only_table(store)
    best, other = table.rows
    assert best.contender == "sep-u"
    assert table.scale.restored(best.estimate.estimate) == pytest.approx(1e-3)
    assert best.seed_std == pytest.approx(1.0), "a decade from seed to seed"
    assert table.scale.difference(other.to_best) == "×20"
    # About twenty times in every seed: on the plain scale the largest seed alone would have decided, for a tie.
    assert other.group == "worse"


def test_an_error_of_zero_counts_as_rounding(make_store: MakeStore):
    table = only_table(make_store(seeds_of("ring", "sep-u", [0.0, 1e-3, 1e-3], metric="mse")))
    assert table.rows[0].state == "complete"
    assert table.rows[0].score == pytest.approx((math.log10(2.0**-46) - 6) / 3)


def test_costs_diagnostics_and_the_papers_figure(make_store: MakeStore):
    records = [
        make_record(
            "mutag",
            "sep-g",
            0.8,
            fold=f,
            metrics={"nll": 0.4 + f, "test_peek_max": 0.9},
            fit_seconds=t,
            peak_bytes=b,
        )
        for f, (t, b) in enumerate([(1.0, 100), (2.0, 300), (30.0, 200)])
    ]
    row = only_table(make_store(records)).rows[0]
    assert (row.costs.fit_seconds, row.costs.peak_bytes, row.costs.parameters) == (2.0, 300, 1000)
    assert row.costs.configurations_tried == 1
    assert dict(row.diagnostics) == {"nll": pytest.approx(1.4), "test_peek_max": pytest.approx(0.9)}
    assert (row.paper.value, row.paper.spread, row.paper.provenance) == (85.56, 1.09, "from memory")


def test_mixed_code_is_noticed_and_superseded_records_are_counted(make_store: MakeStore):
    old = folds_of("mutag", "sep-g", A, code="old", created="2026-01-01T00:00:00+00:00")
    new = folds_of("mutag", "sep-g", A[:5], code="new", created="2026-01-02T00:00:00+00:00")
    store = make_store(old, new, folds_of("mutag", "gcn-sum", B))
    board = build_board(store, "graph", "standard")
    provenance = board.tables[0].provenance
    assert provenance.mixed_code == ("sep-g",)
    assert provenance.code_versions == 2
    assert board.superseded == 5
    assert "Mixed within a contender" in render_terminal(board)
    assert provenance.oldest < provenance.newest


def test_selection_narrows_the_table_and_its_command(make_store: MakeStore):
    store = make_store(folds_of("mutag", "sep-g", A), folds_of("mutag", "gcn-sum", B), folds_of("ptc", "sep-g", A))
    board = build_board(store, "graph", "standard", tasks=["mutag"], contenders=["sep-g", "gmt"])
    (table,) = board.tables
    assert [row.contender for row in table.rows] == ["sep-g"]
    assert table.not_run == ("gmt",)
    assert (
        table.provenance.command == "bench run --suite graph --profile standard -t mutag -c sep-g -c gmt --seeds 0"
    )


def test_the_command_names_folds_and_seeds_that_are_not_the_profiles(make_store: MakeStore):
    records = [make_record("mutag", "sep-g", 0.8, fold=f, seed=s) for f in (0, 1, 2, 7) for s in (0, 1)]
    command = only_table(make_store(records)).provenance.command
    assert command == "bench run --suite graph --profile standard -t mutag --folds 0-2,7 --seeds 0-1"


def test_other_profiles_are_not_mixed_in_and_empty_tasks_are_named(make_store: MakeStore):
    store = make_store(folds_of("mutag", "sep-g", A, profile="paper"))
    board = build_board(store, "graph", "standard")
    assert board.tables == ()
    assert "mutag" in board.empty
    assert "collab" not in board.empty, "it is not run in this profile"


def test_an_unknown_suite_is_refused(make_store: MakeStore):
    with pytest.raises(UnknownName, match="graph"):
        build_board(make_store(), "grap", "standard")


@given(st.floats(-30, 30), st.sampled_from(["share", "error", "number"]), st.sampled_from(["higher", "lower"]))
def test_text_of_a_difference_keeps_its_direction_unless_it_rounds_to_zero(difference: float, kind, better):
    scale = scale_of(Metric("m", "a metric", kind, better))
    text = scale.difference(difference)
    if kind == "error":
        factor = float(text[1:].replace(",", ""))
        assert (factor > 1) == (difference > 0) or factor == pytest.approx(1, abs=0.006)
    else:
        shown = float(text.replace("−", "-"))
        assert text.startswith("−") == (shown < 0)
        assert shown == 0 or (shown < 0) == (difference < 0)
