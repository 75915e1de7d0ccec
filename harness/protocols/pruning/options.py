"""Options of a pruning task: network, schedule and levels; light to import."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class MaskedSGDSettings:
    """Stochastic gradient descent with momentum and a step schedule.

    Attributes:
        epochs: number of epochs T of a whole run.
        milestones: parts of T after which the rate is multiplied by `decay`.

    Raises:
        ValueError: a value is out of range.
    """

    epochs: int = 8
    batch_size: int = 128
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4
    milestones: tuple[float, ...] = (0.5, 0.75)
    decay: float = 0.1

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "learning_rate", "decay"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)!r}")
        if not 0 <= self.momentum < 1 or not self.weight_decay >= 0:
            got = f"{self.momentum!r} and {self.weight_decay!r}"
            raise ValueError(f"momentum must be within [0, 1) and weight_decay >= 0, got {got}")
        if any(not 0 < part < 1 for part in self.milestones):
            raise ValueError(f"milestones must be within (0, 1), got {self.milestones!r}")

    def rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch, counted from 0."""
        passed = sum(epoch >= round(part * self.epochs) for part in self.milestones)
        return self.learning_rate * self.decay**passed


@dataclass(frozen=True)
class IterativeSettings:
    """Iterative pruning of a network, round by round.

    Attributes:
        rounds: number of rounds K.
        rate: share of the surviving weights that a round prunes.
        rewind_epoch: epoch r, from whose initial state every round restarts.
        retrain: "full" repeats the whole schedule after rewinding, as the code of structured tickets does;
            "remaining" repeats the epochs from r on, as in their paper.

    Raises:
        ValueError: a value is out of range.
    """

    rounds: int = 12
    rate: float = 0.2
    rewind_epoch: int = 1
    retrain: Literal["full", "remaining"] = "full"

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1:
            raise ValueError(f"rate must be within (0, 1), got {self.rate!r}")
        if self.rounds < 0:
            raise ValueError(f"rounds must be >= 0, got {self.rounds!r}")
        if self.rewind_epoch < 0:
            raise ValueError(f"rewind_epoch must be >= 0, got {self.rewind_epoch!r}")
        if self.retrain not in ("full", "remaining"):
            raise ValueError(f"retrain must be full or remaining, got {self.retrain!r}")

    @property
    def first_epoch(self) -> int:
        """The epoch at which training after a rewind begins."""
        return self.rewind_epoch if self.retrain == "remaining" else 0


@dataclass(frozen=True)
class PruningOptions:
    """Network, schedule and levels of a task; defaults are those of the MNIST perceptron.

    Attributes:
        network, hidden: see `network_factory`.
        rounds: levels, as rounds of pruning: after k rounds the density is about (1 - rate)^k.
        epochs, batch, learning_rate, momentum, weight_decay, milestones: see `MaskedSGDSettings`.
        rewind_epoch, rate, retrain: see `IterativeSettings`.
        augment: whether batches are cropped and mirrored at random.
        mean, deviation: mean and deviation of each channel, to standardise pixels; empty leaves them in 0..1.
        halvings: number of times that images are first halved by 2 x 2 means.
        train_images, valid_images: number of first images that are used; 0 for all.
        timing_batch: images in a batch of the wall-clock measurement.

    Raises:
        ValueError: no levels, levels not rising from 1 on, or a value that one of these classes refuses.
    """

    network: str = "perceptron"
    rounds: tuple[int, ...] = (6, 9, 12)
    hidden: tuple[int, ...] = ()
    epochs: int = 8
    batch: int = 128
    learning_rate: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4
    milestones: tuple[float, ...] = (0.5, 0.75)
    rewind_epoch: int = 1
    rate: float = 0.2
    retrain: Literal["full", "remaining"] = "full"
    augment: bool = False
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    halvings: int = 0
    train_images: int = 0
    valid_images: int = 0
    timing_batch: int = 64

    def __post_init__(self) -> None:
        if not self.rounds or list(self.rounds) != sorted(set(self.rounds)) or self.rounds[0] < 1:
            raise ValueError(f"rounds must be rising numbers from 1 on, got {self.rounds!r}")
        if len(self.mean) != len(self.deviation):
            raise ValueError(f"mean and deviation must go together, got {self.mean!r} and {self.deviation!r}")
        for name in ("halvings", "train_images", "valid_images"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be >= 0, got {getattr(self, name)!r}")
        if self.training.rate(max(0, self.rewind_epoch - 1)) != self.learning_rate:
            raise ValueError(f"rewind_epoch must come before the first milestone, got {self.rewind_epoch!r}")
        IterativeSettings(self.rounds[-1], self.rate, self.rewind_epoch, self.retrain)  # refuses wrong values
        if self.timing_batch < 1:
            raise ValueError(f"timing_batch must be >= 1, got {self.timing_batch!r}")

    @property
    def training(self) -> MaskedSGDSettings:
        """Training schedule of every network."""
        return MaskedSGDSettings(
            self.epochs, self.batch, self.learning_rate, self.momentum, self.weight_decay, self.milestones
        )

    @property
    def pruning(self) -> IterativeSettings:
        """Iterative pruning up to the sparsest level, with rewinding."""
        return IterativeSettings(self.rounds[-1], self.rate, self.rewind_epoch, self.retrain)
