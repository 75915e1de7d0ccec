"""The training step without side information, as the kernel `tram-step` times it."""

from collections.abc import Callable
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from harness.protocols.noisy_labels.training.timed_steps import StepOutput, TimedBatch, step


def no_pi(case: Any, data: TimedBatch, threads: int) -> Callable[[], StepOutput]:
    """Body and linear head, cross-entropy over all labels; the body runs once an image."""
    network, batch = data.new_network(), data.batch

    def losses() -> dict[str, Tensor]:
        return {"marginal": F.cross_entropy(network(batch.pixels)[batch.owner], batch.label)}

    return step(network, network.body, losses)
