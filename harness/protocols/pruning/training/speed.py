"""Speed of a ticket on this machine: its seconds relative to those of the dense network."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.errors import BadPrediction
from harness.protocols.pruning.training.folding import fold_norms
from harness.protocols.pruning.training.tickets import TrainedTicket
from harness.protocols.pruning.training.wall_clock import measure

TOLERANCE = 1e-3
"""Allowed difference of logits, relative to the largest of them or to 1: float32 in another order of summation."""
SECONDS = 2.0


@dataclass(frozen=True)
class Speed:
    """Median seconds of a batch.

    Attributes:
        way: name of the ticket's fastest implementation, "" if it was not measured.
        ratio: seconds of that way / seconds of the fastest dense way; NaN if it was not measured.
        seconds: time of every way in milliseconds, by name; ``torch`` is the dense network with folded batch norms.
        reason: reason for a missing measurement.
    """

    way: str = ""
    ratio: float = float("nan")
    milliseconds: Mapping[str, float] | None = None
    reason: str = ""


@torch.inference_mode()
def ticket_speed(ticket: TrainedTicket, images: Tensor, *, seconds: float = SECONDS) -> Speed:
    """Compile a ticket and time it, in turns with the same network computed densely.

    Args:
        images: a batch of real images (N, C, H, W).
        seconds: time budget, see `measure`.

    Raises:
        BadPrediction: a way computes other logits than the network.
    """
    if ticket.compile is None:
        return Speed()
    module = copy.deepcopy(ticket.module).eval()
    try:
        ways = dict(ticket.compile(module, tuple(images.shape)))
        folded = fold_norms(module)
    except ValueError as error:
        return Speed(reason=f"time not measured: {error}")
    expected = module(images)
    for name, compute in ways.items():
        off = float((compute(images) - expected).abs().max() / expected.abs().max().clamp(min=1))
        if not off <= TOLERANCE:
            raise BadPrediction(
                f"way {name!r} of a ticket is off by {off:.3g} of the logits, allowed {TOLERANCE:g}"
            )
    own = next(iter(ways))
    dense = [name for name in ("torch", "dense") if name == "torch" or name in ways]
    clocks = measure({"torch": folded, **ways}, images, reference="torch", seconds=seconds)
    medians = {name: clock.median for name, clock in clocks.items()}
    ratio = medians[own] / min(medians[name] for name in dense)
    return Speed(own, ratio, {name: 1e3 * median for name, median in medians.items()})
