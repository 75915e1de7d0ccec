"""Presentation by name: scales, directions, groups, order of columns, and values as text."""

import math

import pytest
from harness.tables.metrics import higher_is_better, metric
from hypothesis import given
from hypothesis import strategies as st

from harness.leaderboard.measured import measured, number
from harness.leaderboard.values import Measure
from harness.tables.scales import scale_of


@pytest.mark.parametrize(
    ("name", "kind", "better", "group", "header"),
    [
        ("accuracy", "percent", True, "", "accuracy"),
        ("roc_auc", "percent", True, "", "roc_auc"),
        ("mse", "log10", False, "", "mse"),
        ("nll", "plain", False, "", "NLL"),
        ("accuracy_at_26", "percent", True, "levels", "≈ 26 % kept"),
        ("density_at_7", "percent", None, "levels", "≈ 7 % kept"),
        ("time_ratio_at_26", "log10", False, "level times", "≈ 26 % kept"),
        ("accuracy_linf", "percent", True, "conditions", "l∞"),
        ("accuracy_held_out_eps", "percent", True, "conditions", "held-out radii"),
        ("accuracy_held_out_eps_l1", "percent", True, "held out", "l1"),
        ("white_box_accuracy", "percent", True, "white box", "all attacks"),
        ("attack_accuracy_other_network", "percent", True, "families", "other network"),
        ("attack_recall_l2", "percent", True, "families", "recall l2"),
        ("attacks_l1_as_linf", "percent", None, "confusion", "l1 as l∞"),
        ("recall_0", "percent", True, "classes", "0"),
        ("worst_recall", "percent", True, "classes", "worst"),
        ("balanced_accuracy", "percent", True, "classes", "mean recall"),
        ("loopback_bytes_per_step", "log10", False, "traffic", "on the interface"),
        ("encode_ms", "log10", False, "traffic", "encode"),
        ("ms_per_signal", "log10", False, "signals", "ms a signal"),
        ("modelled_step_ms_0p1gbit", "log10", False, "links", "0.1 Gbit/s"),
        ("anything_else_ms", "log10", False, "", "anything_else_ms"),
        ("never_heard_of", "plain", None, "", "never_heard_of"),
    ],
)
def test_a_name_tells_how_its_metric_is_shown(name: str, kind: str, better: bool | None, group: str, header: str):
    found = metric(name)
    assert (found.kind, found.higher_is_better, found.group, found.header) == (kind, better, group, header)
    assert scale_of(name, True).kind == kind
    assert higher_is_better(name) is better


def test_levels_go_from_dense_to_sparse_and_bandwidths_from_slow_to_fast():
    def ordered(names: list[str]) -> list[str]:
        return sorted(names, key=lambda name: metric(name).place)

    assert ordered(["accuracy_at_7", "accuracy_at_51", "accuracy_at_13"]) == [
        "accuracy_at_51",
        "accuracy_at_13",
        "accuracy_at_7",
    ]
    links = ["break_even_gbit", "modelled_step_ms_10gbit", "modelled_step_ms_0p1gbit", "modelled_step_ms_1gbit"]
    assert [metric(name).header for name in ordered(links)] == [
        "0.1 Gbit/s",
        "1 Gbit/s",
        "10 Gbit/s",
        "pays up to, Gbit/s",
    ]
    assert ordered(["accuracy_linf", "accuracy_clean", "accuracy_l1"])[0] == "accuracy_clean"
    assert ordered(["decode_ms", "communicate_ms", "encode_ms", "compute_ms", "step_ms"]) == [
        *("step_ms", "compute_ms", "encode_ms", "communicate_ms", "decode_ms"),
    ]


@given(st.text(max_size=60))
def test_any_name_has_a_presentation(name: str):
    found = metric(name)
    assert found.name == name
    assert found.title or not name
    assert found.place == metric(name).place


@pytest.mark.parametrize(
    ("name", "mean", "std", "text"),
    [
        ("accuracy_l1", 0.8125, 0.0116, "81.2 ± 1.2"),
        ("accuracy_l1", 1.0, 0.0, "100.0 ± 0.0"),
        ("accuracy_l1", 0.5, math.nan, "50.0"),
        ("step_ms", 12.34, 0.41, "12.3 ± 0.4"),
        ("step_ms", 1234.4, 20.0, "1,234 ± 20"),
        ("decode_ms", 0.0, 0.0, "0"),
        ("time_ratio_at_26", 0.618, 0.026, "0.62 ± 0.03"),
        ("time_ratio_at_26", 0.0512, 0.0011, "0.0512 ± 0.0011"),
        ("bytes_per_step", 7.4e6, 0.0, "7.06 MiB"),
        ("bytes_per_step", 148_000.0, 1024.0, "145 KiB ± 1"),
        ("bytes_per_step", 12.0, math.nan, "12 B"),
        ("bytes_per_step", 0.0, math.nan, "0 B"),
        ("gap", 1e-7, 2e-8, "1.0e-07 ± 2.0e-08"),
        ("break_even_gbit", 0.0, 0.0, "never"),
        ("step_ms", math.inf, math.nan, "—"),
    ],
)
def test_values_are_written_in_their_unit(name: str, mean: float, std: float, text: str):
    assert measured(metric(name), Measure(mean, std, 3)) == text


def test_an_absent_value_is_a_dash():
    assert measured(metric("step_ms"), None) == "—"
    assert number(metric("bytes_per_step"), math.nan) == "—"


@given(
    st.sampled_from(["accuracy_l1", "step_ms", "bytes_per_step", "gap", "time_ratio_at_7"]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(min_value=0) | st.just(math.nan),
)
def test_every_number_can_be_written(name: str, mean: float, std: float):
    assert measured(metric(name), Measure(mean, std, 2))
