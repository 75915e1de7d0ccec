"""skglm's group lasso, signal by signal: P/d with ``alpha = lam / d``; it stops on the KKT violation."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.kernels.contract import KernelCase, Timed

from .calibration import calibrated

SIGNALS = 3


def group_lasso(case: KernelCase, data: Mapping[str, Any], threads: int) -> Timed:
    """Prepare `skglm.GroupLasso` in Fortran order with per-group weights, no intercept."""
    from skglm import GroupLasso

    atoms = np.asfortranarray(data["atoms"])

    def solver(i: int, tol: float) -> np.ndarray:
        lam = data["lam"][i]
        model = GroupLasso(groups=data["size"], alpha=lam.max() / len(atoms), weights=lam / lam.max(),
                           fit_intercept=False, tol=tol, max_iter=200)  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.fit(atoms, data["signals"][i]).coef_

    return calibrated("skglm", case, data, solver, SIGNALS, 4e-6)
