"""Constant sparse matrices times learnable dense ones: the propagation step of full-batch graph networks.

A product with a CSR matrix is several times faster on a CPU than gathering and scattering messages, and its
gradient needs only the transpose, which is computed in advance.
"""

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse
import torch
from torch import Tensor

from harness.protocols.graphs.training.dropout import dropout

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")


@dataclass(frozen=True, eq=False)
class SparseMatrix:
    """A constant sparse matrix; ``matrix @ dense`` is differentiable in `dense`.

    Shapes, for r rows, c columns and z entries:
        csr: torch CSR tensor (r, c) of float32 values, int32 indices.
        transpose_order: (z,) int64, position in `csr` of every entry of the transpose in row-major order;
            None for a symmetric matrix, which is its own transpose.
        transpose_csr: torch CSR tensor (c, r), None for a symmetric matrix.
    """

    csr: Tensor
    transpose_order: Tensor | None = None
    transpose_csr: Tensor | None = None

    @classmethod
    def from_scipy(
        cls, matrix: scipy.sparse.csr_matrix, *, symmetric: bool = False, device: str = "cpu"
    ) -> "SparseMatrix":
        """Convert a scipy matrix; `symmetric` promises that it equals its transpose to the bit.

        Raises:
            ValueError: `symmetric` was promised of a matrix that is not square.
        """
        if symmetric and matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f"a symmetric matrix must be square, got shape {matrix.shape}")
        csr = _torch_csr(matrix, device)
        if symmetric:
            return cls(csr)
        positions = np.arange(matrix.nnz, dtype=np.int64)
        numbered = scipy.sparse.csr_matrix((positions, matrix.indices, matrix.indptr), shape=matrix.shape)
        order = numbered.T.tocsr()
        transpose = scipy.sparse.csr_matrix(
            (matrix.data[order.data], order.indices, order.indptr), shape=order.shape
        )
        return cls(csr, torch.from_numpy(order.data).to(device), _torch_csr(transpose, device))

    @property
    def shape(self) -> torch.Size:
        """Shape (rows, columns)."""
        return self.csr.shape

    @cached_property
    def T(self) -> "SparseMatrix":  # noqa: N802 - as in numpy and torch
        """Transpose, without a copy."""
        if self.transpose_csr is None or self.transpose_order is None:
            return self
        return SparseMatrix(self.transpose_csr, torch.argsort(self.transpose_order), self.csr)

    def __matmul__(self, dense: Tensor) -> Tensor:
        """Return the product with `dense` (c, h): shape (r, h)."""
        return _Product.apply(dense, self)

    def dropout(self, probability: float, training: bool) -> "SparseMatrix":
        """Return the matrix with entries dropped and the rest scaled: equal to dropout of its dense form.

        Random numbers come from torch's global generator.
        """
        if not training or probability == 0.0:
            return self
        values = dropout(self.csr.values(), probability, training)
        if self.transpose_csr is None or self.transpose_order is None:
            raise ValueError("dropout would break the symmetry of a matrix made with symmetric=True")
        return SparseMatrix(
            _with_values(self.csr, values),
            self.transpose_order,
            _with_values(self.transpose_csr, values[self.transpose_order]),
        )


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, dense: Tensor, matrix: SparseMatrix) -> Tensor:
        ctx.matrix = matrix
        return _multiply(matrix.csr, dense)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        matrix: SparseMatrix = ctx.matrix
        csr = matrix.csr if matrix.transpose_csr is None else matrix.transpose_csr
        return _multiply(csr, gradients[0]), None


def _multiply(csr: Tensor, dense: Tensor) -> Tensor:
    if csr.is_cuda or torch.backends.mkl.is_available():
        return csr @ dense.contiguous()
    return multiply_by_rows(csr, dense)


def multiply_by_rows(csr: Tensor, dense: Tensor) -> Tensor:
    """Return csr @ dense by gathering and adding rows, for CPU builds of torch without sparse products."""
    pointers = csr.crow_indices().long()
    rows = torch.repeat_interleave(torch.arange(csr.shape[0]), pointers.diff())
    messages = dense[csr.col_indices().long()] * csr.values()[:, None]
    return torch.zeros(csr.shape[0], dense.shape[1]).index_add_(0, rows, messages)


def gcn_adjacency(edge_index: npt.NDArray[np.int64], num_nodes: int, device: str = "cpu") -> SparseMatrix:
    """Return D^-1/2 (A + I) D^-1/2 of a graph with both directions of every edge and no self-loops.

    Kipf & Welling, Semi-Supervised Classification with Graph Convolutional Networks, ICLR 2017, equation 2.
    """
    loops = np.arange(num_nodes)
    rows = np.concatenate([edge_index[0], loops])
    columns = np.concatenate([edge_index[1], loops])
    degree = np.bincount(rows, minlength=num_nodes).astype(np.float32)
    scale = 1.0 / np.sqrt(degree)
    values = scale[rows] * scale[columns]
    matrix = scipy.sparse.csr_matrix((values, (rows, columns)), shape=(num_nodes, num_nodes))
    return SparseMatrix.from_scipy(matrix, symmetric=True, device=device)


def membership(parents: npt.NDArray[np.int64], num_clusters: int, device: str = "cpu") -> SparseMatrix:
    """Return S of shape (n, num_clusters) with S[i, parents[i]] = 1.

    ``S.T @ x`` sums the members of every cluster, ``S @ x`` copies a cluster to its members.

    Raises:
        ValueError: a parent outside 0..num_clusters-1.
    """
    if len(parents) and not (parents.min() >= 0 and parents.max() < num_clusters):
        raise ValueError(f"parents must be in 0..{num_clusters - 1}, got {parents.min()}..{parents.max()}")
    ones = np.ones(len(parents), dtype=np.float32)
    pointers = np.arange(len(parents) + 1)
    matrix = scipy.sparse.csr_matrix((ones, parents, pointers), shape=(len(parents), num_clusters))
    return SparseMatrix.from_scipy(matrix, device=device)


def _torch_csr(matrix: scipy.sparse.csr_matrix, device: str) -> Tensor:
    matrix.sort_indices()
    return torch.sparse_csr_tensor(
        torch.from_numpy(matrix.indptr.astype(np.int32)),
        torch.from_numpy(matrix.indices.astype(np.int32)),
        torch.from_numpy(matrix.data.astype(np.float32)),
        matrix.shape,
        device=device,
        check_invariants=False,
    )


def _with_values(csr: Tensor, values: Tensor) -> Tensor:
    return torch.sparse_csr_tensor(csr.crow_indices(), csr.col_indices(), values, csr.shape, check_invariants=False)
