"""Input and output of every sparsifier."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Gradient = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Elements of a gradient: index int32 and value float32, both contiguous, shape (p,)."""

    index: npt.NDArray[np.int32]
    value: Gradient


def checked(x: Gradient) -> Gradient:
    """Return a gradient after checks of its type and shape.

    Raises:
        TypeError: the gradient is no contiguous float32 array.
        ValueError: the gradient does not have one axis, or has 2^31 elements or more.
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float32:
        raise TypeError(
            f"gradient is {getattr(x, 'dtype', type(x).__name__)}; expected a float32 numpy array: cast it first"
        )
    if x.ndim != 1 or x.size >= 1 << 31:
        raise ValueError(f"gradient has shape {x.shape}; expected (n,) with n < 2^31")
    if not x.flags.c_contiguous:
        raise TypeError(
            f"gradient has strides {x.strides}; expected a contiguous array: pass np.ascontiguousarray(gradient)"
        )
    return x


def wanted(ratio: float, size: int) -> int:
    """Return k = max(1, ⌊ρn⌋).

    Raises:
        ValueError: the ratio is not in (0, 1].
    """
    if not 0 < ratio <= 1:
        raise ValueError(f"ratio is {ratio}; allowed are numbers in (0, 1]")
    return max(1, int(ratio * size))


def finite(statistic: float) -> float:
    """Return a statistic of all magnitudes, which is finite if and only if all of them are.

    Raises:
        FloatingPointError: the statistic is not finite.
    """
    if not math.isfinite(statistic):
        raise FloatingPointError("gradient has non-finite elements; expected finite numbers only")
    return statistic


def pairs(x: Gradient, index: npt.NDArray[np.integer]) -> Pairs:
    """Return the elements of x at these places."""
    return Pairs(index.astype(np.int32, copy=False), x[index])
