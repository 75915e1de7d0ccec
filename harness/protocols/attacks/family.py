"""The declarations of the family `attacks`."""

from harness.contract.family import Family, ProtocolEntry
from harness.protocols.attacks.catalogue import DATASETS
from harness.protocols.attacks.metrics import METRICS

ROOM = "harness.protocols.attacks"

FAMILY = Family(
    "attacks",
    "Attacks",
    protocols=(
        ProtocolEntry(
            "attack-identification",
            "Attack identification",
            f"{ROOM}.attack_identification:AttackIdentification",
            METRICS,
            charts=(f"{ROOM}.charts:condition_chart", f"{ROOM}.charts:confusion_chart"),
            hub_type="image-classification",
        ),
    ),
    datasets=DATASETS,
)
