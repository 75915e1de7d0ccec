"""Checks of gradients to sparsify: a contiguous float32 array of finite numbers with fewer than 2^31 elements."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MOST = 1 << 31  # indices are int32
SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)
LARGEST = float(np.finfo(np.float32).max)


def bit_patterns(x: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    """Return the bits of a gradient, int32 of shape (n,), read-only, without a copy.

    Raises:
        TypeError: the gradient is no float32 array, or not contiguous and aligned.
        ValueError: 2^31 elements or more.
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float32:
        kind = f"dtype {x.dtype}" if isinstance(x, np.ndarray) else f"type {type(x).__name__}"
        raise TypeError(f"gradient has {kind}; expected a float32 numpy array: cast it first")
    if x.size >= MOST:
        raise ValueError(
            f"gradient has {x.size} elements; indices are int32, so fewer than 2^31 = {MOST} are allowed"
        )
    if not x.flags.c_contiguous or not x.flags.aligned:
        raise TypeError(
            f"gradient of shape {x.shape} with strides {x.strides} is not contiguous and aligned; "
            "pass np.ascontiguousarray(gradient)"
        )
    bits = x.reshape(-1).view(np.int32)
    bits.flags.writeable = False
    return bits


def threshold_bits(threshold: float) -> np.int32:
    """Return the bits of a threshold, the least float32 that is not below it.

    Raises:
        ValueError: the threshold is not a positive, finite float32.
    """
    if not 0 < threshold <= LARGEST:
        raise ValueError(f"threshold is {threshold}; allowed are positive numbers up to {LARGEST:g}")
    rounded = np.float32(threshold)
    return np.int32(
        rounded.view(np.int32) + (float(rounded) < float(threshold))
    )  # the next bit pattern is the next float


def non_finite(count: int, names: Sequence[str]) -> FloatingPointError:
    """Return the error for a gradient with infinities or NaNs; `names` are those of the bucket's parameters."""
    where = f" in the bucket of {', '.join(names)}" if names else ""
    return FloatingPointError(
        f"gradient has {count} non-finite element{'s' * (count != 1)}{where}; expected finite numbers only: "
        "lower the learning rate or skip the step"
    )
