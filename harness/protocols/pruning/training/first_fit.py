"""Choice of the pruning round of a level: the first whose ticket keeps no more than the level allows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.protocols.pruning.training.iterative import PruningRound
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
    make: Callable[[PruningRound, DensityLevel], T],
    density: Callable[[T], float],
) -> list[Fit[T]]:
    """Return one fit a level, from dense to sparse; only the needed rounds run.

    Masks that structure makes denser, such as those of dense blocks, thus come from a later round than the level's
    own: levels compare equal densities, not equal rounds. Since every round prunes, the first ticket that is
    sparse enough is the densest one.

    Args:
        rounds: rounds in order; the next one runs only if a level is left.
        make: function of (round, level) that returns a ticket.
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
            ticket = make(step, level)
            kept = density(ticket)
            if kept <= level.allowed:
                fits[level] = Fit(step, ticket)
        if len(fits) == len(levels):
            return [fits[level] for level in levels]
    level = next(level for level in levels if level not in fits)
    raise ValueError(
        f"no round up to {last} gives a ticket of at most {level.allowed:.2%} of the weights (level "
        f"{level.percent} %); a ticket of the last one keeps {kept:.2%}"
    )
