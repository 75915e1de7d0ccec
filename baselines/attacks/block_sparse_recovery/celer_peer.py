"""celer's working-set group lasso, signal by signal; its objective is P/d with ``alpha = lam / d``.

Its own gap has a dual point extrapolated over its iterations, so at the same `tol` it stops before the gap at its
residual, the criterion for all implementations, is as small.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.kernels.contract import KernelCase, Timed

from .calibration import calibrated

SIGNALS = 4


def group_lasso(case: KernelCase, data: Mapping[str, Any], threads: int) -> Timed:
    """Prepare `celer.GroupLasso` in Fortran order with per-group weights, no intercept."""
    from celer import GroupLasso

    atoms = np.asfortranarray(data["atoms"])

    def solver(i: int, tol: float) -> np.ndarray:
        lam = data["lam"][i]
        model = GroupLasso(groups=data["size"], alpha=lam.max() / len(atoms), weights=lam / lam.max(),
                           fit_intercept=False, tol=tol, max_iter=200)  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.fit(atoms, data["signals"][i]).coef_

    return calibrated("celer", case, data, solver, SIGNALS, data["tol"] / 2)
