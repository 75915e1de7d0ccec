"""The training loop: Adam, clipping, early stopping and the checkpoint of lowest validation loss."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.contract.context import Context
from harness.protocols.graphs.arrays import GraphCollection, GraphSet
from harness.protocols.graphs.training.batches import CollectionTensors, GraphBatch
from harness.protocols.graphs.training.networks import GraphNetwork
from harness.protocols.graphs.training.training_settings import GraphTrainingSettings

EVALUATION_BATCH = 512
RESERVED_EPOCHS, RESERVED_SECONDS = 3.0, 2.0


class Checkpoints:
    """The weights of a module (parameters and running statistics) after each epoch, one flat vector each."""

    def __init__(self, module: nn.Module) -> None:
        self._tensors = [t for t in module.state_dict().values() if t.is_floating_point()]
        self._saved: list[Tensor] = []

    def __len__(self) -> int:
        return len(self._saved)

    def save(self) -> None:
        """Append the current weights of the module."""
        self._saved.append(torch.cat([tensor.reshape(-1) for tensor in self._tensors]).cpu())

    def restore(self, epoch: int) -> None:
        """Load the weights of an epoch into the module."""
        parts = self._saved[epoch].split([tensor.numel() for tensor in self._tensors])
        with torch.no_grad():
            for tensor, part in zip(self._tensors, parts, strict=True):
                tensor.copy_(part.view_as(tensor))


class TrainedGraphNetwork:
    """A trained network with its best weights, and those after every epoch.

    Args:
        collate: function that returns the tensors of another collection than the one trained on.
    """

    def __init__(
        self,
        network: GraphNetwork,
        graphs: CollectionTensors,
        checkpoints: Checkpoints,
        best: int,
        collate: Callable[[GraphCollection], CollectionTensors],
    ) -> None:
        self.network, self.best = network, best
        self._graphs, self._checkpoints, self._collate = graphs, checkpoints, collate
        checkpoints.restore(best)
        network.eval()

    @property
    def num_parameters(self) -> int:
        """Number of learned values, including those without effect."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def predict(self, graphs: GraphSet) -> np.ndarray:
        """Return log-probabilities, (n, num_classes) float32."""
        return log_probabilities(self.network, self._batches(graphs)).cpu().numpy()

    def predict_epochs(self, graphs: GraphSet) -> np.ndarray:
        """Return the log-probabilities after each epoch, (epochs, n, num_classes)."""
        batches = self._batches(graphs)
        predictions = []
        for epoch in range(len(self._checkpoints)):
            self._checkpoints.restore(epoch)
            predictions.append(log_probabilities(self.network, batches).cpu().numpy())
        self._checkpoints.restore(self.best)
        return np.stack(predictions)

    def _batches(self, graphs: GraphSet) -> list[GraphBatch]:
        same = graphs.collection is self._graphs.collection
        return evaluation_batches(self._graphs if same else self._collate(graphs.collection), graphs.index)


@dataclass(frozen=True)
class Examples:
    """Labelled graphs: numbers in the collection and classes, both (n,) int64."""

    graphs: np.ndarray
    targets: Tensor

    @classmethod
    def of(cls, graphs: GraphSet, name: str, device: str) -> "Examples":
        """Return the labelled graphs of a set.

        Raises:
            ValueError: the set is empty or has no targets.
        """
        if graphs.targets is None or len(graphs) == 0:
            raise ValueError(f"{name} holds {len(graphs)} graphs, expected at least one graph, with targets")
        targets = torch.from_numpy(np.array(graphs.targets, dtype=np.int64)).to(device)
        return cls(np.array(graphs.index), targets)


