"""Settings of NPC; the defaults are those of the published program."""

from dataclasses import dataclass
from typing import Literal, get_args

from harness.contract.contender import Settings

PriorMode = Literal["onehot", "proba"]
Delta = Literal["program", "paper"]
Features = Literal["logits", "embedding"]


@dataclass(frozen=True)
class NPCSettings(Settings):
    """Settings of one calibration.

    Attributes:
        prior: ``onehot``: the class of the nearest neighbours; ``proba``: their weighted shares.
        top: in mode ``proba``, number of the largest shares that count, others are 0; 0 for all.
        rho: weight ρ of the prior class.
        delta: concentration without evidence, of prior and posterior: ``program``: 1 + 1 / classes; ``paper``: 1.
        beta: weight β of the divergence.
        neighbours, support_batch: of the nearest neighbours; see `nearest_neighbours.support_classifier`.
        epochs, batch, learning_rate: of Adam.
        features: φ(x) is the output of a new last layer (``logits``), or the body's own output (``embedding``),
            as for a pretrained ResNet whose 1000 outputs are features.

    Raises:
        ValueError: a value out of range, with the allowed ones.
    """

    prior: PriorMode = "onehot"
    top: int = 0
    rho: float = 5.0
    delta: Delta = "program"
    beta: float = 1.0
    neighbours: int = 10
    support_batch: int = 128
    epochs: int = 10
    batch: int = 128
    learning_rate: float = 1e-3
    features: Features = "logits"

    def __post_init__(self) -> None:
        for name, kind in (("prior", PriorMode), ("delta", Delta), ("features", Features)):
            if getattr(self, name) not in get_args(kind):
                raise ValueError(f"{name} must be one of {', '.join(get_args(kind))}, got {getattr(self, name)!r}")
        for name in ("rho", "neighbours", "support_batch", "epochs", "batch", "learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)!r}")
        for name in ("top", "beta"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, got {getattr(self, name)!r}")
        if self.top and self.prior != "proba":
            raise ValueError(f"top belongs to the prior 'proba', got top {self.top} with {self.prior!r}")

    def offset(self, classes: int) -> float:
        """Return δ for a number of classes.

        Raises:
            ValueError: fewer than two classes.
        """
        if classes < 2:
            raise ValueError(f"calibration needs two classes or more, got {classes}")
        return 1 + 1 / classes if self.delta == "program" else 1.0
