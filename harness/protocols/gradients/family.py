"""The declarations of the family `gradients`."""

from harness.contract.family import Family, ProtocolEntry
from harness.protocols.gradients.metrics import METRICS
from harness.protocols.gradients.options import GradientOptions

ROOM = "harness.protocols.gradients"

FAMILY = Family(
    "gradients",
    "Gradient compression",
    protocols=(
        ProtocolEntry(
            "gradient-compression",
            "Gradient compression",
            f"{ROOM}.gradient_compression:GradientCompression",
            METRICS,
            options=GradientOptions,
            charts=(f"{ROOM}.charts:step_chart", f"{ROOM}.charts:link_chart"),
            hub_type="image-classification",
        ),
    ),
)
