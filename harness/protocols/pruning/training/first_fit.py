"""Which round of iterative pruning a level gets: the first one whose ticket keeps no more than the level allows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.protocols.pruning.training.iterative import PruningRound
from harness.protocols.pruning.training.problem import DensityLevel

T = TypeVar("T")


@dataclass(frozen=True)
class Fit(Generic[T]):
    """A round with what was made of it.

    Attributes:
        round: of pruning; its rewound state is what the ticket is trained from.
        ticket: what was made of the round's masks.
    """

    round: PruningRound
    ticket: T


def first_fits(
    rounds: Iterable[PruningRound],
    levels: Sequence[DensityLevel],
    make: Callable[[PruningRound, DensityLevel], T],
    density: Callable[[T], float],
) -> list[Fit[T]]:
    """Return one fit a level, from dense to sparse; no more rounds are made than needed.

    Masks that structure makes denser, such as those of dense blocks, thus come from a later round than the level's
    own: levels compare equal densities, not equal rounds. Since every round prunes, the first ticket that is
    sparse enough is the densest one.

    Args:
        rounds: in order; the next is asked for only if a level is left.
        make: (round, level) -> ticket.
        density: of a ticket.

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
