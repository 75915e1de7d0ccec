"""Interleaved timing of compiled networks on real images, with warm-ups, and the time saved."""

import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

WARM_UPS, ROUNDS, FEWEST = 5, 20, 5


@dataclass(frozen=True)
class WallClock:
    """Time of one way to compute a network, from images (N, C, H, W) to logits.

    Attributes:
        fastest, median: seconds of a batch.
        saved: 1 - median / median of the reference; negative if slower.
        threads: number of torch's threads.
    """

    fastest: float
    median: float
    saved: float
    threads: int


@torch.inference_mode()
def measure(
    networks: Mapping[str, Callable[[Tensor], Tensor]],
    images: Tensor,
    *,
    warm_ups: int = WARM_UPS,
    rounds: int = ROUNDS,
    reference: str = "dense",
    seconds: float = math.inf,
) -> dict[str, WallClock]:
    """Time networks round by round, so that a disturbance affects all of them, with torch's current threads.

    Batch norm, ReLU and changes of layout are inside; compilation is not.

    Args:
        networks: networks by name.
        images: batch (N, C, H, W), float32.
        reference: the network that the others are compared with.
        seconds: time after which, and after `FEWEST` rounds, no round begins; nor a warm-up after the first.

    Raises:
        ValueError: no such reference, or rounds or warm_ups out of range.
    """
    if reference not in networks:
        raise ValueError(f"networks must have {reference!r} to compare with, got {', '.join(networks) or 'none'}")
    if rounds < 1 or warm_ups < 0:
        raise ValueError(f"rounds must be >= 1 and warm_ups >= 0, got {rounds!r} and {warm_ups!r}")
    times: dict[str, list[float]] = {name: [] for name in networks}
    begin = time.perf_counter()
    for number in range(warm_ups):
        if number and time.perf_counter() - begin > seconds:
            break
        for network in networks.values():
            network(images)
    begin = time.perf_counter()
    for number in range(rounds):
        if number >= FEWEST and time.perf_counter() - begin > seconds:
            break
        for name, network in networks.items():
            start = time.perf_counter()
            network(images)
            times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {
        name: WallClock(min(values), medians[name], 1 - medians[name] / medians[reference], torch.get_num_threads())
        for name, values in times.items()
    }
