"""Conic solvers through cvxpy, one signal: the penalised program and the ball program."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.kernels.contract import KernelCase, Timed

from .calibration import calibrated


def clarabel(case: KernelCase, data: Mapping[str, Any], threads: int) -> Timed:
    """Prepare the problem for the interior-point solver Clarabel; cvxpy's compilation is timed as well.

    Its tolerance is not searched for: near the optimum an interior point gains a digit an iteration.
    """
    tolerance = min(1e-7, data["tol"] / 10)
    options = {"solver": "CLARABEL", "tol_gap_rel": tolerance, "tol_gap_abs": tolerance, "tol_feas": tolerance}
    return Timed(lambda: _solve(data, 0, options)[None], 1 / len(data["signals"]))


def scs(case: KernelCase, data: Mapping[str, Any], threads: int) -> Timed:
    """Prepare the problem for the splitting solver SCS."""

    def solver(i: int, tol: float) -> np.ndarray:
        return _solve(data, i, {"solver": "SCS", "eps_abs": tol, "eps_rel": tol, "max_iters": 20_000})

    return calibrated("scs", case, data, solver, 1, 1e-6)


def _solve(data: Mapping[str, Any], i: int, options: dict[str, Any]) -> np.ndarray:
    import cvxpy as cp

    atoms, x, size = data["atoms"], data["signals"][i], data["size"]
    codes = cp.Variable(atoms.shape[1])
    norms = cp.norm(cp.reshape(codes, (atoms.shape[1] // size, size), order="C"), axis=1)
    if data["program"] == "ball":
        problem = cp.Problem(cp.Minimize(cp.sum(norms)), [cp.norm(x - atoms @ codes) <= data["radius"]])
    else:
        problem = cp.Problem(cp.Minimize(cp.sum_squares(x - atoms @ codes) / 2 + data["lam"][i] @ norms))
    problem.solve(**options)
    return np.asarray(codes.value)
