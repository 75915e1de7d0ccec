"""Full-batch training of node classifiers on one graph, the same for every contender."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.graphs.arrays import NodeGraph
from harness.protocols.graphs.node_classification import NodeView
from harness.protocols.graphs.training.sparse import SparseMatrix, gcn_adjacency

RESERVED_SECONDS = 5.0
"""Training stops this long before the trial's deadline, so that time is left for predictions."""


@dataclass(frozen=True)
class FullBatchSettings(Settings):
    """Training settings of every node classifier.

    Attributes:
        learning_rate: learning rate of Adam.
        weight_decay: L2 penalty; the network selects the parameters to which it applies.
        max_epochs: largest number of epochs, each one gradient step.
        patience: epochs without a better validation accuracy or loss after which training stops.
        row_normalise: whether the features of each node are scaled to sum to 1.
    """

    learning_rate: float = 0.01
    weight_decay: float = 5e-4
    max_epochs: int = 200
    patience: int = 50
    row_normalise: bool = False

    def __post_init__(self) -> None:
        check_at_least("max_epochs", self.max_epochs, 1)
        check_at_least("patience", self.patience, 1)
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be > 0, got {self.learning_rate}")
        if not self.weight_decay >= 0:
            raise ValueError(f"weight_decay must be >= 0, got {self.weight_decay}")


def check_at_least(name: str, value: int, least: int) -> None:
    """Raise ValueError unless `value` is an integer >= `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be an integer >= {least}, got {value!r}")


def check_probability(name: str, value: float) -> None:
    """Raise ValueError unless 0 <= `value` < 1."""
    if not 0.0 <= value < 1.0:
        raise ValueError(f"{name} must be in [0, 1), got {value!r}")


@dataclass(frozen=True, eq=False)
class NodeInputs:
    """One attributed graph as input tensors of networks.

    Attributes:
        features: (N, F), sparse.
        adjacency: (N, N), normalised as in a GCN, self-loops included.
        edge_index: (2, E) int64, both directions, no self-loops.
    """

    features: SparseMatrix
    adjacency: SparseMatrix
    edge_index: Tensor

    @classmethod
    def from_graph(cls, graph: NodeGraph, *, row_normalise: bool = False, device: str = "cpu") -> "NodeInputs":
        """Convert a graph; rows without any feature stay zero under `row_normalise`."""
        features = scipy.sparse.csr_matrix(
            (graph.feature_values, graph.feature_indices, graph.feature_indptr),
            shape=(graph.num_nodes, graph.num_features),
            copy=True,
        )
        if row_normalise:
            sums = np.asarray(features.sum(axis=1)).reshape(-1)
            scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums != 0)
            features = scipy.sparse.csr_matrix(scipy.sparse.diags(scale) @ features)
        return cls(
            SparseMatrix.from_scipy(features, device=device),
            gcn_adjacency(graph.edge_index, graph.num_nodes, device),
            torch.from_numpy(np.array(graph.edge_index)).to(device),
        )


@dataclass(frozen=True, eq=False)
class TransductiveModel:
    """Logits (epochs, N, C) of every epoch in evaluation mode, and the chosen epoch.

    Prediction needs no network: all nodes were scored during training.
    """

    logits: npt.NDArray[np.float32]
    best_epoch: int
    num_parameters: int

    def predict(self, nodes: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return logits (n, C) from the epoch of :class:`BestEpoch`."""
        return self.logits[self.best_epoch, nodes]

    def predict_epochs(self, nodes: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return logits (epochs, n, C) of all epochs, for the diagnostic `test_peek_max` only."""
        return self.logits[:, nodes]


@dataclass
class BestEpoch:
    """The epoch with the highest validation accuracy; the lowest validation loss decides among equals.

    Attributes:
        epoch: -1 as long as no validation loss was finite.
        improved: last epoch with a better accuracy or a better loss than all before it (the stopping rule of
            Veličković et al., ICLR 2018, without its equal epochs).
    """

    epoch: int = -1
    accuracy: float = -1.0
    loss: float = float("inf")
    lowest_loss: float = float("inf")
    improved: int = 0

    def update(self, epoch: int, accuracy: float, loss: float) -> None:
        """Compare another epoch; one without a finite loss is ignored."""
        if not np.isfinite(loss):
            return
        if accuracy > self.accuracy or loss < self.lowest_loss:
            self.improved, self.lowest_loss = epoch, min(self.lowest_loss, loss)
        if (accuracy, -loss) > (self.accuracy, -self.loss):
            self.epoch, self.accuracy, self.loss = epoch, accuracy, loss


def train_transductive(
    network: nn.Module,
    forward: Callable[[], Tensor],
    view: NodeView,
    settings: FullBatchSettings,
    context: Context,
    parameter_groups: Sequence[dict[str, Any]] | None = None,
) -> TransductiveModel:
    """Train with Adam on the loss of the training nodes; keep the epoch of :class:`BestEpoch`.

    Dropout masks come from the context's stream ``dropout``.

    Args:
        forward: function of the logits (N, C) of all nodes; called once in training and once in evaluation mode
            an epoch.
        parameter_groups: parameter groups of Adam; by default all parameters with the settings' weight decay.

    Raises:
        FloatingPointError: the validation loss was not finite in any epoch.
    """
    groups = parameter_groups or [{"params": network.parameters()}]
    optimiser = torch.optim.Adam(groups, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)
    train, train_targets = _labelled(view, view.train, context.device)
    valid, valid_targets = _labelled(view, view.valid, context.device)
    history: list[npt.NDArray[np.float32]] = []
    best = BestEpoch()
    with context.seeded("dropout"):
        for epoch in range(settings.max_epochs):
            network.train()
            optimiser.zero_grad()
            loss = F.cross_entropy(forward()[train], train_targets)
            loss.backward()
            optimiser.step()
            network.eval()
            with torch.no_grad():
                logits = forward()
                valid_loss = float(F.cross_entropy(logits[valid], valid_targets))
                accuracy = float((logits[valid].argmax(dim=1) == valid_targets).float().mean())
            history.append(logits.cpu().numpy())
            context.log(epoch, train_loss=float(loss.detach()), valid_loss=valid_loss, valid_accuracy=accuracy)
            best.update(epoch, accuracy, valid_loss)
            if epoch - best.improved >= settings.patience or context.time_left() < RESERVED_SECONDS:
                break
    if best.epoch < 0:
        raise FloatingPointError(f"the validation loss was not finite in any of {len(history)} epochs")
    size = sum(p.numel() for p in network.parameters())
    return TransductiveModel(np.stack(history), best.epoch, size)


def _labelled(view: NodeView, nodes: npt.NDArray[np.int64], device: str) -> tuple[Tensor, Tensor]:
    targets = view.targets[nodes]
    if len(nodes) == 0 or targets.min() < 0 or targets.max() >= view.num_classes:
        raise ValueError(
            f"training and validation nodes need targets in 0..{view.num_classes - 1}, got {len(nodes)} nodes"
            f" with targets {sorted(set(targets.tolist()))}"
        )
    return torch.from_numpy(np.array(nodes)).to(device), torch.from_numpy(targets).to(device)
