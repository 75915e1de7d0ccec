"""The metrics of the family. Tables, tests, claims and charts read directions and titles from here."""

from harness.contract.class_metrics import ACCURACY, NLL
from harness.contract.metric import Metric, MetricSet, MetricTable, Parameter

MOTIFS = ("ramp", "bump", "wave")
"""Title of each class, by number."""

METRICS = MetricSet(
    (
        ACCURACY,
        NLL,
        Metric("ece", "expected calibration error", "share", "lower"),
        Metric(
            "recall_{motif}",
            "recall of the {motif}",
            "share",
            "higher",
            table="recalls",
            header="{motif}",
            parameters=(Parameter("motif", choices={motif: motif for motif in MOTIFS}),),
        ),
    ),
    (MetricTable("recalls", "Recall of each motif, %"),),
)
