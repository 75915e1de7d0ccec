"""Recovery of a batch of signals with the default or a chosen solver."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from .admm import admm
from .coordinate_descent import coordinate_descent
from .dictionary import Dictionary
from .newton import newton
from .penalty import Penalty
from .proximal_gradient import proximal_gradient
from .results import Recovery

Method = Literal["auto", "newton", "coordinate-descent", "proximal-gradient", "admm"]
SOLVERS: dict[str, Callable[..., Recovery]] = {
    "newton": newton,
    "coordinate-descent": coordinate_descent,
    "proximal-gradient": proximal_gradient,
    "admm": admm,
}


def solve(
    dictionary: Dictionary,
    signals: np.ndarray,
    penalty: Penalty,
    *,
    tol: float = 1e-6,
    method: Method = "auto",
    threads: int = 1,
) -> Recovery:
    """Minimise ``1/2 ||x - D c||^2 + sum_g lam_g ||c_g|| + mu_g/2 ||c_g||^2`` for each signal of a batch.

    Args:
        signals: (signals, d); an empty batch has an empty result.
        penalty: weights of the penalty.
        tol: relative duality gap, gap / (||x||^2 / 2).
        method: *auto* is Newton.
        threads: number of threads for Newton's directions; the others use the threads of the libraries.

    Raises:
        ValueError: an input that does not fit, or an unknown method.
    """
    name = "newton" if method == "auto" else method
    if name not in SOLVERS:
        raise ValueError(f"method is {method!r}; expected auto or one of {', '.join(SOLVERS)}")
    extra = {"threads": threads} if name == "newton" else {}
    return SOLVERS[name](dictionary, signals, penalty, tol=tol, **extra)
