"""The training steps of `tram-step`: `prepare(case, data, threads)` returns the call."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from harness.protocols.noisy_labels.training.output_layers import LinearOutput
from harness.protocols.noisy_labels.training.pi_heads import PIHeadSettings, pi_head
from harness.protocols.noisy_labels.training.timed_steps import StepOutput, TimedBatch, step
from harness.protocols.noisy_labels.training.two_heads import TwoHeadedNetwork

Call = Callable[[], StepOutput]


def two_heads(data: TimedBatch) -> TwoHeadedNetwork:
    """Return the network with both heads, always with the same weights."""
    network = data.new_network()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        head = pi_head(network.width, data.classes, data.size, PIHeadSettings())
    return TwoHeadedNetwork(network.body, head, LinearOutput(network.width, data.classes, network.head))


def tram(case: Any, data: TimedBatch, threads: int) -> Call:
    """TRAM as it is trained: the body runs once an image."""
    network = two_heads(data)

    def losses() -> dict[str, Tensor]:
        marginal, conditional = network.losses(data.batch, data.given)
        return {"marginal": marginal, "conditional": conditional}

    return step(network, network.body, losses)


def tiled(case: Any, data: TimedBatch, threads: int) -> Call:
    """TRAM with the images repeated for each of their labels before the body."""
    network, batch = two_heads(data), data.batch

    def losses() -> dict[str, Tensor]:
        hidden = network.body(batch.pixels[batch.owner])
        marginal, conditional = network.marginal_head(hidden.detach()), network.pi_head(hidden, data.given)
        return {
            "marginal": F.nll_loss(marginal, batch.label),
            "conditional": F.nll_loss(conditional, batch.label),
        }

    return step(network, network.body, losses)
