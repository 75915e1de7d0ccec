"""Solutions along decreasing penalties, each with a warm start from the previous one."""

from collections.abc import Sequence

import numpy as np

from .dictionary import Dictionary
from .newton import newton
from .penalty import relative_penalty
from .results import Recovery


def alpha_path(
    dictionary: Dictionary,
    signals: np.ndarray,
    alphas: Sequence[float],
    *,
    families: tuple[int, ...] = (),
    mu: float = 0.0,
    tol: float = 1e-6,
    threads: int = 1,
) -> list[Recovery]:
    """Return a recovery for each alpha, in the given order; the largest alpha is solved first.

    Args:
        signals: (signals, d).
        alphas: positive multiples of the largest correlation of each family (see `relative_penalty`).

    Raises:
        ValueError: no alpha, or one that is not positive, or inputs that do not fit.
    """
    if not len(alphas):
        raise ValueError("alphas is empty; expected one positive number or more")
    found: dict[float, Recovery] = {}
    start = None
    for alpha in sorted(set(alphas), reverse=True):
        penalty = relative_penalty(dictionary, signals, alpha, families, mu)
        found[alpha] = newton(dictionary, signals, penalty, tol=tol, start=start, threads=threads)
        start = found[alpha].codes
    return [found[alpha] for alpha in alphas]
