"""spgl1's root finding on the Pareto curve for the ball program, with the group norm's projection supplied."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from harness.kernels.contract import KernelCase


def ball(case: KernelCase, data: Mapping[str, Any], threads: int) -> Callable[[], np.ndarray]:
    """Prepare `spgl1` for ``min sum_g ||c_g||`` subject to ``||x - D c|| <= radius``, first signal."""
    from spgl1 import spgl1
    from spgl1.spgl1 import oneprojector

    atoms, x, size = data["atoms"], data["signals"][0], data["size"]

    def norms(codes: np.ndarray) -> np.ndarray:
        return np.linalg.norm(codes.reshape(-1, size), axis=1)

    def project(codes: np.ndarray, weights: Any, tau: float) -> np.ndarray:
        lengths = norms(codes)
        shrunk = oneprojector(lengths.copy(), 1.0, tau)
        scale = np.divide(shrunk, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        return codes * np.repeat(scale, size)

    def call() -> np.ndarray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            codes = spgl1(
                atoms,
                x,
                sigma=data["radius"] * (1 - data["tol"] / 10),
                iter_lim=20_000,
                opt_tol=data["tol"] / 1000,  # its objective is then as exact as its radius
                project=project,
                primal_norm=lambda c, w: norms(c).sum(),
                dual_norm=lambda c, w: norms(c).max(),
            )[0]
        return codes[None]

    return call
