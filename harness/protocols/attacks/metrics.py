"""Metrics of attack identification: classes and attacks by kind of signal, and figures of the solver."""

from harness.contract.class_metrics import ACCURACY
from harness.contract.metric import Better, Metric, MetricSet, MetricTable, Parameter

ATTACKS = {"l1": "l1", "l2": "l2", "linf": "l∞"}
CONDITIONS = {
    "clean": "clean",
    **ATTACKS,
    "carlini_wagner": "Carlini–Wagner",
    "held_out_eps": "held-out radii",
    "other_network": "other network",
}
"""Kind of signal as metric names end -> its title, in the order of the columns."""

CONDITION = (Parameter("condition", choices=CONDITIONS),)
ATTACK = (Parameter("attack", choices=ATTACKS),)
PAIR = (Parameter("true", choices=ATTACKS), Parameter("predicted", choices=ATTACKS))


def _share(name: str, title: str, table: str, header: str, parameters: tuple[Parameter, ...] = ()) -> Metric:
    return Metric(name, title, "share", "higher", table, header, parameters=parameters)


def _solver(name: str, title: str, header: str, better: Better | None = "lower") -> Metric:
    return Metric(name, title, "error", better, "signals", header, scale="linear")


METRICS = MetricSet(
    (
        ACCURACY,
        _share("white_box_accuracy", "accuracy, white box, all attacks", "white box", "all attacks"),
        _share("white_box_accuracy_{attack}", "accuracy, white box, {attack}", "white box", "{attack}", ATTACK),
        _share("attack_accuracy", "accuracy of the attack, all attacks", "families", "all attacks"),
        _share(
            "attack_accuracy_{condition}",
            "accuracy of the attack, {condition}",
            "families",
            "{condition}",
            CONDITION,
        ),
        _share("attack_recall_{attack}", "recall of the attack, {attack}", "families", "recall {attack}", ATTACK),
        Metric(
            "attacks_{true}_as_{predicted}",
            "attack {true} predicted as {predicted}",
            "share",
            None,
            "confusion",
            "{true} as {predicted}",
            parameters=PAIR,
        ),
        _share(
            "accuracy_held_out_eps_{attack}",
            "accuracy, held-out radius of {attack}",
            "held out",
            "{attack}",
            ATTACK,
        ),
        _share("accuracy_{condition}", "accuracy, {condition}", "conditions", "{condition}", CONDITION),
        _solver("clean_attack_energy", "attack energy found in clean signals", "attack energy, clean"),
        _solver("attack_energy", "attack energy found in attacked signals", "attack energy, attacked", None),
        _solver("denoising_error", "relative error of the signal without the attack", "denoising error"),
        _solver("gap", "duality gap", "duality gap"),
        Metric("ms_per_signal", "time a signal", "time", "lower", "signals", "ms a signal"),
    ),
    (
        MetricTable("conditions", "Accuracy % by kind of signal"),
        MetricTable("held out", "Accuracy % at radii that no defence was built for, by attack"),
        MetricTable(
            "white box",
            "Accuracy % under white-box attacks on the contender itself",
            remark="Computed with the true labels after training; only contenders that are networks can be "
            "attacked this way.",
        ),
        MetricTable("families", "Which attack it was: accuracy and recall, %"),
        MetricTable("confusion", "Predicted against true attack, % of the signals of each attack", layout="matrix"),
        MetricTable("signals", "Time a signal, and what the solver reports"),
    ),
)
