"""Untimed search for the tolerance at which a peer reaches a duality gap that we compute ourselves."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from harness.kernels.contract import KernelCase, Timed
from harness.kernels.kept import kept

Solver = Callable[[int, float], np.ndarray]


def relative_gap(data: Mapping[str, Any], signal: int, codes: np.ndarray) -> float:
    """Return gap / (||x||^2 / 2) of codes (p,) of one signal for the group lasso, in plain numpy."""
    atoms, x, lam = data["atoms"], data["signals"][signal], data["lam"][signal]
    residual = x - atoms @ codes
    norms = np.linalg.norm(codes.reshape(len(lam), -1), axis=1)
    strengths = np.linalg.norm((atoms.T @ residual).reshape(len(lam), -1), axis=1)
    energy, overlap = residual @ residual, x @ residual
    limit = min(1.0, float((lam / np.maximum(strengths, 1e-300)).min()))
    scale = float(np.clip(overlap / max(energy, 1e-300), -limit, limit))
    gap = energy / 2 + lam @ norms - scale * overlap + scale**2 / 2 * energy
    return float(gap / (x @ x / 2))


def calibrated(
    name: str, case: KernelCase, data: Mapping[str, Any], solver: Solver, signals: int, loosest: float
) -> Timed:
    """Return a call that solves the first signals, each at its loosest certified tolerance (in steps of ten).

    A peer that never reaches the gap keeps its tightest tolerance; the checker then reports its gap.
    """
    count = min(signals, len(data["signals"]))

    def find() -> list[float]:
        return [_tolerance(data, i, solver, loosest) for i in range(count)]

    tolerances = kept(f"{name} tolerances", case, find)
    return Timed(lambda: np.stack([solver(i, t) for i, t in enumerate(tolerances)]), count / len(data["signals"]))


def _tolerance(data: Mapping[str, Any], signal: int, solver: Solver, loosest: float) -> float:
    tolerance = loosest
    while relative_gap(data, signal, solver(signal, tolerance)) > data["tol"] and tolerance > loosest * 1e-5:
        tolerance /= 10
    return tolerance
