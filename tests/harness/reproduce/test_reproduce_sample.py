"""The draw: spread over strata, fair within them, the same for the same seed."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from harness.reproduce.sample import draw

strata = st.lists(st.sampled_from("abcde"), max_size=30)


@given(strata, st.integers(0, 40), st.integers(0, 5))
def test_different_positions_spread_over_strata(names: list[str], number: int, seed: int) -> None:
    chosen = draw(names, number, seed)
    assert len(chosen) == len(set(chosen)) == min(number, len(names))
    counted = Counter(names[position] for position in chosen)
    have = Counter(names)
    least = min((counted[name] for name in have if counted[name] < have[name]), default=len(names))
    assert all(count <= least + 1 for count in counted.values())
    assert chosen == draw(names, number, seed)


def test_every_member_is_drawn_equally_often() -> None:
    counted = Counter(draw(["a"] * 4 + ["b"], 1, seed)[0] for seed in range(2000))
    assert 850 < counted[4] < 1150
    assert all(180 < counted[position] < 320 for position in range(4))
