"""Metrics of pruning: accuracy, density, time and blocks at each level; a level is the nominal percent kept."""

from harness.contract.class_metrics import ACCURACY, NLL
from harness.contract.metric import Better, Kind, Metric, MetricSet, MetricTable, Parameter


def _at_level(name: str, title: str, kind: Kind, better: Better | None, table: str, beside: str = "") -> Metric:
    level = Parameter("level", "integer", descending=True)
    return Metric(
        f"{name}_at_{{level}}", title, kind, better, table, "≈ {level} % kept", parameters=(level,), beside=beside
    )


METRICS = MetricSet(
    (
        ACCURACY,
        NLL,
        _at_level("accuracy", "accuracy at {level} % kept", "share", "higher", "levels"),
        _at_level("density", "live density at the level {level} %", "share", None, "levels", "accuracy_at_{level}"),
        _at_level("mask_density", "mask density at the level {level} %", "share", None, "masks"),
        _at_level("time_ratio", "time ÷ dense at {level} % kept", "factor", "lower", "level times"),
        _at_level("block_share", "share in blocks at {level} % kept", "share", None, "blocks"),
    ),
    (
        MetricTable(
            "levels",
            "Accuracy % by level of density (live weights, %)",
            remark="A level is the density that was asked for; in brackets: the share of weights that is live, "
            "without those that read or feed a dead channel.",
        ),
        MetricTable(
            "level times",
            "Measured time of the pruned network ÷ the dense one",
            remark="Both networks ran in the same process, compiled as they would be used; below 1 is faster.",
        ),
        MetricTable("blocks", "Share of live weights inside dense blocks, %"),
        MetricTable(
            "masks",
            "Share of weights that the masks keep, %",
            remark="Weights of dead channels are counted here; levels compare live weights.",
        ),
    ),
)
