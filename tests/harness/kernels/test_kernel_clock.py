"""Rounds: their number, their order, what is timed."""

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kernels.clock import MAX_ROUNDS, Contestant, interleave, round_ranks, rounds_for
from harness.kernels.ratios import log_ratio


@given(st.integers(1, 200))
def test_ranks_are_a_permutation_that_spreads_every_choice(total: int) -> None:
    ranks = round_ranks(total)
    assert sorted(ranks) == list(range(total))
    for count in range(2, total + 1):
        chosen = [n for n in range(total) if ranks[n] < count]
        assert chosen[0] == 0
        assert max(b - a for a, b in zip(chosen, [*chosen[1:], total], strict=True)) <= 4 * total / count


@given(st.lists(st.floats(1e-6, 10), min_size=1, max_size=12), st.floats(0.01, 100), st.integers(1, 5))
def test_rounds_stay_in_bounds_and_the_budget_holds(costs: list[float], seconds: float, fewest: int) -> None:
    counts = rounds_for(costs, seconds, fewest)
    assert all(fewest <= count <= MAX_ROUNDS for count in counts)
    spent = sum(count * cost for count, cost in zip(counts, costs, strict=True))
    assert spent <= seconds * (1 + 1e-9) + fewest * sum(costs)


def test_what_cheap_ones_leave_goes_to_the_dear_one() -> None:
    assert rounds_for([0.001, 0.001, 0.1], 1.0, 3) == [MAX_ROUNDS, MAX_ROUNDS, 9]


def test_rounds_turn_their_order_and_walk_through_the_pool() -> None:
    calls: list[tuple[str, int]] = []

    def contestant(name: str) -> Contestant:
        made = Contestant(name, [lambda i=i: calls.append((name, i)) for i in range(3)])  # type: ignore[misc]
        made.estimate = 0.01
        return made

    both = [contestant("a"), contestant("b")]
    interleave(both, 0.05, 3)
    assert both[0].rounds == both[1].rounds == [1, 2, 3]
    assert calls == [("b", 2), ("a", 1), ("a", 2), ("b", 0), ("b", 1), ("a", 0)]


def test_a_slow_one_shares_all_its_rounds_with_the_others() -> None:
    fast, slow = Contestant("fast", [lambda: None]), Contestant("slow", [lambda: None])
    fast.estimate, slow.estimate = 1e-5, 0.02
    interleave([fast, slow], 0.1, 2)
    assert len(fast.rounds) == MAX_ROUNDS
    assert len(slow.rounds) == 4
    assert set(slow.rounds) <= set(fast.rounds)


def test_short_calls_are_repeated_and_shares_scaled() -> None:
    short = Contestant("short", [lambda: None])
    short.calibrate(1e-7)
    assert short.repeats > 100
    assert short.rounds == []
    long = Contestant("long", [lambda: time.sleep(0.005)], share=0.1)
    long.calibrate(0.005)
    assert (long.repeats, long.rounds, long.seconds) == (1, [0], [pytest.approx(0.05)])
    assert long.sample(0) >= 0.05  # a tenth of the work took at least five milliseconds


def test_a_pair_is_compared_over_common_rounds_only() -> None:
    ours, theirs = {0: 1.0, 1: 2.0, 2: 1.0}, {0: 2.0, 2: 8.0, 5: 100.0}
    assert log_ratio(ours, theirs) == pytest.approx((math.log(2) + math.log(8)) / 2)
    assert log_ratio(ours, {7: 3.0}) == pytest.approx(math.log(3)), "the log ratio of medians"
