"""Declarations of the metrics that `harness.contract.scoring` computes from class scores; light to import."""

from harness.contract.metric import Metric

ACCURACY = Metric("accuracy", "accuracy", "share", "higher", counts_items=True)
ROC_AUC = Metric("roc_auc", "area under the ROC curve", "share", "higher")
NLL = Metric("nll", "NLL", "error", "lower", scale="linear")
TEST_PEEK_MAX = Metric(
    "test_peek_max", "peeked maximum (diagnostic)", "share", None, header="peeked maximum (diagnostic)"
)

CLASS_SCORES = (ACCURACY, ROC_AUC, NLL, TEST_PEEK_MAX)
