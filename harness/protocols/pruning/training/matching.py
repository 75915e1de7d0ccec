"""Bisection of a contender's own parameter for the live density of a level."""

from collections.abc import Callable
from typing import TypeVar

from harness.protocols.pruning.training.problem import DensityLevel

T = TypeVar("T")

NEAR = 0.005
"""Distance from the level, as a part of it, at which the search ends."""
HALVINGS = 10


def matched(make: Callable[[float], T], density: Callable[[T], float], level: DensityLevel) -> T:
    """Return the result whose density is nearest to the level's and no more than it allows.

    Args:
        make: function of x in 0..1; a larger x gives a denser result, as a rule.
        density: density of a result.

    Returns:
        ``make(0)`` if it has the level's density or a higher one.
    """
    best = make(0.0)
    nearest = density(best)
    if nearest >= level.density:
        return best
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        if abs(nearest - level.density) <= NEAR * level.density:
            break
        middle = (low + high) / 2
        found = make(middle)
        kept = density(found)
        low, high = (low, middle) if kept > level.density else (middle, high)
        if kept <= level.allowed and abs(kept - level.density) < abs(nearest - level.density):
            best, nearest = found, kept
    return best
