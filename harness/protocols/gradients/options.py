"""Options of a task of gradient compression, and the part of them that its contenders see; light to import."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GradientOptions:
    """What a task says of its training.

    Attributes:
        widths: of the hidden layers of a perceptron on the pixels.
        batch: images a step over all workers.
        steps: of SGD; or else `epochs`, whole batches of the training part.
        momentum: of the optimizer, or of the contender's memory where that has it.
        ratio: ρ in (0, 1], the share of elements that sparsifiers are to send.
        workers: W, how many processes train.
        learning_rates: the grid.
        search_steps: steps that each learning rate of the grid is tried for; 0: all, a full grid search.
        link_gbit: the network that a choice by cost is made for.
        simulated_steps: first steps that one process repeats for all workers, to compare the parameters' bits.
        timeout: seconds for a collective.

    Raises:
        ValueError: a value is out of range.
    """

    widths: tuple[int, ...]
    batch: int
    ratio: float
    workers: int
    learning_rates: tuple[float, ...]
    steps: int = 0
    epochs: int = 0
    search_steps: int = 0
    momentum: float = 0.0
    link_gbit: float = 1.0
    simulated_steps: int = 0
    timeout: float = 60.0

    def __post_init__(self) -> None:
        faults = {
            "widths": bool(self.widths) and min(self.widths) > 0,
            "batch": self.batch > 0 and self.workers > 0 and self.batch % self.workers == 0,
            "ratio": 0 < self.ratio <= 1,
            "learning_rates": bool(self.learning_rates) and min(self.learning_rates) > 0,
            "steps": (self.steps > 0) != (self.epochs > 0),
            "momentum": 0 <= self.momentum < 1,
            "link_gbit": self.link_gbit > 0,
            "search_steps": self.search_steps >= 0,
            "simulated_steps": self.simulated_steps >= 0,
            "timeout": self.timeout > 0,
        }
        for name, right in faults.items():
            if not right:
                raise ValueError(
                    f"option {name} of a gradient-compression task is {getattr(self, name)!r}: sizes, rates and "
                    "times are positive, ratio at most 1, momentum below 1, batch a multiple of workers, and "
                    "either steps or epochs is given"
                )

    def steps_of(self, examples: int) -> int:
        """Return how many steps are made on so many training images."""
        return self.steps or self.epochs * (examples // self.batch)


@dataclass(frozen=True)
class Exchange:
    """What a contender is told of the training that it serves.

    Attributes:
        ratio: ρ in (0, 1], the share of elements to send; for whoever sparsifies.
        workers: W.
        momentum: of SGD; a contender whose memory has it must use this one.
        link_gbit: bandwidth of the network that a choice by cost is for, Gbit/s.
        seed: for what the contender draws, the same on all ranks.
    """

    ratio: float
    workers: int
    momentum: float
    link_gbit: float
    seed: int
