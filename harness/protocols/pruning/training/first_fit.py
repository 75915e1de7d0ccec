"""Choice of the pruning round of a level, and of the ticket of the round that is nearest to the level."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from harness.protocols.pruning.training.iterative import PruningRound
from harness.protocols.pruning.training.matching import matched
from harness.protocols.pruning.training.problem import DensityLevel

T = TypeVar("T")


@dataclass(frozen=True)
class Fit(Generic[T]):
    """A round of pruning and its ticket.

    Attributes:
        round: round of pruning, from whose rewound state the ticket is trained.
        ticket: ticket of the round's masks.
    """

    round: PruningRound
    ticket: T


def first_fits(
    rounds: Iterable[PruningRound],
    levels: Sequence[DensityLevel],
    make: Callable[[PruningRound, DensityLevel, float], T],
    density: Callable[[T], float],
) -> list[Fit[T]]:
    """Return one fit a level, from dense to sparse; only the needed rounds run.

    The round of a level is the first whose ticket keeps no more than the level allows. Rounds are a fifth apart, or
    more where structure adds to it: of the round's tickets between its own and that of the round before, the one
    nearest to the level is taken, so that levels compare equal densities, not equal rounds.

    Args:
        rounds: rounds in order; the next one runs only if a level is left.
        make: function of (round, level, x) that returns a ticket: the round's own at x = 0, denser ones up to 1.
        density: function that returns the density of a ticket.

    Raises:
        ValueError: the rounds end before every level has a ticket.
    """
    fits: dict[DensityLevel, Fit[T]] = {}
    kept, last = 1.0, 0
    for step in rounds:
        last = step.number
        for level in levels:
            if level in fits:
                continue
            kept = density(make(step, level, 0.0))
            if kept <= level.allowed:
                ticket = matched(partial(make, step, level), density, level)
                fits[level] = Fit(step, ticket)
        if len(fits) == len(levels):
            return [fits[level] for level in levels]
    level = next(level for level in levels if level not in fits)
    raise ValueError(
        f"no round up to {last} gives a ticket of at most {level.allowed:.2%} of the weights (level "
        f"{level.percent} %); a ticket of the last one keeps {kept:.2%}"
    )
