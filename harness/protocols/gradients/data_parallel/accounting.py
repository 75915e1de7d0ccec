"""Cost of a run of ranks as metrics: bytes, milliseconds, modelled step times on other links.

The model of a step has no overlap of communication and backward pass. Dense SGD, which it is compared with, has the
compute time of the same run, a ring all-reduce of float32, and nothing to encode.
"""

import math
from collections.abc import Sequence

from harness.protocols.gradients.data_parallel.link_model import (
    BANDWIDTHS,
    WORLDS,
    BandwidthInterval,
    BucketCost,
    NetworkLink,
    break_even,
    step_seconds,
)
from harness.protocols.gradients.data_parallel.training import RankResult


def costs(results: Sequence[RankResult], world: int) -> tuple[dict[str, float], dict[str, list[float]], list[str]]:
    """Return metrics of an average step, modelled steps with other numbers of ranks, and flags.

    Args:
        results: of all ranks. Times are rank 0's; bytes and elements are means over ranks.
        world: W.

    Returns:
        metrics: values by metric name; ``break_even_gbit`` only where there is one.
        modelled: ``modelled_step_ms_w<W>``, one number for each of `BANDWIDTHS`.
        flags: short warnings to readers of the figures.
    """
    first, elements = results[0], gradient_size(results[0])
    steps = len(first.losses)
    metrics = {
        "bytes_per_step": _mean([result.sent_bytes for result in results]),
        "step_ms": 1e3 * first.times.step,
        "compute_ms": 1e3 * (first.times.compute + first.times.optimizer),
        "encode_ms": 1e3 * first.times.encode,
        "communicate_ms": 1e3 * first.times.communicate,
        "decode_ms": 1e3 * first.times.decode,
        "kept_ratio": _mean([result.elements for result in results]) / elements,
    }
    if first.on_loopback is not None:
        metrics["loopback_bytes_per_step"] = first.on_loopback / steps / world
    flags = (
        [] if first.wire.phases_timed else ["encoding and decoding are part of communicate_ms, and not modelled"]
    )
    if len(first.layouts[-1]) != 1 or world < 2 or steps < 2:
        return metrics, {}, [*flags, "no link model: it needs one bucket, two or more ranks and two or more steps"]
    compressed, dense = bucket_costs(results)
    compute = first.times.compute + first.times.optimizer
    modelled = {
        f"modelled_step_ms_w{ranks}": [
            1e3 * step_seconds(compute, compressed, ranks, NetworkLink(b)) for b in BANDWIDTHS
        ]
        for ranks in sorted({*WORLDS, world})
    }
    metrics |= {
        f"modelled_step_ms_{_named(b)}": ms
        for b, ms in zip(BANDWIDTHS, modelled[f"modelled_step_ms_w{world}"], strict=True)
    }
    if [cost.bytes for cost in compressed] != [cost.bytes for cost in dense]:
        interval = break_even(compressed, dense, world)
        flags += _break_even_flags(interval)
        if math.isfinite(interval.high):
            metrics["break_even_gbit"] = 0.0 if interval.empty else interval.high
    return metrics, modelled, flags


def bucket_costs(results: Sequence[RankResult]) -> tuple[list[BucketCost], list[BucketCost]]:
    """Return an average step of a run in one bucket as input of the link model: compressed and dense.

    The longest message determines the end of a gather, so the largest mean payload of a rank counts.
    """
    first = results[0]
    payload = max(result.payload_bytes for result in results)
    wire, times = first.wire, first.times
    encode, decode = (times.encode, times.decode) if wire.phases_timed else (0.0, 0.0)
    compressed = [
        BucketCost(
            encode if not n else 0.0, decode if not n else 0.0, payload / wire.rounds, wire.collective, wire.counted
        )
        for n in range(wire.rounds)
    ]
    return compressed, [BucketCost(0.0, 0.0, 4 * gradient_size(first), "reduce")]


def gradient_size(result: RankResult) -> int:
    """Return n, the elements of all buckets of a step."""
    return sum(size for layout in result.layouts[-1] for _, size in layout)


def _break_even_flags(interval: BandwidthInterval) -> list[str]:
    if interval.empty:
        return ["modelled: compression pays at no bandwidth"]
    if interval.low > 0:
        return [f"modelled: compression pays above {interval.low:.3g} Gbit/s only"]
    return [] if math.isfinite(interval.high) else ["modelled: compression pays at any bandwidth"]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _named(gigabits: float) -> str:
    return f"{gigabits:g}".replace(".", "p") + "gbit"
