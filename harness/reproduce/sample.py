"""A random sample that is spread over strata, so that a few draws already touch several tasks."""

from collections.abc import Sequence

from harness.seeds import stream


def draw(strata: Sequence[str], number: int, seed: int) -> list[int]:
    """Return up to `number` different positions of `strata`, each stratum once before any twice.

    Strata and the members of each come in random order, so within a stratum every member is equally likely.

    Args:
        strata: the stratum that each position belongs to.
        seed: the same one draws the same positions.
    """
    generator = stream("reproduce", seed)
    members: dict[str, list[int]] = {name: [] for name in generator.permutation(sorted(set(strata))).tolist()}
    for position in generator.permutation(len(strata)).tolist():
        members[strata[position]].append(position)
    longest = max(map(len, members.values()), default=0)
    rounds = (own[turn] for turn in range(longest) for own in members.values() if turn < len(own))
    return [position for position, _ in zip(rounds, range(number), strict=False)]
