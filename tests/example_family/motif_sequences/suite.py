"""Suite `sequence-example`: a task by accuracy and, on every second step, one by calibration."""

from harness.task import Extent, Suite, Task
from motif_sequences.roster import PROTOCOL

EXTENTS = {"smoke": Extent(folds=5), "standard": Extent(folds=5, seeds=3)}

SUITE = Suite(
    "sequence-example",
    "Motifs in sequences",
    (
        Task("motifs", "motifs", PROTOCOL, "planted-motifs", "accuracy", "folds", EXTENTS),
        Task("motifs-calibrated", "motifs on every second step", PROTOCOL, "planted-motifs", "ece", "folds",
             EXTENTS, options={"stride": 2}),
    ),
    contenders={PROTOCOL: ("motif-convolutions", "motif-convolutions-shuffled", "motif-moments")},
    references={PROTOCOL: "motif-moments"},
)  # fmt: skip
