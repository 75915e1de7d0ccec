"""Checked tickets of a contender as one model: scores at every level, and counts of each ticket."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.errors import BadPrediction
from harness.protocols.images.arrays import ImageSet
from harness.protocols.images.training.networks import num_parameters
from harness.protocols.pruning.training.masks import density
from harness.protocols.pruning.training.problem import PruningProblem, network_inputs
from harness.protocols.pruning.training.sgd import channels_last
from harness.protocols.pruning.training.speed import Speed, ticket_speed
from harness.protocols.pruning.training.tickets import TrainedTicket

BATCH = 1000
COARSE = 0.95
"""Least part of a level's density without a flag: sparser tickets are not comparable at the level."""


class PrunedNetworks:
    """Tickets of all levels, one for each.

    Attributes:
        num_parameters: number of parameters of the dense network.
        live: masks of the live weights of each ticket.
        speeds: speed of each ticket, once measured.
    """

    def __init__(self, tickets: Sequence[TrainedTicket], problem: PruningProblem) -> None:
        """Check the tickets.

        Raises:
            BadPrediction: not one ticket a level, or a ticket that :meth:`TrainedTicket.check` refuses.
        """
        if len(tickets) != len(problem.levels) or not all(isinstance(t, TrainedTicket) for t in tickets):
            raise BadPrediction(
                f"expected a TrainedTicket for each of {len(problem.levels)} levels, got {tickets!r:.200}"
            )
        self.tickets, self.problem = tuple(tickets), problem
        pairs = zip(tickets, problem.levels, strict=True)
        self.live = [ticket.check(level, problem.shape) for ticket, level in pairs]
        self.num_parameters = num_parameters(tickets[0].module)
        self.speeds: list[Speed] = []

    def predict(self, images: ImageSet) -> np.ndarray:
        """Return logits at every level, float32 (levels, n, classes)."""
        return self.scores(network_inputs(images, self.problem.options))

    def scores(self, inputs: Tensor) -> np.ndarray:
        """Return logits of network inputs at every level, float32 (levels, n, classes)."""
        return np.stack([_logits(ticket.module, inputs) for ticket in self.tickets])

    def measure(self) -> list[Speed]:
        """Time every ticket on the first validation images; raises as `ticket_speed` does."""
        images = self.problem.valid.images[: self.problem.options.timing_batch]
        self.speeds = [ticket_speed(ticket, images) for ticket in self.tickets]
        return self.speeds

    def counted(self) -> dict[str, np.ndarray]:
        """Return the nominal percents of the levels, the live and the masks' shares, and the shares in blocks."""
        pairs = list(zip(self.tickets, self.live, strict=True))
        return {
            "percent": np.array([level.percent for level in self.problem.levels]),
            "density": np.array([density(ticket.module, live) for ticket, live in pairs]),
            "mask_density": np.array([ticket.kept for ticket in self.tickets]),
            "block_share": np.array([ticket.block_share(live) for ticket, live in pairs]),
        }

    @property
    def facts(self) -> dict[str, Any]:
        """The facts of each level by its percent, measured times among them, and the flags of all levels."""
        facts: dict[str, Any] = {}
        flags: dict[str, None] = {}
        shares = self.counted()["density"]
        for ticket, level, speed, share in zip(self.tickets, self.problem.levels, self.speeds, shares, strict=True):
            if share < COARSE * level.density:
                flags[f"at {level.percent} %, no ticket nearer than {share:.0%}"] = None
            facts |= {f"{name}_at_{level.percent}": value for name, value in ticket.facts.items()}
            if speed.milliseconds:
                facts[f"way_at_{level.percent}"] = speed.way
                facts |= {f"ms_{way}_at_{level.percent}": ms for way, ms in speed.milliseconds.items()}
            flags |= dict.fromkeys([*ticket.flags, *([speed.reason] if speed.reason else [])])
        return {**facts, "flags": list(flags)}


@torch.no_grad()  # weights changed in inference mode could not be trained further
def _logits(module: nn.Module, inputs: Tensor) -> np.ndarray:
    module.eval()
    with channels_last(module):
        return np.concatenate([module(part).numpy() for part in inputs.split(BATCH)]).astype(np.float32)
