"""The declarations of the family `pruning`."""

from harness.contract.family import Family, ProtocolEntry
from harness.protocols.pruning.metrics import METRICS
from harness.protocols.pruning.options import PruningOptions

ROOM = "harness.protocols.pruning"

FAMILY = Family(
    "pruning",
    "Pruning",
    protocols=(
        ProtocolEntry(
            "network-pruning",
            "Pruning to fixed densities",
            f"{ROOM}.network_pruning:NetworkPruning",
            METRICS,
            options=PruningOptions,
            charts=(f"{ROOM}.charts:density_chart", f"{ROOM}.charts:time_chart"),
            hub_type="image-classification",
        ),
    ),
)
