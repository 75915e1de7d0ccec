"""The metrics of our protocols as readers see them: scale, direction, table, column, values as text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contract.metric import Metric
from harness.families import protocol_entry
from harness.tables.measured import measured, number
from harness.tables.scales import scale_of
from harness.tables.values import Measure

GRAPHS, DRAWN = "graph-classification", "graph-reconstruction"
PRUNING, GRADIENTS, ATTACKS = "network-pruning", "gradient-compression", "attack-identification"
OWNERS = {
    "accuracy_l1": ATTACKS,
    "gap": ATTACKS,
    "time_ratio_at_26": PRUNING,
    "time_ratio_at_7": PRUNING,
    "step_ms": GRADIENTS,
    "decode_ms": GRADIENTS,
    "bytes_per_step": GRADIENTS,
    "break_even_gbit": GRADIENTS,
}


def of(protocol: str, name: str) -> Metric:
    return protocol_entry(protocol).metrics[name]


def metric(name: str) -> Metric:
    return of(OWNERS[name], name)


@pytest.mark.parametrize(
    ("protocol", "name", "kind", "better", "table", "header"),
    [
        (GRAPHS, "accuracy", "percent", True, "", "accuracy %"),
        (GRAPHS, "roc_auc", "percent", True, "", "area under the ROC curve %"),
        (GRAPHS, "nll", "plain", False, "", "NLL"),
        (GRAPHS, "test_peek_max", "percent", None, "", "peeked maximum (diagnostic)"),
        (DRAWN, "mse", "log10", False, "", "mean squared error"),
        (PRUNING, "accuracy_at_26", "percent", True, "levels", "≈ 26 % kept"),
        (PRUNING, "density_at_7", "percent", None, "levels", "≈ 7 % kept"),
        (PRUNING, "time_ratio_at_26", "log10", False, "level times", "≈ 26 % kept"),
        (PRUNING, "block_share_at_26", "percent", None, "blocks", "≈ 26 % kept"),
        (ATTACKS, "accuracy_linf", "percent", True, "conditions", "l∞"),
        (ATTACKS, "accuracy_held_out_eps", "percent", True, "conditions", "held-out radii"),
        (ATTACKS, "accuracy_held_out_eps_l1", "percent", True, "held out", "l1"),
        (ATTACKS, "white_box_accuracy", "percent", True, "white box", "all attacks"),
        (ATTACKS, "attack_accuracy_other_network", "percent", True, "families", "other network"),
        (ATTACKS, "attack_recall_l2", "percent", True, "families", "recall l2"),
        (ATTACKS, "attacks_l1_as_linf", "percent", None, "confusion", "l1 as l∞"),
        (ATTACKS, "gap", "plain", False, "signals", "duality gap"),
        (ATTACKS, "attack_energy", "plain", None, "signals", "attack energy, attacked"),
        (ATTACKS, "ms_per_signal", "log10", False, "signals", "ms a signal"),
        (GRADIENTS, "loopback_bytes_per_step", "log10", False, "traffic", "on the interface"),
        (GRADIENTS, "kept_ratio", "plain", False, "traffic", "entries sent"),
        (GRADIENTS, "encode_ms", "log10", False, "traffic", "encode"),
        (GRADIENTS, "modelled_step_ms_0p1gbit", "log10", False, "links", "0.1 Gbit/s"),
        (GRADIENTS, "break_even_gbit", "log10", True, "links", "pays up to, Gbit/s"),
        (GRAPHS, "never_heard_of", "plain", None, "", "never_heard_of"),
        (GRAPHS, "accuracy_at_26", "plain", None, "", "accuracy_at_26"),
        (PRUNING, "gap", "plain", None, "", "gap"),
        (DRAWN, "anything_else_ms", "plain", None, "", "anything_else_ms"),
    ],
)
def test_a_declaration_decides_how_its_metric_is_shown(
    protocol: str, name: str, kind: str, better: bool | None, table: str, header: str
):
    found = of(protocol, name)
    assert found.name == name
    assert (scale_of(found).kind, found.higher_is_better, found.table, found.header) == (
        kind,
        better,
        table,
        header,
    )


def test_levels_go_from_dense_to_sparse_and_bandwidths_from_slow_to_fast():
    def ordered(protocol: str, names: list[str]) -> list[str]:
        return sorted(names, key=lambda name: of(protocol, name).place)

    assert ordered(PRUNING, ["accuracy_at_7", "accuracy_at_51", "accuracy_at_13"]) == [
        "accuracy_at_51",
        "accuracy_at_13",
        "accuracy_at_7",
    ]
    links = ["break_even_gbit", "modelled_step_ms_10gbit", "modelled_step_ms_0p1gbit", "modelled_step_ms_1gbit"]
    assert [of(GRADIENTS, name).header for name in ordered(GRADIENTS, links)] == [
        "0.1 Gbit/s",
        "1 Gbit/s",
        "10 Gbit/s",
        "pays up to, Gbit/s",
    ]
    assert ordered(ATTACKS, ["accuracy_linf", "accuracy_clean", "accuracy_l1"])[0] == "accuracy_clean"
    assert ordered(GRADIENTS, ["decode_ms", "communicate_ms", "encode_ms", "compute_ms", "step_ms"]) == [
        *("step_ms", "compute_ms", "encode_ms", "communicate_ms", "decode_ms"),
    ]


@given(st.text(max_size=60))
def test_any_name_of_a_foreign_record_has_a_presentation(name: str):
    found = of(GRAPHS, name)
    assert found.name == name or "{" in name or "}" in name or not name.strip()
    assert found.title
    assert found.place == of(GRAPHS, name).place


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
