"""Measured cost of a compressor on this machine: lines through times, for the choice of buckets."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from harness.protocols.gradients.data_parallel.contract import Bucket, Compressor
from harness.protocols.gradients.data_parallel.link_model import NetworkLink
from harness.protocols.gradients.data_parallel.selection import Affine, Cheaper

SIZES = (1 << 16, 1 << 18, 1 << 20)
ROUNDS = 7


@dataclass(frozen=True)
class CompressionCost:
    """Seconds to encode n elements, and to decode n elements of which ranks sent Ws.

    Attributes:
        encode: seconds to encode n elements.
        decode_dense: part of the decoding time that depends on n alone.
        decode_sparse: seconds for each of the Ws elements.
        density: share s/n of the elements that was sent.
    """

    encode: Affine
    decode_dense: Affine
    decode_sparse: float
    density: float

    def cheaper_over(self, link: NetworkLink) -> Cheaper:
        """Return the selection of buckets for a link."""
        return Cheaper(self.encode, self.decode_dense, self.decode_sparse, link, self.density)


def measured(
    compressor: Callable[[], Compressor], sizes: Sequence[int] = SIZES, rounds: int = ROUNDS, seed: int = 0
) -> CompressionCost:
    """Return the cost of a compressor of pairs on normal gradients, a median over rounds at each size.

    Decoding is timed with one message and with four, whose difference is the cost of elements.

    Raises:
        ValueError: fewer than two sizes or one round, or the compressor does not gather.
    """
    if len(set(sizes)) < 2 or rounds < 1:
        raise ValueError(
            f"sizes is {tuple(sizes)}, rounds {rounds}; expected two different sizes and a round or more"
        )
    made = compressor()
    if made.collective != "gather":
        raise ValueError("compressor reduces; only one whose messages are gathered has a cost of elements")
    encode, one, four, sent = [], [], [], []
    for size in sizes:
        gradient = np.random.default_rng(seed).standard_normal(size, np.float32)
        bucket = Bucket(0, 0, (("normal", size),), 1)
        payload = made.encode(gradient, bucket).payload  # compiles
        made.decode([payload], bucket)
        encode.append(_median(partial(made.encode, gradient, bucket), rounds))
        one.append(_median(partial(made.decode, [payload], bucket), rounds))
        four.append(_median(partial(made.decode, [payload] * 4, bucket), rounds))
        index = made.encode(gradient, bucket).sent
        sent.append(size if index is None else index.size)
    elements = np.array(sent, float)
    per_element = max(0.0, float(np.median((np.array(four) - one) / (3 * elements))))
    return CompressionCost(
        line(sizes, encode),
        line(sizes, np.array(one) - per_element * elements),
        per_element,
        sum(sent) / sum(sizes),
    )


def line(counts: Sequence[int], seconds: Sequence[float] | np.ndarray) -> Affine:
    """Return the least-squares line whose constant and slope are not negative."""
    slope, constant = np.polyfit(np.asarray(counts, float), np.asarray(seconds, float), 1)
    return Affine(max(0.0, float(constant)), max(0.0, float(slope)))


def _median(call: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return float(np.median(times))
