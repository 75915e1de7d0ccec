"""Similarity of rows as a weighted graph."""

import numpy as np
from numpy.typing import NDArray

SCALE = 1000


def jaccard_weights(gram: NDArray[np.int32], degrees: NDArray[np.int64]) -> NDArray[np.int64]:
    """round(1000 |a n b| / |a u b|) of every two rows; zero on the diagonal.

    Args:
        gram: shared columns, zero diagonal, shape (R, R).
        degrees: nonzeros of each row, at least 1, shape (R,).

    Returns:
        Integer weights, shape (R, R).
    """
    union = degrees[:, None] + degrees - gram
    return np.rint(SCALE * gram / union).astype(np.int64)
