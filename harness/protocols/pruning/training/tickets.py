"""Ticket: the result of a contender for a density, a trained network with its masks and fast implementations."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.errors import BadPrediction
from harness.protocols.pruning.training.layers import prunable_layers, rows_of, weight_name
from harness.protocols.pruning.training.live import live_masks
from harness.protocols.pruning.training.masks import Masks, collapsed, density
from harness.protocols.pruning.training.problem import DensityLevel
from harness.protocols.pruning.training.retraining import Retrained

Block = tuple[np.ndarray, np.ndarray]
Computation = Callable[[Tensor], Tensor]
"""Images (N, C, H, W) -> logits (N, classes)."""
Compile = Callable[[nn.Module, tuple[int, ...]], Mapping[str, Computation]]
"""A trained network and an input shape (N, C, H, W) -> ways to compute it, the ticket's own first.

A way called ``dense`` computes the network with its zeros; it is a second reference, beside torch's own.

It raises ValueError if the network cannot be computed so: the time is then absent, and a flag has the reason.
"""


@dataclass(frozen=True)
class TrainedTicket:
    """A network pruned to a level and trained.

    Attributes:
        module: network in the state to be scored.
        masks: masks by parameter name; masked parameters of `module`, and those of dead channels, are exactly zero.
        blocks: layer -> dense blocks (rows, columns) of the matrix view of its weight; layers that are not made of
            blocks are left out.
        compile: factory of the implementations to time; None for no measurement.
        dense: whether the ticket is exempt from the level's density.
        facts: plain values for the record, e.g. the round of the mask.
        flags: short texts for the reader of the board.
    """

    module: nn.Module
    masks: Mapping[str, Tensor]
    blocks: Mapping[str, Sequence[Block]] = field(default_factory=dict)
    compile: Compile | None = None
    dense: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    @property
    def kept(self) -> float:
        """Counted share of the prunable weights that the masks keep, dead channels included."""
        return density(self.module, self.masks)

    def block_share(self, live: Mapping[str, Tensor]) -> float:
        """Return the counted share of the live prunable weights that lie inside the blocks."""
        inside = kept = 0
        for name in prunable_layers(self.module):
            matrix = rows_of(live[weight_name(name)]).numpy()
            union = np.zeros_like(matrix)
            for rows, columns in self.blocks.get(name, ()):
                union[np.ix_(rows, columns)] = True
            inside += int(np.count_nonzero(union & matrix))
            kept += int(np.count_nonzero(matrix))
        return inside / kept if kept else 0.0

    def check(self, level: DensityLevel, shape: tuple[int, ...]) -> Masks:
        """Reject a ticket that contradicts its declaration, and return the masks of its live weights.

        Args:
            shape: shape of one input, without the batch.

        Raises:
            BadPrediction: masks that do not fit, masked parameters that are not zero, parameters that are not
                finite, or more live weights than the level allows.
        """
        try:
            live = live_masks(self.module, self.masks, shape)
        except ValueError as error:
            raise BadPrediction(f"ticket at {level.percent} %: {error}") from error
        parameters = dict(self.module.named_parameters())
        for name, mask in live.items():
            if alive := int(torch.count_nonzero(parameters[name].detach()[~mask])):
                raise BadPrediction(
                    f"ticket at {level.percent} %: parameters that are masked or of dead channels must be zero, "
                    f"got {alive} others in {name!r}"
                )
        for name, parameter in parameters.items():
            if not bool(torch.isfinite(parameter).all()):
                raise BadPrediction(
                    f"ticket at {level.percent} %: parameters must be finite, got others in {name!r}"
                )
        kept = density(self.module, live)
        if kept > level.allowed and not self.dense:
            raise BadPrediction(
                f"ticket at {level.percent} %: expected at most {level.allowed:.2%} of the prunable weights (the "
                f"level and one channel of each layer), got {kept:.2%}; declare it dense, or prune more"
            )
        return live


def finished(
    retrained: Retrained,
    masks: Mapping[str, Tensor],
    *,
    blocks: Mapping[str, Sequence[Block]] | None = None,
    compile: Compile | None = None,
    facts: Mapping[str, Any] | None = None,
    flags: Sequence[str] = (),
) -> TrainedTicket:
    """Return a copy of a retrained network as a ticket; empty layers are flagged."""
    empty = tuple(f"layer {name.removesuffix('.weight')}: no weight left" for name in collapsed(masks))
    return TrainedTicket(
        copy.deepcopy(retrained.module), masks, blocks or {}, compile, False, facts or {}, (*flags, *empty)
    )


def channel_blocks(module: nn.Module, masks: Mapping[str, Tensor]) -> dict[str, list[Block]]:
    """Return the block of each layer whose mask keeps whole output channels: these rows and all columns."""
    blocks: dict[str, list[Block]] = {}
    for name in prunable_layers(module):
        if (mask := masks.get(weight_name(name))) is None:
            continue
        matrix = rows_of(mask).numpy()
        rows = np.flatnonzero(matrix.any(axis=1))
        if len(rows) and matrix[rows].all():
            blocks[name] = [(rows, np.arange(matrix.shape[1]))]
    return blocks
