"""Interleaved timing rounds of all implementations in ABBA order within a budget; slow ones have fewer rounds.

Round 0 is the warm call that calibrates an implementation, one after the other. It is the only round of an
implementation whose call exceeds the whole budget of a case; every other process reverses the order, so that the
turns still balance.
"""

import gc
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

MAX_ROUNDS = 21
SHORTEST_SAMPLE = 0.002  # seconds; faster calls are repeated: the clock and the scheduler disturb shorter samples
MAX_REPEATS = 10_000


@dataclass
class Contestant:
    """Prepared calls of an implementation, one for each input of the pool, and its samples.

    Attributes:
        share: of the case's work that one call does; times are divided by it.
        rounds: numbers of the rounds in which it took part; `seconds` holds its time in each.
    """

    name: str
    calls: Sequence[Callable[[], Any]]
    share: float = 1.0
    estimate: float = math.nan
    rounds: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    repeats: int = 1

    def sample(self, first: int) -> float:
        """Return the mean wall time of a call over `repeats` calls that begin at input `first` of the pool."""
        calls, number = self.calls, len(self.calls)
        order = [calls[(first + i) % number] for i in range(self.repeats)]
        start = time.perf_counter()
        for call in order:
            call()
        return (time.perf_counter() - start) / self.repeats / self.share

    def calibrate(self, seconds: float) -> None:
        """Record a warm call of `seconds` as round 0, or choose the repeats of a sample if it is too short."""
        self.estimate = seconds
        if seconds >= SHORTEST_SAMPLE:
            self.rounds.append(0)
            self.seconds.append(seconds / self.share)
        else:
            self.estimate = min(seconds, self.sample(1) * self.share)
            self.repeats = min(MAX_REPEATS, math.ceil(SHORTEST_SAMPLE / max(self.estimate, 1e-9)))


def interleave(contestants: Sequence[Contestant], seconds: float, min_rounds: int) -> None:
    """Time all `contestants` for about `seconds`: rounds in which each takes part once, in ABBA order.

    Each gets an equal part of the budget, so a slow one takes part in fewer rounds (evenly spread, at least
    `min_rounds`); time that it leaves unused goes to the others. All must be calibrated.
    """
    counts = rounds_for([c.estimate * c.repeats for c in contestants], seconds, min_rounds)
    ranks = round_ranks(max(counts, default=0))
    with quiet_memory():
        for number, rank in enumerate(ranks, 1):
            present = [
                (position, contestant)
                for position, (contestant, count) in enumerate(zip(contestants, counts, strict=True))
                if rank < count
            ]
            for position, contestant in present if number % 2 == 0 else reversed(present):
                # Neighbours in a round read different inputs, so none profits from the cache of the one before.
                contestant.seconds.append(contestant.sample(number * contestant.repeats + position))
                contestant.rounds.append(number)


def rounds_for(costs: Sequence[float], seconds: float, min_rounds: int) -> list[int]:
    """Return the number of rounds of each contestant, given the seconds of one sample of each.

    Each may spend an equal part of the budget. The cheapest choose first, and time that they cannot use (none needs
    more than `MAX_ROUNDS`) goes to the slower ones.
    """
    counts = [0] * len(costs)
    left = seconds
    for place, index in enumerate(sorted(range(len(costs)), key=lambda i: costs[i])):
        fair = left / (len(costs) - place)
        counts[index] = max(min_rounds, min(MAX_ROUNDS, int(fair / max(costs[index], 1e-9))))
        left = max(0.0, left - counts[index] * costs[index])
    return counts


def round_ranks(total: int) -> list[int]:
    """Return a rank for each of `total` rounds; a contestant of `count` rounds takes part in those of lower rank.

    The ranks follow van der Corput's sequence (bits reversed): every choice is spread over the whole time, and a
    smaller one lies within a larger one, so that two contestants share all rounds of the slower one.
    """
    bits = max(1, (total - 1).bit_length())
    order = [n for n in (int(format(i, f"0{bits}b")[::-1], 2) for i in range(1 << bits)) if n < total]
    ranks = [0] * total
    for rank, number in enumerate(order):
        ranks[number] = rank
    return ranks


@contextmanager
def quiet_memory() -> Iterator[None]:
    """Disable the garbage collector while the body runs."""
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
