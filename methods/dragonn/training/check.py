"""Check of a group of ranks: some steps on scikit-learn's digits, equal parameters on all ranks, bytes a step."""

from dataclasses import dataclass

import numpy as np

from harness.protocols.gradients.data_parallel.accounting import bucket_costs, gradient_size
from harness.protocols.gradients.data_parallel.link_model import (
    BANDWIDTHS,
    BandwidthInterval,
    NetworkLink,
    break_even,
    step_seconds,
)
from harness.protocols.gradients.data_parallel.training import Examples, RankResult
from harness.protocols.gradients.trial import RanksDiverged

TRAINING = 1400  # of 1797 digits


def digits(part: str = "training") -> Examples:
    """Return scikit-learn's digits, pixels in 0 .. 1, rows in a fixed random order: the first 1400, or the others.

    Raises:
        ValueError: `part` is neither ``training`` nor ``test``.
    """
    from sklearn.datasets import load_digits

    if part not in ("training", "test"):
        raise ValueError(f"part is {part!r}; allowed are 'training' and 'test'")
    images, classes = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(classes))
    rows = order[:TRAINING] if part == "training" else order[TRAINING:]
    return (images[rows] / 16).astype(np.float32), classes[rows].astype(np.int64)


@dataclass(frozen=True)
class Modelled:
    """Modelled seconds of a step on another link, and those of dense SGD."""

    gigabits: float
    compressed: float
    dense: float


def modelled(result: RankResult, world: int) -> tuple[list[Modelled], BandwidthInterval]:
    """Return step times over usual links, without overlap, and the bandwidths (Gbit/s) at which compression pays.

    The run must have one bucket, compressed at every step.
    """
    compressed, dense = bucket_costs([result])
    compute = result.times.compute + result.times.optimizer
    rows = [
        Modelled(
            gigabits,
            step_seconds(compute, compressed, world, NetworkLink(gigabits)),
            step_seconds(compute, dense, world, NetworkLink(gigabits)),
        )
        for gigabits in BANDWIDTHS
    ]
    return rows, break_even(compressed, dense, world)


def passed(result: RankResult, world: int) -> str:
    """Return a sentence on a successful run.

    Raises:
        RanksDiverged: the parameters of the ranks differ.
    """
    if not result.agreed:
        raise RanksDiverged(
            f"after {len(result.losses)} steps, the parameters of {world} ranks are not the same bits; expected "
            "equal versions, and processors that compute alike"
        )
    elements = gradient_size(result)
    return (
        f"{world} ranks, {len(result.losses)} steps: the parameters are the same bits on all ranks; "
        f"{result.payload_bytes:,.0f} bytes a rank and step, {result.sent_bytes:,.0f} sent "
        f"(dense: {4 * elements:,}, {2 * (world - 1) * 4 * elements // world:,} sent)"
    )
