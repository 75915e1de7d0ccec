"""Auto-encoders of drawn graphs with a pooling bottleneck: the frame that all contenders share.

Two graph convolutions, a bottleneck that pools and unpools the nodes, three graph convolutions; all of them on the
original graph, so that contenders differ in the bottleneck alone (Bianchi et al., ICML 2020, section 5.2; settings
of Wu et al., ICML 2022).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.graphs.graph_reconstruction import DrawnGraph, GraphAutoEncoder
from harness.protocols.graphs.training.convolution import FullBatchConvolution
from harness.protocols.graphs.training.sparse import SparseMatrix, gcn_adjacency
from harness.protocols.graphs.training.transductive import RESERVED_SECONDS, check_at_least
from harness.trial import PROFILES

MAX_EPOCHS = {"smoke": 100, "standard": 2000, "paper": 10000}
LOGGED_EPOCHS = 200


@dataclass(frozen=True)
class AutoEncoderSettings(Settings):
    """Training settings of every auto-encoder.

    Attributes:
        hidden: width of every layer.
        learning_rate: learning rate of Adam, without weight decay.
        max_epochs: largest number of epochs, each one gradient step.
        patience: epochs without a lower training loss after which training stops.
    """

    hidden: int = 32
    learning_rate: float = 5e-3
    max_epochs: int = 2000
    patience: int = 1000

    def __post_init__(self) -> None:
        for name in ("hidden", "max_epochs", "patience"):
            check_at_least(name, getattr(self, name), 1)
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate must be > 0, got {self.learning_rate}")


@dataclass(frozen=True, eq=False)
class GraphTensors:
    """A drawn graph as tensors.

    Attributes:
        coordinates: (N, 2).
        adjacency: (N, N), normalised as in a GCN, self-loops included.
        links: (N, N), 1 for every direction of an edge.
        edge_index: (2, E) int64.
    """

    coordinates: Tensor
    adjacency: SparseMatrix
    links: SparseMatrix
    edge_index: Tensor

    @classmethod
    def from_drawing(cls, graph: DrawnGraph, device: str = "cpu") -> "GraphTensors":
        """Convert a drawn graph."""
        n = len(graph.coordinates)
        ones = np.ones(graph.edge_index.shape[1], dtype=np.float32)
        links = scipy.sparse.csr_matrix((ones, tuple(graph.edge_index)), shape=(n, n))
        return cls(
            torch.from_numpy(np.array(graph.coordinates, dtype=np.float32)).to(device),
            gcn_adjacency(graph.edge_index, n, device),
            SparseMatrix.from_scipy(links, symmetric=True, device=device),
            torch.from_numpy(np.array(graph.edge_index)).to(device),
        )


class Bottleneck(nn.Module, ABC):
    """Pool the nodes and unpool them again."""

    @abstractmethod
    def forward(self, x: Tensor, graph: GraphTensors) -> tuple[Tensor, Tensor]:
        """Map node features (N, h) to (N, h); also return the auxiliary loss of the pooling, 0 if it has none."""


class AutoEncoder(nn.Module):
    """Encoder, bottleneck, decoder. Shapes: coordinates (N, 2) -> (N, h) -> pooled -> (N, h) -> (N, 2)."""

    def __init__(self, hidden: int, bottleneck: Bottleneck) -> None:
        super().__init__()
        self.encoder = nn.ModuleList([FullBatchConvolution(2, hidden), FullBatchConvolution(hidden, hidden)])
        self.bottleneck = bottleneck
        self.decoder = nn.ModuleList(FullBatchConvolution(hidden, hidden) for _ in range(2))
        self.out = FullBatchConvolution(hidden, 2)

    def forward(self, graph: GraphTensors) -> tuple[Tensor, Tensor]:
        """Return reconstructed coordinates (N, 2) and the auxiliary loss."""
        x = graph.coordinates
        for layer in self.encoder:
            x = layer(x, graph.adjacency).relu()
        x, auxiliary = self.bottleneck(x, graph)
        for layer in self.decoder:
            x = layer(x, graph.adjacency).relu()
        return self.out(x, graph.adjacency), auxiliary


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Trained auto-encoder: the coordinates (N, 2) in evaluation mode, from the best weights."""

    coordinates: npt.NDArray[np.float32]
    num_parameters: int

    def reconstruct(self) -> npt.NDArray[np.float32]:
        """Return the coordinates."""
        return self.coordinates


def train_autoencoder(
    network: AutoEncoder, graph: GraphTensors, settings: AutoEncoderSettings, context: Context
) -> Reconstruction:
    """Minimise the mean squared error plus the auxiliary loss; keep the weights of the lowest error in training.

    The reconstruction is evaluated with these weights in evaluation mode, where BatchNorm's running statistics
    can make the error much larger than in training.

    Raises:
        FloatingPointError: the error was not finite in any epoch.
    """
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate, fused=True)
    current = list(network.state_dict().values())
    best = [value.clone() for value in current]
    best_loss, best_epoch = float("inf"), -1
    interval = max(1, settings.max_epochs // LOGGED_EPOCHS)
    network.train()
    with context.seeded("dropout"):
        for epoch in range(settings.max_epochs):
            optimiser.zero_grad()
            coordinates, auxiliary = network(graph)
            error = F.mse_loss(coordinates, graph.coordinates)
            (error + auxiliary).backward()
            loss = float(error.detach())
            if loss < best_loss:
                best_loss, best_epoch = loss, epoch
                for kept, value in zip(best, current, strict=True):
                    kept.copy_(value)
            optimiser.step()
            if epoch % interval == 0:
                context.log(epoch, train_loss=loss)
            if epoch - max(best_epoch, 0) >= settings.patience or context.time_left() < RESERVED_SECONDS:
                break
    if best_epoch < 0:
        raise FloatingPointError(f"the reconstruction error was not finite in any of {epoch + 1} epochs")
    network.load_state_dict(dict(zip(network.state_dict(), best, strict=True)))
    network.eval()
    with torch.no_grad():
        coordinates, _ = network(graph)
    context.log(best_epoch, best_train_loss=best_loss, mse=float(F.mse_loss(coordinates, graph.coordinates)))
    return Reconstruction(coordinates.cpu().numpy(), sum(p.numel() for p in network.parameters()))


class PoolingAutoEncoder(GraphAutoEncoder):
    """Base of contenders: the shared frame around a bottleneck of their own."""

    streams = ("init", "dropout")
    defaults: AutoEncoderSettings = AutoEncoderSettings()

    @classmethod
    def configurations(cls, profile: str) -> Sequence[AutoEncoderSettings]:
        """The published settings; only the number of epochs depends on the profile.

        Raises:
            ValueError: the profile does not exist.
        """
        if profile not in MAX_EPOCHS:
            raise ValueError(f"profile must be one of {', '.join(PROFILES)}, got {profile!r}")
        return (replace(cls.defaults, max_epochs=MAX_EPOCHS[profile]),)

    @abstractmethod
    def bottleneck(self, graph: DrawnGraph, context: Context) -> Bottleneck:
        """Return the untrained pooling layer for this graph."""

    def fit(self, graph: DrawnGraph, context: Context) -> Reconstruction:
        """Return the auto-encoder trained on the whole graph."""
        with context.seeded("init"):
            network = AutoEncoder(self.settings.hidden, self.bottleneck(graph, context)).to(context.device)
        return train_autoencoder(network, GraphTensors.from_drawing(graph, context.device), self.settings, context)
