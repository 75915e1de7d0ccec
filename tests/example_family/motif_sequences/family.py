"""The family: its protocol and its data set. Light: every command reads it."""

from harness.contract.family import Family, ProtocolEntry
from harness.data.entry import DatasetEntry
from motif_sequences.metrics import METRICS
from motif_sequences.options import SequenceOptions

FAMILY = Family(
    "motifs",
    "Motifs in sequences",
    protocols=(
        ProtocolEntry(
            "motif-classification",
            "Sequence classification",
            "motif_sequences.protocol:SequenceClassification",
            METRICS,
            options=SequenceOptions,
            charts=("motif_sequences.charts:recall_chart",),
        ),
    ),
    datasets=(
        DatasetEntry(
            name="planted-motifs",
            title="noisy sequences of 96 steps, each with one of three motifs at a random place",
            type="motif_sequences.arrays:SequenceDataset",
            kind="generated",
            loader="motif_sequences.generator:planted_motifs",
            licence="generated, free",
            options={"each": 80, "length": 96, "noise": 0.3, "folds": 5},
        ),
    ),
)
