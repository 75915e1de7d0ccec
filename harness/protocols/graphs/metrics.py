"""Metrics of the graph protocols."""

from harness.contract.class_metrics import CLASS_SCORES
from harness.contract.metric import Metric, MetricSet

CLASSIFICATION = MetricSet(CLASS_SCORES)
RECONSTRUCTION = MetricSet((Metric("mse", "mean squared error", "error", "lower"),))
