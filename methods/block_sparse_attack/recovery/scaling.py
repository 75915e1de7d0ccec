"""Solution of a problem of any scale by one of ordinary scale, so that no square leaves the range of numbers.

With ``D = 2^a D'`` and ``x = 2^s x'`` the codes are ``c = 2^(s - a) c'`` for ``lam = 2^(a + s) lam'`` and
``mu = 2^(2 a) mu'``. Powers of two change no digit. Problems of ordinary scale are solved as they are.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import numpy as np

from .dictionary import ORDINARY, Dictionary
from .penalty import Penalty
from .results import Recovery

P = ParamSpec("P")
LARGEST = 1e18  # weight above which all codes of an ordinary problem are zero, in float32 too


def at_ordinary_scale(
    solver: Callable[Concatenate[Dictionary, np.ndarray, Penalty, P], Recovery],
) -> Callable[Concatenate[Dictionary, np.ndarray, Penalty, P], Recovery]:
    """Wrap a solver of the penalised problem for atoms and signals of extreme scales."""

    @wraps(solver)
    def scaled(
        dictionary: Dictionary, signals: np.ndarray, penalty: Penalty, *args: P.args, **options: P.kwargs
    ) -> Recovery:
        X = dictionary.checked_signals(signals)
        signal = exponents(X)
        ordinary, atom = dictionary.ordinary
        if ordinary is dictionary and not signal.any():
            return solver(dictionary, X, penalty, *args, **options)
        lam, mu = penalty.weights(len(X), dictionary.groups.count)
        with np.errstate(over="ignore"):
            lam, mu = np.ldexp(lam, -(atom + signal)[:, None]), np.ldexp(mu, -2 * atom)
        weights = Penalty(np.minimum(lam, LARGEST), np.minimum(mu, LARGEST))
        given: dict[str, Any] = dict(options)
        if given.get("start") is not None:
            start = dictionary.checked_codes(given["start"], len(X))
            given["start"] = np.ldexp(start, (atom - signal)[:, None])
        found = solver(ordinary, np.ldexp(X, -signal[:, None]), weights, *args, **given)
        return Recovery(
            codes=np.ldexp(found.codes, (signal - atom)[:, None]),
            objective=np.ldexp(found.objective, 2 * signal),
            gap=np.ldexp(found.gap, 2 * signal),
            relative_gap=found.relative_gap,
            converged=found.converged,
            iterations=found.iterations,
            residuals=np.ldexp(found.residuals, signal[:, None]),
        )

    return scaled


def exponents(signals: np.ndarray) -> np.ndarray:
    """Return s of each signal (n, d), int64 (n,): 0 where its largest entry is of ordinary size."""
    powers = np.frexp(np.abs(signals).max(axis=1, initial=0.0))[1].astype(np.int64)
    return np.where(np.abs(powers) > ORDINARY, powers, 0)
