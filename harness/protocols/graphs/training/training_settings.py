"""Training and search of all neural graph classifiers; in one place, so that a change applies to all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from harness.contract.contender import Settings
from harness.protocols.graphs.training.levels import Readout


def _require(holds: bool, name: str, got: object, expected: str) -> None:
    if not holds:
        raise ValueError(f"{name} = {got!r}: expected {expected}")


@dataclass(frozen=True)
class GraphTrainingSettings:
    """Adam with gradient clipping and early stopping on the validation loss.

    Collections of at most `small_collection` graphs use `epochs_small` and `batch_small`, larger ones the others.

    Attributes:
        patience: epochs without a better validation loss before training stops.
        batches_per_epoch: random mini-batches in an epoch; None means one pass over the training graphs.
        pass_above: number of graphs above which an epoch is always one pass.
        warmup_epochs: linear warm-up, then cosine decay to 0 at the last epoch; 0 means a constant rate.

    Raises:
        ValueError: a value is out of range.
    """

    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    clip_norm: float = 1.0
    epochs_small: int = 100
    epochs_large: int = 100
    batch_small: int = 32
    batch_large: int = 64
    small_collection: int = 500
    patience: int = 20
    batches_per_epoch: int | None = None
    pass_above: int = 2000
    warmup_epochs: int = 0

    def __post_init__(self) -> None:
        positive = ("learning_rate", "clip_norm", "epochs_small", "epochs_large", "batch_small", "batch_large")
        for name in (*positive, "patience"):
            _require(getattr(self, name) > 0, name, getattr(self, name), "a positive number")
        for name in ("weight_decay", "warmup_epochs"):
            _require(getattr(self, name) >= 0, name, getattr(self, name), "0 or more")
        given = self.batches_per_epoch
        _require(given is None or given > 0, "batches_per_epoch", given, "None or a positive number")

    def epochs(self, num_graphs: int) -> int:
        """Return the largest number of epochs for a collection of this size."""
        return self.epochs_small if num_graphs <= self.small_collection else self.epochs_large

    def batch_size(self, num_graphs: int) -> int:
        """Return the number of graphs in a batch for a collection of this size."""
        return self.batch_small if num_graphs <= self.small_collection else self.batch_large

    def batches(self, num_graphs: int) -> int | None:
        """Return the random mini-batches of an epoch, or None for one pass."""
        return self.batches_per_epoch if num_graphs <= self.pass_above else None


SMOKE = GraphTrainingSettings(
    learning_rate=5e-3, epochs_small=15, epochs_large=15, batch_small=8, batch_large=32, patience=15
)
STANDARD = GraphTrainingSettings()
PAPER = GraphTrainingSettings(
    learning_rate=5e-4, epochs_small=500, epochs_large=500, batch_small=128, batch_large=128, batches_per_epoch=50,
    patience=50,
)  # fmt: skip


@dataclass(frozen=True)
class GraphNetworkSettings(Settings):
    """Settings that all neural graph classifiers share.

    Attributes:
        hidden: width of every layer.
        dropout: dropout rate in the head.
        readout: sum or mean over the vertices of a graph.
        link_input: whether gathered input features are appended to the head's input, in tasks that allow it.

    Raises:
        ValueError: a value is out of range.
    """

    hidden: int = 64
    dropout: float = 0.0
    readout: Readout = "sum"
    link_input: bool = False
    training: GraphTrainingSettings = field(default=STANDARD)

    def __post_init__(self) -> None:
        _require(self.hidden >= 2, "hidden", self.hidden, "2 or more")
        _require(0 <= self.dropout < 1, "dropout", self.dropout, "0 <= dropout < 1")
        _require(self.readout in ("sum", "mean"), "readout", self.readout, "'sum' or 'mean'")


S = TypeVar("S", bound=GraphNetworkSettings)


def _variations(profile: str) -> Sequence[Mapping[str, object]]:
    if profile == "smoke":
        return [{"hidden": 16, "training": SMOKE}]
    if profile == "standard":
        return [{"dropout": dropout} for dropout in (0.0, 0.5)]
    if profile == "paper":
        return [
            {
                "hidden": hidden,
                "dropout": dropout,
                "training": replace(PAPER, batch_small=batch, batch_large=batch),
                "link_input": True,
            }
            for hidden in (64, 128)
            for batch in (128, 32)
            for dropout in (0.0, 0.5)
        ]
    raise ValueError(f"profile {profile!r}: expected smoke, standard or paper")


def grid(base: S, profile: str) -> Sequence[S]:
    """Return the configurations of `base` that a trial of this profile searches, the same for all contenders.

    smoke and standard fit the machine's budget; paper is the grid of hidden width, batch size and dropout
    of Wu et al. 2022.

    Raises:
        ValueError: the profile is unknown.
    """
    return [replace(base, **variation) for variation in _variations(profile)]  # type: ignore[arg-type]


def search_size(profile: str) -> int:
    """Return the number of configurations of every contender in this profile; raise as :func:`grid` does."""
    return len(_variations(profile))
