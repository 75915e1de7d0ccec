"""Material of one training: noisy images as tensors, fresh networks, batches and noisy accuracies."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.protocols.noisy_labels.training.embedding_networks import EmbeddingNetwork, embedding_network
from harness.seeds import derive_seed, stream

EVALUATION_BATCH = 1000


@dataclass(frozen=True)
class NoiseLevel:
    """What some methods must know of the noise; its recipe gives the true values, as the publications assume.

    Attributes:
        rate: probability r in [0, 1] that the noise changes a label; asymmetric noise changes some classes only.
        asymmetric: whether a label has one wrong class; JoCoR then halves the rate.

    Raises:
        ValueError: a rate outside [0, 1].
    """

    rate: float
    asymmetric: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"rate must lie in [0, 1], got {self.rate!r}")


@dataclass(frozen=True)
class LabelledPixels:
    """The images of a part, each with one noisy label.

    Attributes:
        pixels: (n, c, h, w) float32 in 0..1.
        labels: (n,) int64.
    """

    pixels: Tensor
    labels: Tensor

    @classmethod
    def of(cls, part: NoisyImages) -> "LabelledPixels":
        """Return the tensors of a part; raises as `NoisyImages.labels`."""
        labels = np.array(part.labels, np.int64)
        return cls(torch.from_numpy(part.images.channels_first()), torch.from_numpy(labels))

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Material:
    """All that a method gets; it holds no clean label.

    Attributes:
        options: network and schedule.
        noise: None where nothing is known of it.
        seed: all methods of a draw have the same, hence the same initial weights and the same batches.

    Raises:
        ValueError: fewer than two classes, an empty part, or an image with several labels.
    """

    train: NoisyImages
    valid: NoisyImages
    options: ClassificationOptions
    noise: NoiseLevel | None
    seed: int

    def __post_init__(self) -> None:
        if self.num_classes < 2:
            raise ValueError(f"classification needs two classes or more, got {self.num_classes}")
        for name in ("train", "valid"):
            part = getattr(self, name)
            if not len(part):
                raise ValueError(f"{name} must hold an image or more, got none")
            part.labels  # noqa: B018 - raises where an image has several labels

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return self.train.num_classes

    @cached_property
    def training(self) -> LabelledPixels:
        """Tensors of the training images."""
        return LabelledPixels.of(self.train)

    @cached_property
    def validation(self) -> LabelledPixels:
        """Tensors of the validation images."""
        return LabelledPixels.of(self.valid)

    @property
    def architecture(self) -> dict[str, object]:
        """Arguments of `embedding_network`, without its seed."""
        hidden, shape = list(self.options.hidden), self.train.images.shape
        return {"name": self.options.network, "shape": shape, "classes": self.num_classes, "hidden": hidden}

    def known_noise(self, method: str) -> NoiseLevel:
        """Return the noise level.

        Raises:
            ValueError: it is unknown, and `method` needs it.
        """
        if self.noise is None:
            raise ValueError(f"{method} needs the rate of the noise, and none is known")
        return self.noise

    def network(self, number: int = 0) -> EmbeddingNetwork:
        """Return a fresh network in training mode; networks of other numbers have other initial weights."""
        seed = derive_seed("initial weights", self.seed, number)
        network = embedding_network(**self.architecture, seed=seed)  # type: ignore[arg-type]
        return network.train()

    def adam(self, *networks: nn.Module) -> torch.optim.Adam:
        """Return a fresh optimiser of all parameters of the networks."""
        parameters = [parameter for network in networks for parameter in network.parameters()]
        return torch.optim.Adam(parameters, lr=self.options.learning_rate, fused=True)

    def stream(self, purpose: str) -> np.random.Generator:
        """Return a fresh generator for a purpose."""
        return stream("base classifier", self.seed, purpose)

    def epoch(self, random: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield all training images with their noisy labels once, in random order: (b, c, h, w) and (b,)."""
        order = torch.from_numpy(random.permutation(len(self.training)))
        for chosen in order.split(self.options.batch):
            yield self.training.pixels.index_select(0, chosen), self.training.labels.index_select(0, chosen)


def logits_of(network: nn.Module, pixels: Tensor) -> Tensor:
    """Return logits (n, classes) in evaluation mode; the network is in its former mode afterwards."""
    before = network.training
    network.eval()
    with torch.no_grad():
        found = torch.cat([network(part) for part in pixels.split(EVALUATION_BATCH)])
    network.train(before)
    return found


def noisy_accuracy(network: nn.Module, part: LabelledPixels) -> float:
    """Return the share of noisy labels that the network predicts."""
    return float((logits_of(network, part.pixels).argmax(1) == part.labels).double().mean())
