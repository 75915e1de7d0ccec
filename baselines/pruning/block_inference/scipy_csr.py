"""The weight in scipy's compressed sparse rows, converted once, with 32-bit indices."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from baselines.pruning.block_inference.unfolded import Data, share_of, unfolded_input, weight_matrix
from harness.kernels.contract import Timed


def scipy_csr(case: Any, data: Data, threads: int) -> Timed:
    """CSR times X, or a share of X's columns if the product is large."""
    weight = csr_array(weight_matrix(data).numpy())
    weight.indices, weight.indptr = weight.indices.astype(np.int32), weight.indptr.astype(np.int32)
    columns, share = share_of(unfolded_input(data), weight.nnz)
    matrix = columns.numpy()
    return Timed(lambda: weight @ matrix, share)
