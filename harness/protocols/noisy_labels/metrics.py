"""Metrics of learning from noisy labels; every accuracy is that of clean test labels."""

from harness.contract.class_metrics import ACCURACY, NLL
from harness.contract.metric import Metric, MetricSet, MetricTable, Parameter

BASES = {
    "ce": "CE",
    "es": "ES",
    "co_teaching": "Co-teaching",
    "jocor": "JoCoR",
    "sce": "SCE",
    "ls": "LS",
    "forward": "Forward",
    "dualt": "DualT",
    "tvr": "TVR",
    "rel": "REL",
}
"""Trained classifiers whose predictions are calibrated: name -> title, in the order of the columns."""

SHOWN_BASE = "ce"
"""The classifier whose transition matrix is reported entry by entry."""

ECE = Metric("ece", "calibration error (15 bins)", "share", "lower", header="ECE %")

CLASSIFICATION = MetricSet(
    (
        ACCURACY,
        NLL,
        ECE,
        Metric(
            "noisy_fit",
            "share of noisy training labels predicted",
            "share",
            None,
            "memory",
            "noisy labels fitted %",
        ),
        Metric(
            "accuracy_at_best_validation",
            "accuracy at the epoch of the lowest noisy validation loss",
            "share",
            "higher",
            "memory",
            "best validation %",
        ),
    ),
    (
        MetricTable(
            "memory",
            "Memory of noisy labels, and accuracy at the epoch that noisy validation labels choose",
            remark="The ranked accuracy is that of the last epoch; no clean label chooses anything.",
        ),
    ),
)

_BASE = (Parameter("base", choices=BASES),)
_ENTRY = (Parameter("true", "integer"), Parameter("noisy", "integer"))


def _entry(name: str, title: str, table: str) -> Metric:
    """Return an entry of a transition matrix."""
    header = "{true} as {noisy}"
    return Metric(name, title, "share", None, table, header, parameters=_ENTRY)


CALIBRATION = MetricSet(
    (
        Metric("accuracy", "mean accuracy over the classifiers", "share", "higher"),
        NLL,
        ECE,
        Metric("accuracy_on_{base}", "accuracy on {base}", "share", "higher", "bases", "{base}", parameters=_BASE,
               counts_items=True),
        Metric("transition_error_on_{base}", "error of the transition matrix on {base}", "error", "lower",
               "transitions", "{base}", parameters=_BASE),
        _entry("estimated_share_{true}_as_{noisy}", "estimated share of label {noisy} in class {true}",
               "estimated transitions"),
        _entry("true_share_{true}_as_{noisy}", "share of label {noisy} in class {true}", "true transitions"),
    ),
    (
        MetricTable(
            "bases",
            "Accuracy % of each trained classifier after calibration",
            remark="A column is one classifier, trained once for each draw of the noise and shared by all rows.",
        ),
        MetricTable(
            "transitions",
            "Mean squared error of the estimated transition matrix, by classifier",
            remark="Against the shares of the noisy labels of each class; a row without its own estimate has the "
            "classifier's, where its method makes one.",
        ),
        MetricTable(
            "estimated transitions",
            f"Estimated transition matrix on {BASES[SHOWN_BASE]}, % of each noisy label by class",
            layout="matrix",
            shown=False,
        ),
        MetricTable("true transitions", "True shares % of each noisy label by class", layout="matrix", shown=False),
    ),
)  # fmt: skip

REGRESSION = MetricSet(
    (
        Metric(
            "mse_to_marginal",
            "error against the mean of y given x",
            "error",
            "lower",
            header="to the marginal mean",
        ),
        Metric("mse_to_signal", "error against the noise-free function", "error", "lower", header="to the signal"),
    )
)
