"""The training loop of classifiers on noisy labels: a fixed number of epochs, no clean label."""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.contract.context import Context
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.protocols.noisy_labels.training.embedding_networks import EmbeddingNetwork, embedding_network
from harness.protocols.noisy_labels.training.label_batches import LabelBatch, LabelTensors
from harness.protocols.noisy_labels.training.schedule import augmented, optimiser_of, rates_of

Loss = Callable[[LabelBatch], Tensor]
LogProbabilities = Callable[[Tensor], Tensor]
"""Images (n, c, h, w) -> log-probabilities (n, classes), in evaluation mode."""

AfterEpoch = Callable[[int, nn.Module], bool]
"""Epoch from 0, and the module in evaluation mode -> whether training stops."""

EVALUATION_BATCH = 2000


class NetworkPredictions:
    """A model of the protocol: class probabilities of a network for images alone.

    Args:
        log_probabilities: of the network and what it needs at test time.
        modules: the modules that prediction uses, for their number of parameters.
        at_best_validation: the same model at the epoch of the lowest noisy validation loss.
    """

    def __init__(
        self,
        log_probabilities: LogProbabilities,
        modules: tuple[nn.Module, ...],
        at_best_validation: "NetworkPredictions | None" = None,
    ) -> None:
        self._log_probabilities, self.at_best_validation = log_probabilities, at_best_validation
        parameters = [p for module in modules for p in module.parameters()]
        self.num_parameters = sum(p.numel() for p in parameters)
        self._device = parameters[0].device if parameters else torch.device("cpu")
        self.facts: dict[str, object] = {}

    def predict(self, images: ImageSet) -> np.ndarray:
        """Return probabilities (n, classes) float32."""
        pixels = torch.from_numpy(images.channels_first())
        with torch.no_grad():
            parts = [self._log_probabilities(part.to(self._device)) for part in pixels.split(EVALUATION_BATCH)]
        return torch.cat(parts).exp().cpu().numpy()


def predictions_of(network: nn.Module, at_best_validation: NetworkPredictions | None = None) -> NetworkPredictions:
    """Return the predictions of a network that returns logits and is in evaluation mode."""
    return NetworkPredictions(lambda x: F.log_softmax(network(x), dim=1), (network,), at_best_validation)


@dataclass(frozen=True)
class Epochs:
    """Result of :func:`train_epochs`.

    Attributes:
        best: epoch of the lowest noisy validation loss, from 0.
        at_best: copy of the trained module with the weights of that epoch, in evaluation mode.
    """

    best: int
    at_best: nn.Module


def new_network(train: NoisyImages, options: ClassificationOptions, context: Context) -> EmbeddingNetwork:
    """Return the task's network with initial weights from the stream ``init``."""
    shape, classes = train.images.shape, train.num_classes
    network = embedding_network(options.network, shape, classes, options.hidden, seed=context.seed("init"))
    return network.to(context.device)


def train_epochs(
    module: nn.Module,
    loss: Loss,
    log_probabilities: Callable[[nn.Module], LogProbabilities],
    train: LabelTensors,
    valid: LabelTensors,
    options: ClassificationOptions,
    context: Context,
    parameters: Callable[[nn.Module], list[dict[str, object]]] | None = None,
    after_epoch: AfterEpoch | None = None,
    before_step: Callable[[nn.Module], None] | None = None,
    log_as: str = "",
) -> Epochs:
    """Train `module` in place for all epochs; the batches are those of the stream ``batches``.

    Args:
        loss: of a batch, by the module in training mode.
        log_probabilities: what a copy of the module predicts, for the noisy validation loss of each epoch, which
            goes into the learning curve.
        parameters: groups of the optimiser; all parameters of the module by default.
        after_epoch: called after each epoch; training ends where it returns True.
        before_step: called with the module between gradients and step, e.g. to clip them.
        log_as: prefix of the learning curve's names, for a contender that trains two networks.
    """
    given = parameters(module) if parameters else list(module.parameters())
    optimiser = optimiser_of(given, options)
    rates = rates_of(optimiser, options, math.ceil(len(train) / options.batch))
    random = context.stream("batches")
    best, least, state = 0, math.inf, None
    with context.seeded("dropout"):
        for epoch in range(options.epochs):
            module.train()
            total = 0.0
            for batch in train.epoch(options.batch, random):
                value = loss(augmented(batch, options))
                optimiser.zero_grad(set_to_none=True)
                value.backward()
                if before_step is not None:
                    before_step(module)
                optimiser.step()
                rates.step()
                total += float(value.detach())
            module.eval()
            noisy = _validation_loss(log_probabilities(module), valid)
            context.log(epoch, **{f"{log_as}train_loss": total, f"{log_as}valid_loss": noisy})
            if noisy < least:
                best, least, state = epoch, noisy, copy.deepcopy(module.state_dict())
            if after_epoch is not None and after_epoch(epoch, module):
                break
    at_best = copy.deepcopy(module)
    if state is not None:
        at_best.load_state_dict(state)
    return Epochs(best, at_best.eval())


def _validation_loss(log_probabilities: LogProbabilities, valid: LabelTensors) -> float:
    with torch.no_grad():
        found = log_probabilities(valid.pixels)
        return float(F.nll_loss(found[valid.item], valid.label))
