"""Training steps as kernels time them: one batch of images with labels, forward, backward and an Adam step."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from harness.protocols.noisy_labels.training.embedding_networks import EmbeddingNetwork, embedding_network
from harness.protocols.noisy_labels.training.label_batches import LabelBatch
from harness.protocols.noisy_labels.training.side_information import SideInformation, SideInformationSize


@dataclass(frozen=True, eq=False)
class TimedBatch:
    """A batch with the side information of its labels, and the network that trains on it.

    Attributes:
        network: a name of `embedding_networks`.
        hidden: widths of a perceptron.
        classes: number of classes.
    """

    batch: LabelBatch
    given: SideInformation
    size: SideInformationSize
    network: str
    hidden: tuple[int, ...]
    classes: int

    def new_network(self) -> EmbeddingNetwork:
        """Return the network in training mode, always with the same weights, without dropout.

        Dropout would give each implementation other numbers; batch normalisation stays.
        """
        shape = tuple(self.batch.pixels.shape[1:])
        network = embedding_network(self.network, shape, self.classes, self.hidden, seed=0)  # type: ignore[arg-type]
        for module in network.modules():
            if isinstance(module, nn.Dropout | nn.Dropout2d):
                module.p = 0.0
        return network.train()


@dataclass(frozen=True, eq=False)
class StepOutput:
    """Result of a step.

    Attributes:
        losses: by name: ``marginal`` without side information, ``conditional`` with it.
        body: the body, with the gradients of the step.
    """

    losses: dict[str, Tensor]
    body: nn.Module

    @property
    def gradients(self) -> list[Tensor]:
        """Gradients of the body's parameters."""
        return [parameter.grad for parameter in self.body.parameters() if parameter.grad is not None]


def step(module: nn.Module, body: nn.Module, losses: Callable[[], dict[str, Tensor]]) -> Callable[[], StepOutput]:
    """Return the call of a whole training step on the sum of the losses.

    The learning rate of Adam is 0: the update costs what it costs, and all calls compute the same numbers.
    """
    optimiser = torch.optim.Adam(module.parameters(), lr=0.0, fused=True)

    def call() -> StepOutput:
        found = losses()
        optimiser.zero_grad(set_to_none=True)
        torch.stack(list(found.values())).sum().backward()
        optimiser.step()
        return StepOutput({name: value.detach() for name, value in found.items()}, body)

    return call
