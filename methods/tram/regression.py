"""Contenders of protocol `privileged-regression`: TRAM, and its control without side information."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor, nn

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.noisy_labels.privileged_regression import PrivilegedRegressor
from harness.protocols.noisy_labels.regression_arrays import PrivilegedSamples
from harness.protocols.noisy_labels.training.privileged_regressors import (
    AddedHead,
    BodyEstimates,
    read_out,
    regression_body,
    squared_error,
    train_full_batches,
)


@dataclass(frozen=True)
class RegressionTRAMSettings(Settings):
    """Settings of regression by TRAM.

    Attributes:
        zeros: whether zeros take the place of the side information.
        marginal_weight: lambda, weight of the marginal head's loss; without effect where the read-out is refitted.

    Raises:
        ValueError: a weight below 0.
    """

    zeros: bool = False
    marginal_weight: float = 1.0

    def __post_init__(self) -> None:
        if not self.marginal_weight >= 0:
            raise ValueError(f"marginal_weight must be 0 or more, got {self.marginal_weight!r}")


class TwoHeadedRegression(nn.Module):
    """A body, a marginal head on its output with the gradient stopped, and a head that sees side information."""

    def __init__(self, body: nn.Module, marginal_head: nn.Linear, pi_head: nn.Module) -> None:
        super().__init__()
        self.body, self.marginal_head, self.pi_head = body, marginal_head, pi_head

    def losses(self, x: Tensor, side: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the squared errors of the marginal head and of the other."""
        hidden = self.body(x)
        marginal = squared_error(self.marginal_head(hidden.detach()), y)
        return marginal, squared_error(self.pi_head(hidden, side), y)


class RegressionTRAM(PrivilegedRegressor):
    """TRAM; the marginal head is refitted on the frozen representation, which is its second step exactly."""

    streams = ("init",)
    base: ClassVar[RegressionTRAMSettings] = RegressionTRAMSettings()
    settings: RegressionTRAMSettings

    @classmethod
    def configurations(cls, profile: str) -> Sequence[RegressionTRAMSettings]:
        return (cls.base,)

    def fit(self, train: PrivilegedSamples, valid: PrivilegedSamples, context: Context) -> BodyEstimates:
        options, weight = context.options, self.settings.marginal_weight
        with context.seeded("init"):
            body, head = regression_body(options), nn.Linear(options.width, 1)
            network = TwoHeadedRegression(body, head, AddedHead(options.width)).to(context.device)
        side = np.zeros_like(train.side) if self.settings.zeros else train.side

        def loss(x: Tensor, a: Tensor, y: Tensor) -> Tensor:
            marginal, conditional = network.losses(x, a, y)
            return conditional + weight * marginal

        train_full_batches(network, loss, (train.x, side, train.y), context)
        return read_out(network.body, head, train.x, train.y, options.ridge)


class RegressionTRAMZeros(RegressionTRAM):
    """TRAM with zeros as side information."""

    base = RegressionTRAMSettings(zeros=True)
