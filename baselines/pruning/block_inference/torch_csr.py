"""torch's compressed sparse rows with 32-bit indices, converted once, for irregular masks."""

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from baselines.pruning.block_inference.convolution import dense_stage, folded
from baselines.pruning.block_inference.unfolded import Data, share_of, unfold, unfolded_input, weight_matrix
from harness.kernels.contract import Timed

IMAGES = 8  # number of images in a network's timed call


def torch_csr(case: Any, data: Data, threads: int) -> Timed:
    """A layer: CSR times X, or a share of X's columns if the product is large. A network: a share of its images."""
    if "stages" in data:
        return Timed(_network(data), len(data["images"][:IMAGES]) / len(data["images"]))
    weight = csr_tensor(weight_matrix(data))
    columns, share = share_of(unfolded_input(data), weight.values().numel())
    return Timed(torch.inference_mode()(lambda: weight @ columns), share)


def csr_tensor(matrix: Tensor) -> Tensor:
    """Return a matrix in compressed sparse rows with 32-bit indices."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta state")
        rows = matrix.to_sparse_csr()
        indices = (rows.crow_indices().int(), rows.col_indices().int())
        return torch.sparse_csr_tensor(*indices, rows.values(), rows.shape, check_invariants=True)


def _network(data: Data) -> Callable[[], Tensor]:
    """Dense layers by torch's convolution; from the first sparse one on, batch-innermost, CSR products."""
    stages = data["stages"]
    first = next(i for i, stage in enumerate(stages) if stage != "pool" and stage["blocks"] is not None)
    dense = [dense_stage(stage, torch.contiguous_format) for stage in stages[:first]]
    sparse = [_pooled if stage == "pool" else _sparse(stage) for stage in stages[first:]]
    weight, bias = map(torch.from_numpy, data["head"])
    images = torch.from_numpy(data["images"][:IMAGES])

    def forward() -> Tensor:
        values = images
        for stage in dense:
            values = stage(values)
        values = values.permute(1, 2, 3, 0).contiguous()  # (C, H, W, N)
        for stage in sparse:
            values = stage(values)
        return F.linear(values.mean((1, 2)).T, weight, bias)

    return torch.inference_mode()(forward)


def _sparse(stage: Data) -> Callable[[Tensor], Tensor]:
    weight, bias = folded(stage)
    matrix = csr_tensor(weight.reshape(len(weight), -1))

    def convolve(values: Tensor) -> Tensor:
        product = matrix @ unfold(values, (3, 3), 1)
        return product.add_(bias[:, None]).relu_().reshape(len(bias), *values.shape[1:])

    return convolve


def _pooled(values: Tensor) -> Tensor:
    """Return 2 x 2 max pooling of (C, H, W, N)."""
    channels, height, width, batch = values.shape
    return values.reshape(channels, height // 2, 2, width // 2, 2, batch).amax((2, 4))
