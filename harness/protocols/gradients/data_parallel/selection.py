"""Selection of the buckets that are compressed; the others take part in a dense all-reduce.

A choice is a pure function of the bucket, so that all ranks make the same one.
"""

from dataclasses import dataclass
from typing import Protocol

from harness.protocols.gradients.data_parallel.contract import Bucket
from harness.protocols.gradients.data_parallel.link_model import NetworkLink, gather_seconds, reduce_seconds


class BucketSelection(Protocol):
    """Rule that decides whether a bucket is compressed."""

    def compresses(self, bucket: Bucket) -> bool: ...


@dataclass(frozen=True)
class LargerThan:
    """Select buckets of more than `elements` elements; 0 selects every bucket."""

    elements: int = 0

    def __post_init__(self) -> None:
        if self.elements < 0:
            raise ValueError(f"elements is {self.elements}; allowed are 0 or more")

    def compresses(self, bucket: Bucket) -> bool:
        return bucket.size > self.elements


@dataclass(frozen=True)
class Affine:
    """Seconds as a function of a count: constant + slope · count."""

    constant: float
    slope: float

    def __call__(self, count: float) -> float:
        return self.constant + self.slope * count


@dataclass(frozen=True)
class Cheaper:
    """Select buckets that are exchanged sooner if compressed, encoding and decoding included:

        t_enc(n) + (W-1)·8s/B + t_dec(n, Ws) < 2(W-1)/W · 4n/B,   s = density · n

    with the link's latencies on both sides. For any link, density < 1/W is necessary.

    Attributes:
        encode: seconds to encode n elements.
        decode_dense: seconds to write n zeros.
        decode_sparse: seconds for each of the Ws elements that are added.
        link: link between neighbouring ranks.
        density: s/n, the share of elements that are sent.
    """

    encode: Affine
    decode_dense: Affine
    decode_sparse: float
    link: NetworkLink
    density: float

    def __post_init__(self) -> None:
        if not 0 < self.density <= 1:
            raise ValueError(f"density is {self.density}; allowed are numbers in (0, 1]")

    def compresses(self, bucket: Bucket) -> bool:
        n, W = bucket.size, bucket.world
        s = self.density * n
        compute = self.encode(n) + self.decode_dense(n) + self.decode_sparse * W * s
        return compute + gather_seconds(8 * s, W, self.link) < reduce_seconds(4 * n, W, self.link)
