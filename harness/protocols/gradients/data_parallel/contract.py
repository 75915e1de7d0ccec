"""What compresses gradients, and the bucket that it is handed.

A compressor is one rank's. Its half of a step is `encode`; then payloads travel, and `decode` makes of them the
mean gradient, the same bits on every rank. How they travel is the compressor's `collective`:

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
    """Some parameters whose gradients travel together, at a step.

    Attributes:
        index: of the bucket in the backward pass.
        step: how many steps have communicated before.
        layout: names of the parameters and their numbers of elements, in order of the flat gradient.
        world: W, the number of ranks.
    """

    index: int
    step: int
    layout: BucketLayout
    world: int

    @property
    def size(self) -> int:
        """n, the number of elements."""
        return sum(size for _, size in self.layout)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names."""
        return tuple(name for name, _ in self.layout)


@dataclass(frozen=True, eq=False)
class Encoded:
    """What one rank contributes.

    Attributes:
        payload: one axis, on the CPU. To be gathered: uint8. To be summed: a float type.
        sent: int32, the elements whose exact values the payload holds; None: it stands for all.
    """

    payload: Tensor
    sent: npt.NDArray[np.int32] | None = None


class Compressor(Protocol):
    """One rank's compressor; it may keep arrays and statistics between steps.

    Attributes:
        collective: how payloads travel.
        equal_sizes: every rank's payload of a bucket has the same size, known without asking.
    """

    @property
    def collective(self) -> Collective: ...

    @property
    def equal_sizes(self) -> bool: ...

    def encode(self, gradient: Gradient, bucket: Bucket) -> Encoded:
        """Return what travels of a gradient, shape (n,), which is left as it is.

        Raises:
            FloatingPointError: the gradient has an infinity or a NaN.
        """
        ...

    def decode(self, received: Sequence[Tensor], bucket: Bucket) -> Gradient:
        """Return the mean gradient over ranks, shape (n,), from W gathered payloads or one sum."""
        ...
