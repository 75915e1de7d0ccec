"""The declarations of the family `graphs`."""

from harness.contract.family import Family, ProtocolEntry
from harness.protocols.graphs import metrics
from harness.protocols.graphs.catalogue import DATASETS
from harness.protocols.graphs.options import GraphClassificationOptions

ROOM = "harness.protocols.graphs"

FAMILY = Family(
    "graphs",
    "Graphs",
    protocols=(
        ProtocolEntry(
            "graph-classification",
            "Graph classification",
            f"{ROOM}.graph_classification:GraphClassification",
            metrics.CLASSIFICATION,
            options=GraphClassificationOptions,
            hub_type="graph-ml",
        ),
        ProtocolEntry(
            "node-classification",
            "Node classification",
            f"{ROOM}.node_classification:NodeClassification",
            metrics.CLASSIFICATION,
            hub_type="graph-ml",
        ),
        ProtocolEntry(
            "graph-reconstruction",
            "Graph reconstruction",
            f"{ROOM}.graph_reconstruction:GraphReconstruction",
            metrics.RECONSTRUCTION,
            hub_type="graph-ml",
        ),
    ),
    datasets=DATASETS,
)
