"""The group-lasso package (accelerated proximal gradient), one signal: P/d with ``group_reg = lam / d``."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.kernels.contract import KernelCase, Timed

SIGNALS = 1
TOLERANCE = 1e-9


def group_lasso(case: KernelCase, data: Mapping[str, Any], threads: int) -> Timed:
    """Prepare `group_lasso.GroupLasso` with one weight a group, no scaling by group size, no intercept."""
    from group_lasso import GroupLasso

    atoms = data["atoms"]
    labels = np.repeat(np.arange(atoms.shape[1] // data["size"]), data["size"])

    def solver(i: int, tol: float) -> np.ndarray:
        model = GroupLasso(
            groups=labels,
            group_reg=data["lam"][i] / len(atoms),
            l1_reg=0,
            scale_reg="none",
            fit_intercept=False,
            tol=tol,
            n_iter=1000,
            supress_warning=True,
            random_state=0,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.fit(atoms, data["signals"][i]).coef_.ravel()

    return Timed(lambda: np.stack([solver(i, TOLERANCE) for i in range(SIGNALS)]), SIGNALS / len(data["signals"]))
