"""Generated gradients of any size, and the threshold that about k of their elements reach."""

import numpy as np
import numpy.typing as npt

VALUES = ("normal", "laplace", "student", "gradient")
TILE = 1_000_000
RECORDED = 8  # real gradients; more inputs are rotations of them


def tile(values: str, size: int, seed: int) -> npt.NDArray[np.float32]:
    """Return independent draws, float32 of shape (size,): normal, Laplace or Student's t with 3 degrees of freedom;
    or the `gradient` of a real network, for any size.

    Raises:
        ValueError: the distribution is unknown.
    """
    rng = np.random.default_rng(seed)
    if values == "normal":
        return rng.standard_normal(size, np.float32)
    if values == "laplace":
        return rng.laplace(size=size).astype(np.float32)
    if values == "student":
        return rng.standard_t(3, size).astype(np.float32)
    if values == "gradient":
        from methods.dragonn.digits_gradient import digits_gradient

        return digits_gradient(seed % RECORDED)
    raise ValueError(f"values is {values!r}; allowed are {', '.join(map(repr, VALUES))}")


def gradient(values: str, size: int, count: int, seed: int) -> tuple[npt.NDArray[np.float32], float]:
    """Return n elements and the magnitude that about `count` of them reach (exactly, where a tile fits n).

    A large gradient repeats a tile of a million draws, or the recorded gradient, each time
    rotated by another offset and negated by a coin: the magnitudes repeat, the places of the large ones do not.
    """
    draws = tile(values, min(size, TILE), seed)
    rng = np.random.default_rng((seed, 1))
    x = np.empty(size, np.float32)
    for start in range(0, size, len(draws)):
        part = x[start : start + len(draws)]
        offset = int(rng.integers(len(draws)))
        sign = np.float32(rng.choice((-1, 1)))
        first = min(len(draws) - offset, len(part))
        np.multiply(draws[offset : offset + first], sign, out=part[:first])
        np.multiply(draws[: len(part) - first], sign, out=part[first:])
    magnitudes = np.abs(x if size <= len(draws) else draws)
    place = len(magnitudes) - max(1, round(count * len(magnitudes) / size))
    return x, float(np.partition(magnitudes, place)[place])
