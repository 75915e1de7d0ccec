"""The declarations of the family `noisy_labels`. It uses images of the family `images`."""

from harness.contract.family import Family, ProtocolEntry
from harness.protocols.noisy_labels.catalogue import DATASETS
from harness.protocols.noisy_labels.metrics import CALIBRATION, CLASSIFICATION, REGRESSION
from harness.protocols.noisy_labels.options import ClassificationOptions, RegressionOptions

ROOM = "harness.protocols.noisy_labels"

FAMILY = Family(
    "noisy_labels",
    "Noisy labels",
    protocols=(
        ProtocolEntry(
            "noisy-label-classification",
            "Classification from noisy labels",
            f"{ROOM}.noisy_classification:NoisyLabelClassification",
            CLASSIFICATION,
            options=ClassificationOptions,
            hub_type="image-classification",
        ),
        ProtocolEntry(
            "prediction-calibration",
            "Calibration of noisy predictions",
            f"{ROOM}.prediction_calibration:PredictionCalibration",
            CALIBRATION,
            charts=(f"{ROOM}.charts:transition_chart",),
            hub_type="image-classification",
        ),
        ProtocolEntry(
            "privileged-regression",
            "Regression with side information",
            f"{ROOM}.privileged_regression:PrivilegedRegression",
            REGRESSION,
            options=RegressionOptions,
            hub_type="tabular-regression",
        ),
    ),
    datasets=DATASETS,
)
