"""Random masks with the structure of trained ones: popular rows and columns, and clusters of similar rows."""

import numpy as np
from numpy.typing import NDArray

from harness.seeds import stream
from methods.structured_tickets.validation import BoolArray, IntArray, check_count, check_number, check_within

SPREAD = 0.2
BOOST = 0.7
FAVOURED = 0.2


def pruned_mask(
    rows: int,
    columns: int,
    density: float,
    *,
    types: int = 8,
    spread: float = SPREAD,
    boost: float = BOOST,
    seed: int = 0,
) -> BoolArray:
    """Magnitude-pruned random weights W_ij = r_i c_j (1 + boost [j is a favourite of the type of row i]) z_ij.

    z is normal, r and c are uniform about 1: as in trained layers, some output and input channels matter more, and
    rows come in types with favourite columns. The largest |W| survive. With the defaults, regrouping covers about
    as much, about as efficiently, as it does for masks that iterative pruning finds on MNIST. Only products of
    random numbers are compared, so a seed gives the same mask on every machine.

    Args:
        rows, columns: shape of the mask.
        density: share of survivors, in [0, 1]; the number of ones is round(density * rows * columns).
        types: kinds of rows, drawn uniformly; each favours a fifth of the columns.
        spread: standard deviation of r and of c, in [0, 0.5].
        boost: relative increase of a favoured weight; 0 plants no clusters.
        seed: seed of all draws.

    Returns:
        Mask, bool, shape (rows, columns).

    Raises:
        ValueError: an argument out of range.
    """
    rows, columns, types = check_count(rows, "rows"), check_count(columns, "columns"), check_count(types, "types")
    check_within(density, "density", 1)
    reach = 3**0.5 * check_within(spread, "spread", 0.5)
    boost = check_number(boost, "boost", least=0.0)
    rng = stream("structured-tickets", "pruned mask", seed)
    kinds = rng.integers(types, size=rows)
    favoured = rng.random((types, columns)) < FAVOURED
    weights = np.abs(rng.standard_normal((rows, columns), dtype=np.float32))
    weights *= rng.uniform(1 - reach, 1 + reach, (rows, 1)).astype(np.float32)
    weights *= rng.uniform(1 - reach, 1 + reach, columns).astype(np.float32)
    weights *= np.where(favoured, 1 + boost, 1.0).astype(np.float32)[kinds]
    return largest(weights, round(density * weights.size))


def largest(weights: NDArray[np.float32], count: int) -> BoolArray:
    """Mask of the `count` largest weights."""
    mask = np.zeros(weights.size, dtype=np.bool_)
    if count:
        least = weights.size - count
        mask[np.argpartition(weights, least, axis=None)[least:]] = True
    return mask.reshape(weights.shape)


def planted_mask(
    rows: int, columns: int, *, types: int = 8, p_in: float, p_out: float, seed: int = 0
) -> tuple[BoolArray, IntArray]:
    """Return rows of equally many types, and the types: a favourite column is one with p_in, another with p_out.

    Args:
        rows, columns: shape.
        types: kinds of rows, dealt out in random order; each favours a fifth of the columns.
        p_in, p_out: probabilities of a one.
        seed: the same seed gives the same mask.

    Returns:
        Mask, bool, shape (rows, columns), and the type of each row, shape (rows,).

    Raises:
        ValueError: a size below 1, or a probability outside [0, 1].
    """
    rows, columns, types = check_count(rows, "rows"), check_count(columns, "columns"), check_count(types, "types")
    for name, probability in (("p_in", p_in), ("p_out", p_out)):
        check_within(probability, name, 1)
    rng = stream("structured-tickets", "planted mask", seed)
    kinds = rng.permutation(np.arange(rows, dtype=np.int64) % types)
    favoured = rng.random((types, columns)) < FAVOURED
    return rng.random((rows, columns)) < np.where(favoured, p_in, p_out)[kinds], kinds
