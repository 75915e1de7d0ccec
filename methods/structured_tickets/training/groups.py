"""IMP-Regroup: tickets of dense blocks, from the last mask or, as an ablation, from that of every round."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from harness.protocols.pruning.training.layers import prunable_layers, weight_name
from harness.protocols.pruning.training.masks import Masks
from harness.protocols.pruning.training.selection import prune_smallest
from methods.structured_tickets.regroup import RegroupResult, regroup, scale_rule
from methods.structured_tickets.training.ticket import Ticket, TicketLayer, layer_masks
from methods.structured_tickets.validation import BoolArray


@dataclass(frozen=True)
class RegroupSettings:
    """Settings of regrouping; see `regroup`, which checks the values.

    Attributes:
        k, min_rows: values for every layer; None takes those of `scale_rule` for the layer's number of rows.
        fallback: result for a layer without any block; "keep" is that of the authors' training code, and such a
            layer saves no time.
    """

    k: int | None = None
    min_rows: int | None = None
    rule: str = "ratio"
    param: float = 1.5
    min_cols: int = 1
    row_multiple: int | None = None
    repeat: bool = False
    fallback: str = "dense"
    method: str = "gram"
    restarts: int = 1
    seed: int = 0

    def regroup(self, mask: BoolArray) -> RegroupResult:
        """Regroup one layer; a layer with fewer non-empty rows than k has as many groups as these."""
        k, min_rows = scale_rule(len(mask))
        k = k if self.k is None else self.k
        min_rows = min_rows if self.min_rows is None else self.min_rows
        return regroup(
            mask,
            k=min(k, max(1, int(mask.any(axis=1).sum()))),
            rule=self.rule,
            param=self.param,
            min_rows=min_rows,
            min_cols=self.min_cols,
            row_multiple=self.row_multiple,
            repeat=self.repeat,
            fallback=self.fallback,
            seed=self.seed,
            method=self.method,
            restarts=self.restarts,
        )


def regroup_ticket(
    module: nn.Module, masks: Mapping[str, Tensor], settings: RegroupSettings | None = None
) -> Ticket:
    """Make blocks of every prunable layer.

    Args:
        masks: masks of a pruning round, or of another method.

    Returns:
        A ticket whose `fallbacks` name the layers in which no block was found. A fully pruned layer stays so and is
        among the collapsed ones.

    Raises:
        ValueError: masks that do not fit, or a setting out of range.
        ImportError: the package of the partitioner is not installed.
    """
    settings = settings or RegroupSettings()
    layers = prunable_layers(module)
    trained: Masks = {}
    parts: dict[str, TicketLayer] = {}
    for name, mask in layer_masks(module, masks).items():
        result = settings.regroup(mask)
        kept = int(result.mask.sum())
        trained[weight_name(name)] = torch.from_numpy(result.mask).reshape(layers[name].weight.shape)
        unblocked = result.stats.fallback in ("dense", "keep")
        parts[name] = TicketLayer(
            mask.size, kept, result.stats.area, None if unblocked else result.blocks, result.stats.fallback
        )
    return Ticket(trained, parts)


@dataclass
class GroupAwarePruning:
    """Magnitude pruning that regroups after every round and continues from the regrouped mask (an ablation).

    An instance is the `prune` of `iterative_pruning`. Regrouping may revive weights, so masks are not nested, and
    the density falls by other steps than the rate: with the ratio rule by about a half in each round.

    Attributes:
        pruned: masks of the latest round before they were regrouped.
    """

    module: nn.Module
    rate: float = 0.2
    settings: RegroupSettings = field(default_factory=RegroupSettings)
    pruned: Masks = field(default_factory=dict)

    def __call__(self, weights: Mapping[str, Tensor], masks: Masks) -> Masks:
        """Return the regrouped masks of the next round."""
        self.pruned = prune_smallest(weights, masks, self.rate)
        return regroup_ticket(self.module, self.pruned, self.settings).masks
