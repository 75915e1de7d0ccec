"""Choice of the learning rate within one group of ranks, by validation loss, alike for every communication.

Each learning rate trains a first few steps; the one with the lowest validation loss then trains all steps from the
start. Where the first steps are all steps, that is a full grid search and nothing is trained twice. It is the first
round of successive halving (Jamieson and Talwalkar, AISTATS 2016) with one survivor.

A grid of two rates or more grows while its best rate is at an edge, so that the choice has a worse rate on either
side: the declared grid is where the search starts, not its limit. A rate that diverges is worse than any other.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from harness.protocols.gradients.data_parallel.communication import Communication
from harness.protocols.gradients.data_parallel.group import gathered
from harness.protocols.gradients.data_parallel.training import (
    DataParallelSettings,
    Diverged,
    Examples,
    RankResult,
    train_model,
    with_state,
)

MOST_EXTENSIONS = 6  # rates beyond the declared grid; with a factor of 3, almost three orders of magnitude


@dataclass(frozen=True)
class LearningRateGrid:
    """Grid at which the learning-rate search starts.

    Attributes:
        learning_rates: ascending; beyond either end the grid goes on with the ratio of the two rates there.
        search_steps: number of steps that each candidate is trained, at most those of the run.

    Raises:
        ValueError: no learning rate, one that is not positive, rates that do not ascend, or no step.
    """

    learning_rates: tuple[float, ...]
    search_steps: int

    def __post_init__(self) -> None:
        rates = self.learning_rates
        if not rates or min(rates) <= 0 or list(rates) != sorted(set(rates)) or self.search_steps < 1:
            raise ValueError(
                f"learning_rates is {rates}, search_steps {self.search_steps}; expected positive rates in "
                "ascending order and 1 step or more"
            )


def search(grid: Sequence[float], loss_at: Callable[[float], float]) -> dict[float, float]:
    """Return the loss of every rate tried, ascending: the grid, and rates beyond it while the best is at an edge.

    Args:
        grid: rates in ascending order; one rate alone is all that is tried.
        loss_at: loss of a rate, infinite if training diverged. Of equal losses the lower rate's is the better.
    """
    losses = {rate: loss_at(rate) for rate in grid}
    while 1 < len(grid) <= len(losses) < len(grid) + MOST_EXTENSIONS:
        rates = sorted(losses)
        best = min(rates, key=losses.__getitem__)
        if best == rates[0]:
            beyond = rates[0] * rates[0] / rates[1]
        elif best == rates[-1]:
            beyond = rates[-1] * rates[-1] / rates[-2]
        else:
            break
        beyond = float(f"{beyond:.6g}")
        losses[beyond] = loss_at(beyond)
    return dict(sorted(losses.items()))


@dataclass(frozen=True, eq=False)
class Tuned:
    """Result of a rank.

    Attributes:
        result: result of the run with the chosen learning rate.
        learning_rate: chosen learning rate.
        valid_loss: validation loss of the chosen run after all its steps.
        searched: validation loss after the search steps, by learning rate; infinite for those that diverged.
    """

    result: RankResult
    learning_rate: float
    valid_loss: float
    searched: dict[float, float]

    @property
    def inside(self) -> bool:
        """Whether rates on either side of the chosen one were tried."""
        return min(self.searched) < self.learning_rate < max(self.searched)


@dataclass(frozen=True, eq=False)
class Attempt:
    """Learning rate, the model trained with it on this rank, its result and its validation loss."""

    learning_rate: float
    model: nn.Sequential
    result: RankResult
    valid_loss: float


def tune_rank(
    rank: int,
    world: int,
    settings: DataParallelSettings,
    grid: LearningRateGrid,
    communication: Communication,
    train: Examples,
    valid: Examples,
    digest_after: int = 0,
) -> Tuned:
    """Search and train as one rank of the group that this process has joined.

    Args:
        settings: settings of the run; their learning rate is not used.
        digest_after: see `train_model`; applies to the chosen run.

    Raises:
        Diverged: training diverged with every learning rate; otherwise as `train_model`.
    """
    one_round = len(grid.learning_rates) == 1 or grid.search_steps >= settings.steps
    search_steps = settings.steps if one_round else grid.search_steps

    def attempt(rate: float, steps: int) -> Attempt | None:
        chosen = replace(settings, learning_rate=rate, steps=steps)
        try:
            model, result = train_model(rank, world, chosen, communication, train, digest_after)
        except Diverged:  # on every rank alike
            return None
        loss = valid_loss(rank, world, model, valid)
        return Attempt(rate, model, result, loss) if math.isfinite(loss) else None

    attempts: dict[float, Attempt | None] = {}

    def loss_at(rate: float) -> float:
        attempts[rate] = found = attempt(rate, search_steps)
        return math.inf if found is None else found.valid_loss

    searched = search(grid.learning_rates, loss_at)
    for candidate in sorted((a for a in attempts.values() if a is not None), key=lambda a: a.valid_loss):
        final = candidate if one_round else attempt(candidate.learning_rate, settings.steps)
        if final is not None:
            result = with_state(final.model, final.result) if rank == 0 else final.result
            return Tuned(result, final.learning_rate, final.valid_loss, searched)
    raise Diverged(
        f"training diverged with each learning rate ({', '.join(f'{rate:g}' for rate in searched)}); "
        "expected one or more that converge: add a lower learning rate"
    )


def valid_loss(rank: int, world: int, model: nn.Module, valid: Examples) -> float:
    """Return the mean cross-entropy on validation examples, each rank computing a part; the same on all ranks."""
    features, classes = (torch.from_numpy(np.ascontiguousarray(part[rank::world])) for part in valid)
    with torch.no_grad():
        total = F.cross_entropy(model(features), classes, reduction="sum").double()
    return float(gathered(total.reshape(1), world).sum()) / len(valid[1])


def logits(settings: DataParallelSettings, state: Mapping[str, np.ndarray], features: np.ndarray) -> np.ndarray:
    """Return the class scores (n, classes) of a trained network, some rows at a time."""
    model = settings.model()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    rows = 2000
    with torch.no_grad():
        parts = [
            model(torch.from_numpy(features[first : first + rows])).numpy()
            for first in range(0, len(features), rows)
        ]
    return np.concatenate(parts)
