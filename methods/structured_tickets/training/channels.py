"""IMP-Refill and Refill+: tickets of whole output channels (ICML 2022, section 3)."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from harness.protocols.pruning.training.channels import channel_masks, following_norms
from harness.protocols.pruning.training.images import LabelledImages
from harness.protocols.pruning.training.layers import rows_of, weight_name
from methods.structured_tickets.channel_scores import NEEDS, channel_scores
from methods.structured_tickets.refill import refill
from methods.structured_tickets.training.responses import layer_responses
from methods.structured_tickets.training.ticket import Ticket, TicketLayer, layer_masks
from methods.structured_tickets.validation import check_choice


def refill_ticket(
    module: nn.Module,
    masks: Mapping[str, Tensor],
    weights: Mapping[str, Tensor],
    batch: LabelledImages,
    *,
    criterion: str = "l1",
    extra: float = 0.0,
) -> Ticket:
    """Keep the best channels of each layer, about as many weights as its mask has; silence the others.

    A dead channel emits zero: its bias and its batch norm are masked too, so that it can be removed.

    Args:
        module: trained network; its current weights process the batch if the criterion uses features.
        masks: masks of a pruning round.
        weights: trained weights that gave the masks, `PruningRound.ranked`.
        batch: images for the feature criteria; otherwise any images, to find the batch norms.
        criterion: "l1", "count", "feat_l1", "feat_l2" or "saliency", see `channel_scores`.
        extra: share of the remaining channels that Refill+ keeps too.

    Returns:
        A ticket with one block a layer: the kept channels times all columns. A fully pruned layer stays so.

    Raises:
        ValueError: masks or weights that do not fit, an unknown criterion, or extra outside [0, 1].
    """
    needs = NEEDS[check_choice(criterion, "criterion", tuple(NEEDS))]
    responses = layer_responses(module, batch) if "activation" in needs else {}
    matrices = layer_masks(module, masks)
    kept: dict[str, Tensor] = {}
    layers: dict[str, TicketLayer] = {}
    for name, mask in matrices.items():
        if weight_name(name) not in weights:
            raise ValueError(f"weights must have all prunable layers, got none for {name!r}")
        given = {"weight": rows_of(weights[weight_name(name)].detach()).numpy()}
        if name in responses:
            given |= {key: value.numpy() for key, value in responses[name]._asdict().items()}
        scores = channel_scores(mask, criterion, **{need: given[need] for need in needs})
        filled = refill(mask, scores, extra)
        rows = np.flatnonzero(filled.any(axis=1))
        kept[name] = torch.from_numpy(filled.any(axis=1))
        area = int(np.count_nonzero(filled))
        layers[name] = TicketLayer(mask.size, area, area, [(rows, np.arange(mask.shape[1]))] if len(rows) else [])
    return Ticket(channel_masks(module, kept, following_norms(module, batch.images[:1])), layers)
