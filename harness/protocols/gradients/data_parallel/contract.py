"""Interface of gradient compressors, and the bucket that they compress.

Each rank has its own compressor. The rank calls `encode`, payloads travel, and `decode` computes the mean
gradient from them, the same bits on every rank. The compressor's `collective` determines how payloads travel:

    gather    every rank gets every payload                              sparse messages, whose indices differ
    reduce    every rank gets the sum of all payloads, in rank order     dense gradients, or shared indices
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

Gradient = npt.NDArray[np.float32]
BucketLayout = tuple[tuple[str, int], ...]
Collective = Literal["gather", "reduce"]


@dataclass(frozen=True)
class Bucket:
    """Parameters whose gradients travel together at a step.

    Attributes:
        index: position of the bucket in the backward pass.
        step: number of earlier steps with communication.
        layout: names of the parameters and their numbers of elements, in order of the flat gradient.
        world: W, the number of ranks.
    """

    index: int
    step: int
    layout: BucketLayout
    world: int

    @property
    def size(self) -> int:
        """Number of elements n."""
        return sum(size for _, size in self.layout)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(name for name, _ in self.layout)


@dataclass(frozen=True, eq=False)
class Encoded:
    """Contribution of one rank to a bucket.

    Attributes:
        payload: one axis, on the CPU. To be gathered: uint8. To be summed: a float type.
        sent: int32, the elements whose exact values the payload holds; None if it represents all elements.
    """

    payload: Tensor
    sent: npt.NDArray[np.int32] | None = None


class Compressor(Protocol):
    """One rank's compressor; it may keep arrays and statistics between steps.

    Attributes:
        collective: how payloads travel.
        equal_sizes: whether all ranks' payloads of a bucket have one size, known without communication.
    """

    @property
    def collective(self) -> Collective: ...

    @property
    def equal_sizes(self) -> bool: ...

    def encode(self, gradient: Gradient, bucket: Bucket) -> Encoded:
        """Return the message for a gradient, shape (n,); the gradient is not changed.

        Raises:
            FloatingPointError: the gradient has an infinity or a NaN.
        """
        ...

    def decode(self, received: Sequence[Tensor], bucket: Bucket) -> Gradient:
        """Return the mean gradient over ranks, shape (n,), from W gathered payloads or one sum."""
        ...
