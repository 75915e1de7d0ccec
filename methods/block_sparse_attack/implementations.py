"""Our implementations of the kernel, its reference and its checker."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from harness.kernels.contract import KernelCase, Timed

from .recovery import coordinate_descent as descent
from .recovery import newton as batched
from .recovery import proximal_gradient as proximal
from .recovery.constrained import ball_program
from .recovery.dictionary import Dictionary
from .recovery.objective import certify
from .recovery.penalty import Penalty

Data = Mapping[str, Any]


def newton(case: KernelCase, data: Data, threads: int) -> Callable[[], np.ndarray]:
    """Prepare the dictionary; the call solves the batch (or the ball program)."""
    dictionary = _prepared(data)
    signals, penalty, tol = data["signals"], Penalty(data["lam"]), data["tol"]
    if data["program"] == "ball":
        return lambda: ball_program(
            dictionary, signals[0], data["radius"], tol=tol / 4, gap=tol / 1e4, threads=threads
        ).codes[None]
    batched.newton(dictionary, signals[:1], Penalty(data["lam"][:1]), tol=1e-3)
    return lambda: batched.newton(dictionary, signals, penalty, tol=tol, threads=threads).codes


def proximal_gradient(case: KernelCase, data: Data, threads: int) -> Callable[[], np.ndarray]:
    """Prepare the dictionary; the call solves the batch."""
    dictionary, penalty = _prepared(data), Penalty(data["lam"])
    return lambda: proximal.proximal_gradient(dictionary, data["signals"], penalty, tol=data["tol"]).codes


def coordinate_descent(case: KernelCase, data: Data, threads: int) -> Timed:
    """Prepare the singular value decompositions; the call solves the first signal."""
    dictionary, penalty = _prepared(data), Penalty(data["lam"][:1])
    assert dictionary.factors

    def call() -> np.ndarray:
        return descent.coordinate_descent(dictionary, data["signals"][:1], penalty, tol=data["tol"]).codes

    return Timed(call, 1 / len(data["signals"]))


def reference_objective(data: Data) -> float:
    """Return the optimum of the first signal: P by coordinate descent, or the ball program's certified bound."""
    dictionary = Dictionary(data["atoms"], data["size"])
    if data["program"] == "ball":
        return ball_program(dictionary, data["signals"][0], data["radius"], tol=1e-6, gap=1e-9).bound
    found = descent.coordinate_descent(
        dictionary, data["signals"][:1], Penalty(data["lam"][:1]), tol=min(data["tol"], 1e-6)
    )
    return float(found.objective[0])


def worst_gap(data: Data, codes: np.ndarray) -> float:
    """Return the worst certified relative gap of codes of the first signals; of the ball program, its misfit."""
    dictionary = Dictionary(data["atoms"], data["size"])
    n = len(codes)
    if data["program"] == "ball":
        misfit = np.linalg.norm(data["signals"][0] - dictionary.atoms @ codes[0])
        return float(max(misfit / data["radius"] - 1, 0.0))
    return float(certify(dictionary, data["signals"][:n], codes, Penalty(data["lam"][:n])).relative.max())


def verdict(data: Data, codes: np.ndarray, expected: float) -> str:
    """Return a message on errors in the codes of the first signals, or an empty string."""
    dictionary = Dictionary(data["atoms"], data["size"])
    p = dictionary.groups.columns
    if codes.ndim != 2 or codes.shape[1] != p or not 0 < len(codes) <= len(data["signals"]):
        return f"codes have shape {codes.shape}; expected (signals, {p})"
    if not np.isfinite(codes).all():
        return "codes hold NaN or infinite values"
    gap, tol = worst_gap(data, codes), data["tol"]
    if not gap <= tol:
        what = "excess of the radius" if data["program"] == "ball" else "gap"
        return f"certified relative {what} is {gap:.3g}, above {tol:g}"
    if data["program"] == "ball":
        objective = float(dictionary.groups.norms(codes[:1]).sum())
        slack = 5 * tol * expected
    else:
        objective = float(certify(dictionary, data["signals"][:1], codes[:1], Penalty(data["lam"][:1])).primal[0])
        slack = 2 * max(tol, 1e-6) * float((data["signals"][0] ** 2).sum()) / 2
    if abs(objective - expected) > slack:
        return f"objective of the first signal is {objective:.9g}; the reference has {expected:.9g}"
    return ""


def _prepared(data: Data) -> Dictionary:
    """Return the dictionary with its cached quantities, which a user computes once."""
    dictionary = Dictionary(data["atoms"], data["size"])
    for quantity in ("lipschitz", "spectral_norms", "rows32"):
        getattr(dictionary, quantity)
    return dictionary
