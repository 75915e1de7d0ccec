"""Options of gradient-compression tasks, and the part of them that contenders see; light to import."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GradientOptions:
    """Training options of a task.

    Attributes:
        widths: widths of the hidden layers of a perceptron on the pixels.
        batch: images in a step, over all workers.
        steps: number of SGD steps; alternatively `epochs` over whole batches of the training part.
        momentum: momentum of the optimizer, or of the contender's memory if that applies it.
        ratio: ρ in (0, 1], the share of elements that sparsifiers are to send.
        workers: number of training processes W.
        learning_rates: grid, ascending; two rates or more grow until the best has a worse one on either side.
        linear_decay: whether the learning rate falls linearly over the steps of a run, or of a search; else it is
            constant, and a short search prefers rates that are too high for the whole run.
        search_steps: training steps of each learning rate in the search; 0 means all steps, a full grid search.
        link_gbit: bandwidth of the network for which a selection by cost is made.
        simulated_steps: number of first steps that one process repeats for all workers, to compare parameters.
        timeout: time limit of a collective in seconds.

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
    linear_decay: bool = False
    momentum: float = 0.0
    link_gbit: float = 1.0
    simulated_steps: int = 0
    timeout: float = 60.0

    def __post_init__(self) -> None:
        faults = {
            "widths": bool(self.widths) and min(self.widths) > 0,
            "batch": self.batch > 0 and self.workers > 0 and self.batch % self.workers == 0,
            "ratio": 0 < self.ratio <= 1,
            "learning_rates": min(self.learning_rates, default=0) > 0
            and list(self.learning_rates) == sorted(set(self.learning_rates)),
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
                    "times are positive, learning rates ascend, ratio at most 1, momentum below 1, batch a "
                    "multiple of workers, and either steps or epochs is given"
                )

    def steps_of(self, examples: int) -> int:
        """Return the number of steps for a number of training images."""
        return self.steps or self.epochs * (examples // self.batch)


@dataclass(frozen=True)
class Exchange:
    """Training options that a contender receives.

    Attributes:
        ratio: ρ in (0, 1], the share of elements to send, for sparsifiers.
        workers: number of workers W.
        momentum: momentum of SGD; a contender whose memory applies momentum must use this value.
        link_gbit: bandwidth in Gbit/s of the network for which a selection by cost is made.
        seed: seed of the contender's random draws, the same on all ranks.
    """

    ratio: float
    workers: int
    momentum: float
    link_gbit: float
    seed: int
