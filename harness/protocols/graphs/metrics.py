"""Metrics of the graph protocols."""

from harness.contract.class_metrics import CLASS_SCORES
from harness.contract.metric import Metric, MetricSet

CLASSIFICATION = MetricSet(CLASS_SCORES)
RECONSTRUCTION = MetricSet((Metric("mse", "mean squared error", "error", "lower", floor=2.0**-46),))
"""The floor is the square of the float32 resolution: a smaller error of float32 coordinates is rounding."""
