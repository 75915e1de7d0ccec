"""Structured ticket: masks for training, and blocks for fast inference."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from harness.protocols.pruning.training.layers import prunable_layers, rows_of, weight_name
from harness.protocols.pruning.training.masks import Masks, check_masks, collapsed
from methods.structured_tickets.blocks import Block
from methods.structured_tickets.statistics import share
from methods.structured_tickets.validation import BoolArray


@dataclass(frozen=True)
class TicketLayer:
    """A prunable layer of a ticket.

    Attributes:
        size: number of all weights, R n.
        kept: number of trained weights.
        inside: number of trained weights in blocks.
        blocks: (rows, columns) of the matrix view (R, n); None if the layer is not made of blocks.
        fallback: "" or the fallback of a layer without any block: "dense", "keep" (unstructured) or "empty".
    """

    size: int
    kept: int
    inside: int
    blocks: list[Block] | None
    fallback: str = ""


@dataclass(frozen=True)
class Ticket:
    """Masks with their structure.

    Attributes:
        masks: masks by parameter name, of weights, and of biases and batch norms of dead channels.
        layers: layers by name of the prunable layer.
    """

    masks: Masks
    layers: Mapping[str, TicketLayer]

    @property
    def density(self) -> float:
        """Share of the prunable weights that is kept."""
        return share(sum(x.kept for x in self.layers.values()), sum(x.size for x in self.layers.values()))

    @property
    def block_share(self) -> float:
        """Share of the kept weights that really lie in blocks; the rest is dense or unstructured by fallback."""
        return share(sum(x.inside for x in self.layers.values()), sum(x.kept for x in self.layers.values()))

    @property
    def fallbacks(self) -> dict[str, str]:
        """Fallbacks of the layers without a block, by name."""
        return {name: layer.fallback for name, layer in self.layers.items() if layer.fallback}

    @property
    def collapsed(self) -> tuple[str, ...]:
        """Names of weights that are pruned completely."""
        return collapsed(self.masks)

    @property
    def blocks(self) -> dict[str, list[Block]]:
        """Blocks of the layers that have them, in the form of `compile_network`."""
        return {name: layer.blocks for name, layer in self.layers.items() if layer.blocks is not None}


def unstructured_ticket(module: nn.Module, masks: Mapping[str, Tensor]) -> Ticket:
    """Return a ticket of unchanged masks, without blocks.

    Raises:
        ValueError: masks that do not fit, or a prunable weight without one.
    """
    layers = {
        name: TicketLayer(mask.size, int(np.count_nonzero(mask)), 0, None)
        for name, mask in layer_masks(module, masks).items()
    }
    return Ticket(dict(masks), layers)


def layer_masks(module: nn.Module, masks: Mapping[str, Tensor]) -> dict[str, BoolArray]:
    """Return the mask of each prunable layer in matrix view, bool (R, n).

    Raises:
        ValueError: masks that do not fit, or a prunable weight without one.
    """
    check_masks(module, masks)
    layers = prunable_layers(module)
    if missing := [name for name in layers if weight_name(name) not in masks]:
        raise ValueError(f"masks must have all prunable weights, got none for layer {missing[0]!r}")
    return {name: rows_of(masks[weight_name(name)]).cpu().numpy() for name in layers}
