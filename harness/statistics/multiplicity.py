"""Several tests at once: Holm's correction and partial conjunctions. `scipy.stats` has neither."""

import numpy as np
from numpy.typing import ArrayLike


def holm(p_values: ArrayLike) -> np.ndarray:
    """Return Holm's adjusted p values in the given order (Holm, 1979).

    adjusted p₍ᵢ₎ = max over j ≤ i of min(1, (m − j + 1) · p₍ⱼ₎); rejecting adjusted p ≤ α keeps the chance of any
    false rejection at α, whatever the dependence of the tests.

    Raises:
        ValueError: not one-dimensional, or a value outside [0, 1] or NaN.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1:
        raise ValueError(f"p_values must be one-dimensional, got shape {p.shape}")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values must lie within [0, 1], got {p[~((p >= 0) & (p <= 1))][0]}")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, np.arange(len(p), 0, -1) * p[order]))
    return adjusted


def partial_conjunction(p_values: ArrayLike, count: int) -> float:
    """Return the p value of "at least `count` of these hypotheses are false", min(1, (n − count + 1) · p₍count₎).

    Bonferroni's combination (Benjamini & Heller, 2008; Dror et al., 2017): with count = n it is the largest p, so
    that "on each of n data sets" needs no correction, with count = 1 it is n times the smallest.

    Raises:
        ValueError: p values that :func:`holm` rejects, or a count outside 1..n.
    """
    p = np.sort(np.asarray(p_values, dtype=np.float64))
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values must be one-dimensional and lie within [0, 1], got {p_values!r}")
    if not 1 <= count <= len(p):
        raise ValueError(f"count must lie within 1..{len(p)}, got {count!r}")
    return float(min(1.0, (len(p) - count + 1) * p[count - 1]))
