"""Step times on other links: measured compute, modelled communication.

    all-reduce (ring)   2(W-1)(λ + b/(W·B))     b bytes of a rank's gradient
    all-gather (ring)    (W-1)(λ + b/B)         b bytes of a rank's message

W ranks, latency λ in seconds, bandwidth B in bytes a second. Where sizes differ between ranks an all-gather is
preceded by one of counts, 8 bytes each. No function sleeps to imitate a network.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

COUNT_BYTES = 8
GIGABIT = 1e9 / 8  # bytes a second
BANDWIDTHS = (0.1, 1.0, 10.0, 25.0, 100.0)  # Gbit/s
WORLDS = (2, 4, 8, 16)


@dataclass(frozen=True)
class NetworkLink:
    """Link between two neighbours of a ring: latency in seconds and bandwidth in Gbit/s, of one direction.

    Raises:
        ValueError: the bandwidth is not positive, or the latency is negative.
    """

    gigabits: float
    latency: float = 50e-6

    def __post_init__(self) -> None:
        if not self.gigabits > 0 or not self.latency >= 0:
            raise ValueError(
                f"link has {self.gigabits} Gbit/s and a latency of {self.latency} s; "
                "allowed are a positive bandwidth and a latency of 0 or more"
            )

    @property
    def bandwidth(self) -> float:
        """Bandwidth B in bytes a second."""
        return self.gigabits * GIGABIT


@dataclass(frozen=True)
class BucketCost:
    """Cost of one bucket under one compressor; times are those of one rank, measured.

    Attributes:
        encode, decode: seconds.
        bytes: size of a rank's payload.
        collective: ``gather`` or ``reduce``.
        counted: whether counts are exchanged first.
        remaining: seconds of the backward pass that follow when the bucket is ready; for overlap.
    """

    encode: float
    decode: float
    bytes: float
    collective: str
    counted: bool = False
    remaining: float = 0.0

    def communication(self, world: int, link: NetworkLink) -> float:
        """Return the communication time in seconds."""
        if self.collective == "reduce":
            return reduce_seconds(self.bytes, world, link)
        counts = gather_seconds(COUNT_BYTES, world, link) if self.counted else 0.0
        return counts + gather_seconds(self.bytes, world, link)


def reduce_seconds(payload: float, world: int, link: NetworkLink) -> float:
    """Return the time of a ring all-reduce of `payload` bytes a rank."""
    return 2 * (world - 1) * (link.latency + payload / (world * link.bandwidth))


def gather_seconds(payload: float, world: int, link: NetworkLink) -> float:
    """Return the time of a ring all-gather of `payload` bytes a rank."""
    return (world - 1) * (link.latency + payload / link.bandwidth)


def step_seconds(
    compute: float, buckets: Sequence[BucketCost], world: int, link: NetworkLink, overlap: bool = False
) -> float:
    """Return the time of a step.

    Args:
        compute: seconds of forward pass, backward pass and optimizer.
        buckets: costs in order of the backward pass.
        overlap: whether the link carries a bucket at a time during the backward pass; encoding interrupts the
            pass, and decoding follows all communication. If not, all parts follow one another.
    """
    encode = sum(bucket.encode for bucket in buckets)
    decode = sum(bucket.decode for bucket in buckets)
    if not overlap:
        return compute + encode + decode + sum(bucket.communication(world, link) for bucket in buckets)
    encoded, free = 0.0, 0.0
    for bucket in buckets:
        encoded += bucket.encode
        free = max(free, compute - bucket.remaining + encoded) + bucket.communication(world, link)
    return max(compute + encode, free) + decode


@dataclass(frozen=True)
class BandwidthInterval:
    """Bandwidths, in Gbit/s, at which compression shortens a step: above `low` and below `high`."""

    low: float
    high: float

    @property
    def empty(self) -> bool:
        """Whether compression shortens a step at no bandwidth."""
        return self.low >= self.high


def break_even(
    compressed: Sequence[BucketCost], dense: Sequence[BucketCost], world: int, latency: float = 50e-6
) -> BandwidthInterval:
    """Return the bandwidths at which compressed buckets beat dense ones, without overlap, in closed form.

    Both times are a + v/B. With saved volume V = v_dense - v_compressed, in bytes, and added time
    T = a_compressed - a_dense, compression wins if T < V/B: below V/T where both are positive, above it where both
    are negative.

    Raises:
        ValueError: there are fewer than two ranks.
    """
    if world < 2:
        raise ValueError(f"world is {world}; expected 2 ranks or more")
    volume = _volume(dense, world) - _volume(compressed, world)
    time = _constant(compressed, world, latency) - _constant(dense, world, latency)
    if time == 0 or volume == 0:
        return BandwidthInterval(0.0, math.inf if time < 0 or volume > 0 >= time else 0.0)
    if volume > 0:
        return BandwidthInterval(0.0, volume / time / GIGABIT if time > 0 else math.inf)
    return BandwidthInterval(volume / time / GIGABIT, math.inf) if time < 0 else BandwidthInterval(0.0, 0.0)


def _volume(buckets: Sequence[BucketCost], world: int) -> float:
    """Return the bytes that the slope over 1/B counts."""
    endless = NetworkLink(math.inf, 0.0)
    unit = NetworkLink(1 / GIGABIT, 0.0)  # one byte a second
    return sum(b.communication(world, unit) - b.communication(world, endless) for b in buckets)


def _constant(buckets: Sequence[BucketCost], world: int, latency: float) -> float:
    endless = NetworkLink(math.inf, latency)
    return sum(b.encode + b.decode + b.communication(world, endless) for b in buckets)
