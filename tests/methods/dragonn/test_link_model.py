"""The link model: numbers by hand, the closed form of break-even against the model itself, overlap."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.gradients.data_parallel.link_model import (
    BandwidthInterval,
    BucketCost,
    NetworkLink,
    break_even,
    gather_seconds,
    reduce_seconds,
    step_seconds,
)

DENSE = BucketCost(0.0, 0.0, 1_204_264, "reduce")  # the 301 066 parameters of the digits network
HASHED = BucketCost(1e-3, 5e-4, 21_380, "gather", counted=True)


def test_collectives_by_hand() -> None:
    assert reduce_seconds(1_204_264, 2, NetworkLink(1)) == pytest.approx(
        0.009734112, rel=1e-12
    )  # 2(50 µs + 602132/1.25e8)
    assert gather_seconds(21_380, 2, NetworkLink(1)) == pytest.approx(221.04e-6, rel=1e-12)  # 50 µs + 21380/1.25e8
    assert reduce_seconds(4e8, 8, NetworkLink(10)) == pytest.approx(0.5607, rel=1e-12)  # 14(50 µs + 5e7/1.25e9)
    assert gather_seconds(1e6, 4, NetworkLink(0.1)) == pytest.approx(0.24015, rel=1e-12)  # 3(50 µs + 1e6/1.25e7)
    assert reduce_seconds(4, 1, NetworkLink(1)) == gather_seconds(4, 1, NetworkLink(1)) == 0


def test_a_step_by_hand() -> None:
    assert step_seconds(0.01, [DENSE], 2, NetworkLink(1)) == pytest.approx(0.019734112)
    # compute, encode, decode, counts 50 µs + 64 ns, message 221.04 µs
    assert step_seconds(0.01, [HASHED], 2, NetworkLink(1)) == pytest.approx(0.01 + 1.5e-3 + 50.064e-6 + 221.04e-6)


def test_break_even_by_hand() -> None:
    # saved: 1204264 - (21380 + 8) bytes; added: 1.5 ms + 2 latencies - 2 latencies
    assert break_even([HASHED], [DENSE], 2) == BandwidthInterval(0, pytest.approx(1_182_876 / 1.5e-3 * 8e-9))
    free = BucketCost(0, 0, 21_380, "gather")
    assert break_even([free], [DENSE], 2) == BandwidthInterval(0, math.inf)
    # twice the bytes of dense but a latency less: pays only where bandwidth is plentiful
    bulky = BucketCost(0, 0, 2_408_528, "gather")
    assert break_even([bulky], [DENSE], 2).low == pytest.approx(1_204_264 / 50e-6 * 8e-9)
    assert break_even([BucketCost(1, 0, 2_408_528, "gather")], [DENSE], 2).empty
    assert break_even([DENSE], [DENSE], 2).empty
    assert break_even([BucketCost(0, 0, 602_132, "reduce")], [DENSE], 4) == BandwidthInterval(0, math.inf)


COSTS = st.builds(
    BucketCost,
    st.floats(0, 0.01),
    st.floats(0, 0.01),
    st.floats(1, 1e7),
    st.sampled_from(["gather", "reduce"]),
    st.booleans(),
)


@given(COSTS, COSTS, st.integers(2, 16), st.floats(0.01, 100))
def test_break_even_agrees_with_the_model(one: BucketCost, other: BucketCost, world: int, gigabits: float) -> None:
    interval = break_even([one], [other], world)
    if min(abs(gigabits - edge) for edge in (interval.low, interval.high)) < 1e-6 * gigabits:
        return
    times = [step_seconds(0.0, [bucket], world, NetworkLink(gigabits)) for bucket in (one, other)]
    if not math.isclose(*times, rel_tol=1e-6):
        assert (times[0] < times[1]) == (interval.low < gigabits < interval.high)


def test_overlap_hides_what_the_backward_pass_still_covers() -> None:
    early = BucketCost(0, 0, 1_204_264, "reduce", remaining=0.02)
    assert step_seconds(0.03, [early], 2, NetworkLink(1), overlap=True) == pytest.approx(0.03)
    late = BucketCost(0, 0, 1_204_264, "reduce", remaining=0.004)
    assert step_seconds(0.03, [late], 2, NetworkLink(1), overlap=True) == pytest.approx(0.026 + 0.009734112)
    queued = step_seconds(0.03, [late, late], 2, NetworkLink(1), overlap=True)
    assert queued == pytest.approx(0.026 + 2 * 0.009734112)  # one link: the second waits for the first


@given(st.lists(COSTS, max_size=4), st.integers(2, 8), st.floats(0.1, 100))
def test_overlap_is_never_slower(buckets: list[BucketCost], world: int, gigabits: float) -> None:
    link = NetworkLink(gigabits)
    assert step_seconds(0.01, buckets, world, link, True) <= step_seconds(0.01, buckets, world, link) * (1 + 1e-9)


def test_links_that_are_none_are_refused() -> None:
    for gigabits, latency in ((0, 0), (-1, 0), (1, -1e-6), (math.nan, 0)):
        with pytest.raises(ValueError, match="allowed are a positive bandwidth"):
            NetworkLink(gigabits, latency)
    with pytest.raises(ValueError, match="expected 2 ranks or more"):
        break_even([HASHED], [DENSE], 1)
