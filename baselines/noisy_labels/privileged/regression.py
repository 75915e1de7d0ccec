"""Regression without side information: the body and a linear read-out."""

from collections.abc import Sequence

from torch import nn

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.noisy_labels.privileged_regression import PrivilegedRegressor
from harness.protocols.noisy_labels.regression_arrays import PrivilegedSamples
from harness.protocols.noisy_labels.training.privileged_regressors import (
    BodyEstimates,
    read_out,
    regression_body,
    squared_error,
    train_full_batches,
)


class RegressionNoPI(PrivilegedRegressor):
    """Squared error of x and y alone; the read-out is refitted as that of the other contenders."""

    streams = ("init",)

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (Settings(),)

    def fit(self, train: PrivilegedSamples, valid: PrivilegedSamples, context: Context) -> BodyEstimates:
        options = context.options
        with context.seeded("init"):
            body, head = regression_body(options), nn.Linear(options.width, 1)
        network = nn.Sequential(body, head).to(context.device)
        train_full_batches(
            network, lambda x, side, y: squared_error(network(x), y), (train.x, train.side, train.y), context
        )
        return read_out(body, head, train.x, train.y, options.ridge)
