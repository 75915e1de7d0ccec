"""Options of tasks with noisy labels: the network and its training, the same for all contenders of a task."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

OptimiserName = Literal["adam", "sgd"]


@dataclass(frozen=True)
class ClassificationOptions:
    """Network and schedule of a classification task.

    Attributes:
        network: a name of `training.embedding_networks`.
        hidden: widths of the hidden layers of a perceptron; empty for another network.
        epochs: passes over the training images; the last one is ranked.
        batch: images in a batch, each with all its labels.
        learning_rate: of the optimiser.
        optimiser: ``adam``, or ``sgd`` with Nesterov `momentum`.
        weight_decay: of all parameters.
        milestones: epochs, rising, at which the learning rate is multiplied by `decay`.
        warm_up: epochs in which the learning rate rises in proportion to the steps.
        crop_and_flip: whether training images are moved by up to 4 pixels and half of them mirrored.

    Raises:
        ValueError: a number out of its range, milestones that do not rise, or an unknown optimiser.
    """

    network: str = "perceptron"
    hidden: tuple[int, ...] = (128, 128)
    epochs: int = 60
    batch: int = 128
    learning_rate: float = 1e-3
    optimiser: OptimiserName = "adam"
    momentum: float = 0.9
    weight_decay: float = 0.0
    milestones: tuple[int, ...] = ()
    decay: float = 0.2
    warm_up: int = 0
    crop_and_flip: bool = False

    def __post_init__(self) -> None:
        for name in ("epochs", "batch", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)!r}")
        if any(width < 1 for width in self.hidden):
            raise ValueError(f"hidden must be positive widths, got {self.hidden!r}")
        self._check_schedule()

    def _check_schedule(self) -> None:
        if self.optimiser not in get_args(OptimiserName):
            raise ValueError(
                f"optimiser must be one of {', '.join(get_args(OptimiserName))}, got {self.optimiser!r}"
            )
        for name, sound in (
            ("momentum", 0 <= self.momentum < 1),
            ("decay", 0 < self.decay <= 1),
            ("weight_decay", self.weight_decay >= 0),
            ("warm_up", self.warm_up >= 0),
        ):
            if not sound:
                raise ValueError(f"{name} is out of its range, got {getattr(self, name)!r}")
        if any(before >= after for before, after in pairwise((0, *self.milestones))):
            raise ValueError(f"milestones must be rising epochs, got {self.milestones!r}")


@dataclass(frozen=True)
class RegressionOptions:
    """Network and schedule of a regression task: two hidden layers with tanh, Adam on the full batch.

    Attributes:
        steps: steps of the optimiser.
        width: units of each hidden layer; the last one is the representation.
        learning_rate: of Adam.
        ridge: penalty of the ridge regression that refits the read-out on the representation; 0 for none.

    Raises:
        ValueError: a number that is not positive, or a penalty below 0.
    """

    steps: int = 200
    width: int = 64
    learning_rate: float = 0.01
    ridge: float = 0.5

    def __post_init__(self) -> None:
        for name in ("steps", "width", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)!r}")
        if not self.ridge >= 0:
            raise ValueError(f"ridge must be 0 or more, got {self.ridge!r}")