def train_network(
    network: GraphNetwork,
    graphs: CollectionTensors,
    train: Examples,
    valid: Examples,
    settings: GraphTrainingSettings,
    context: Context,
) -> tuple[Checkpoints, int]:
    """Train in place; return the weights after each epoch and the epoch of lowest validation loss.

    Every epoch adds `train_loss` (auxiliary losses included), `valid_loss` and `valid_accuracy` to the learning
    curve. Training ends early without a better validation loss for `settings.patience` epochs, or when the
    trial's time is nearly over (`out_of_time` in the learning curve).
    """
    optimiser = torch.optim.Adam(
        network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    epochs = settings.epochs(len(graphs))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, warmup_cosine(settings.warmup_epochs, epochs))
    generator = context.stream("batches")
    checkpoints = Checkpoints(network)
    valid_batches = evaluation_batches(graphs, valid.graphs)
    best, best_loss, slowest = 0, math.inf, 0.0
    with context.seeded("dropout"):
        for epoch in range(epochs):
            started = time.monotonic()
            network.train()
            batches = minibatches(
                len(train.graphs), settings.batch_size(len(graphs)), settings.batches(len(graphs)), generator
            )
            train_loss = _run_epoch(network, graphs, train, batches, optimiser, settings.clip_norm)
            schedule.step()
            network.eval()
            predicted = log_probabilities(network, valid_batches)
            valid_loss = float(F.nll_loss(predicted, valid.targets))
            accuracy = float((predicted.argmax(1) == valid.targets).float().mean())
            checkpoints.save()
            context.log(epoch, train_loss=train_loss, valid_loss=valid_loss, valid_accuracy=accuracy)
            if valid_loss < best_loss:
                best, best_loss = epoch, valid_loss
            slowest = max(slowest, time.monotonic() - started)
            if epoch - best >= settings.patience:
                break
            if context.time_left() < RESERVED_EPOCHS * slowest + RESERVED_SECONDS:
                context.log(epoch, out_of_time=1.0)
                break
    return checkpoints, best


def _run_epoch(
    network: GraphNetwork,
    graphs: CollectionTensors,
    examples: Examples,
    batches: Sequence[np.ndarray],
    optimiser: torch.optim.Optimizer,
    clip_norm: float,
) -> float:
    total = torch.zeros((), device=graphs.device)
    parameters = list(network.parameters())
    for chosen in batches:
        optimiser.zero_grad(set_to_none=True)
        loss = network.loss(graphs.batch(examples.graphs[chosen]), examples.targets[chosen])
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, clip_norm)
        optimiser.step()
        total += loss.detach() * len(chosen)
    return float(total) / sum(len(chosen) for chosen in batches)


def minibatches(count: int, size: int, batches: int | None, generator: np.random.Generator) -> list[np.ndarray]:
    """Return the positions 0..count-1 of an epoch's mini-batches.

    Positions form one pass in random order, or random subsets. A pass has no last batch of a single graph, which
    batch normalisation cannot use.
    """
    if batches is not None:
        return [generator.choice(count, min(size, count), replace=False) for _ in range(batches)]
    order = generator.permutation(count)
    cut = [order[start : start + size] for start in range(0, count, size)]
    return cut[:-1] if len(cut) > 1 and len(cut[-1]) == 1 else cut


def warmup_cosine(warmup: int, epochs: int) -> Callable[[int], float]:
    """Return the factor of the learning rate by epoch: linear to 1 in `warmup` epochs, then cosine to 0.

    A warm-up of 0 means the constant 1.
    """

    def factor(epoch: int) -> float:
        if warmup == 0:
            return 1.0
        if epoch < warmup:
            return (epoch + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (epoch - warmup) / max(1, epochs - warmup))))

    return factor


def evaluation_batches(graphs: CollectionTensors, index: np.ndarray) -> list[GraphBatch]:
    """Cut large batches that hold the given graphs in their order."""
    index = np.array(index)
    return [graphs.batch(index[i : i + EVALUATION_BATCH]) for i in range(0, len(index), EVALUATION_BATCH)]


@torch.no_grad()
def log_probabilities(network: GraphNetwork, batches: Sequence[GraphBatch]) -> Tensor:
    """Return the network's output over some batches, (n, num_classes)."""
    return torch.cat([network(batch) for batch in batches])
