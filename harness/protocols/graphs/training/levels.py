"""Levels of a batch of graphs: the structure that convolutions, pooling and readouts work on.

The adjacency matrices here are symmetric with zero diagonal. A sum over neighbours is one product with a matrix in
compressed sparse rows, and by symmetry its gradient is a product with the same matrix.
"""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from harness.protocols.graphs.training.sparse import SparseMatrix

Readout = Literal["sum", "mean"]


class GraphLevel(ABC):
    """The vertices of every graph of a batch at one level of coarsening; N vertices, B graphs.

    Attributes:
        owner: (N,) int64, the graph of each vertex, ascending.
        num_graphs: number of graphs B.
    """

    owner: Tensor
    num_graphs: int

    @abstractmethod
    def propagate(self, x: Tensor) -> Tensor:
        """Return D^(-1/2) (A + I) D^(-1/2) x, D the degrees of A + I (Kipf & Welling 2017), shape (N, C)."""

    @abstractmethod
    def neighbour_sum(self, x: Tensor) -> Tensor:
        """Return A x, shape (N, C)."""

    @abstractmethod
    def gram(self, x: Tensor, columns: int) -> Tensor:
        """Return X_b[:, :columns]^T X_b of each graph b: (N, C) -> (B, columns, C)."""

    @abstractmethod
    def squared_weight(self) -> Tensor:
        """Return the squared Frobenius norm of A over the whole batch."""

    @property
    def sizes(self) -> Tensor:
        """Vertices of each graph, shape (B,) int64."""
        return torch.bincount(self.owner, minlength=self.num_graphs)

    def readout(self, x: Tensor, kind: Readout) -> Tensor:
        """Sum or average vertex features of each graph: (N, C) -> (B, C)."""
        total = x.new_zeros(self.num_graphs, x.shape[1]).index_add(0, self.owner, x)
        return total / self.sizes.clamp(min=1)[:, None] if kind == "mean" else total


class SparseLevel(GraphLevel):
    """A level in compressed sparse rows.

    Args:
        offsets: (B+1,) int64; vertices of graph b are offsets[b]:offsets[b+1].
        row_pointer, columns: (N+1,) and (nnz,) int64, the pattern of A + I; every row holds its diagonal entry.
        parents: (N,) int64, the vertex of `coarser` that each vertex is pooled into.
        coarser: the next level of a given hierarchy.
        weights: (nnz,) float32, the entries of D^(-1/2) (A + I) D^(-1/2), where they are known already.
    """

    def __init__(
        self,
        offsets: Tensor,
        row_pointer: Tensor,
        columns: Tensor,
        parents: Tensor | None = None,
        coarser: "SparseLevel | None" = None,
        weights: Tensor | None = None,
    ) -> None:
        self.offsets, self.row_pointer, self.columns = offsets, row_pointer, columns
        self.parents, self.coarser, self._weights = parents, coarser, weights
        self.num_graphs = len(offsets) - 1
        self.num_nodes = len(row_pointer) - 1

    @classmethod
    def from_edges(cls, edge_index: Tensor, owner: Tensor, num_graphs: int) -> "SparseLevel":
        """Build a level from symmetric edges (2, E), self-loops ignored, and the ascending graph of each vertex."""
        n = len(owner)
        edge_index = edge_index[:, edge_index[0] != edge_index[1]]
        loops = torch.arange(n, device=owner.device)
        keys = torch.cat([edge_index[0] * n + edge_index[1], loops * (n + 1)]).sort().values
        rows = keys // max(n, 1)
        row_pointer = pointer(torch.bincount(rows, minlength=n))
        offsets = pointer(torch.bincount(owner, minlength=num_graphs))
        return cls(offsets, row_pointer, keys - rows * n)

    @cached_property
    def owner(self) -> Tensor:  # type: ignore[override]
        return torch.repeat_interleave(self.sizes)

    @cached_property
    def sizes(self) -> Tensor:  # type: ignore[override]
        return self.offsets.diff()

    @cached_property
    def rows(self) -> Tensor:
        """Row of every entry of A + I, (nnz,) int64."""
        return torch.repeat_interleave(self.row_pointer.diff())

    @cached_property
    def edge_index(self) -> Tensor:
        """Edges without self-loops, (2, E) int64, both directions."""
        return torch.stack([self.columns, self.rows])[:, self.columns != self.rows]

    @cached_property
    def _normalised(self) -> SparseMatrix:
        if self._weights is not None:
            return self._matrix(self._weights)
        scale = self.row_pointer.diff().to(torch.float32).rsqrt()
        return self._matrix(scale[self.rows] * scale[self.columns])

    @cached_property
    def with_loops(self) -> SparseMatrix:
        """A + I as a sparse matrix."""
        return self._matrix(torch.ones(len(self.columns), device=self.columns.device))

    def _matrix(self, values: Tensor) -> SparseMatrix:
        pattern = self.row_pointer.int(), self.columns.int()
        size = (self.num_nodes, self.num_nodes)
        return SparseMatrix(torch.sparse_csr_tensor(*pattern, values, size, check_invariants=False))

    def propagate(self, x: Tensor) -> Tensor:
        return self._normalised @ x

    def aggregate(self, x: Tensor) -> Tensor:
        """Return (A + I) x, shape (N, C)."""
        return self.with_loops @ x

    def neighbour_sum(self, x: Tensor) -> Tensor:
        return self.aggregate(x) - x

    def pool(self, x: Tensor) -> tuple[Tensor, "SparseLevel"]:
        """Sum the vertices of each cluster of the hierarchy: S^T x and the coarser level.

        Raises:
            ValueError: the hierarchy has no further level.
        """
        if self.coarser is None or self.parents is None:
            raise ValueError("expected a hierarchy with one more level above this one, got its top level")
        return x.new_zeros(self.coarser.num_nodes, x.shape[1]).index_add(0, self.parents, x), self.coarser

    @cached_property
    def _size_groups(self) -> list[tuple[Tensor, Tensor, Tensor, int]]:
        """Graphs of up to 2, 4, 8, … times the mean size: numbers, vertices, places when padded, padded size."""
        mean = self.num_nodes / self.num_graphs
        doublings = (self.sizes / mean).log2().ceil().clamp(min=1)
        groups = []
        for doubling in doublings.unique():
            graphs = (doublings == doubling).nonzero().squeeze(1)
            largest = int(self.sizes[graphs].max())
            rank = torch.full_like(self.sizes, -1)
            rank[graphs] = torch.arange(len(graphs), device=graphs.device)
            vertices = (rank[self.owner] >= 0).nonzero().squeeze(1)
            owner = self.owner[vertices]
            groups.append((graphs, vertices, rank[owner] * largest + vertices - self.offsets[owner], largest))
        return groups

    def gram(self, x: Tensor, columns: int) -> Tensor:
        """Multiply graphs of similar size together: one large graph does not pad all others to its size."""
        order, products = [], []
        for graphs, vertices, places, largest in self._size_groups:
            flat = x.new_zeros(len(graphs) * largest, x.shape[1])
            padded = flat.index_copy(0, places, x.index_select(0, vertices)).view(len(graphs), largest, -1)
            products.append(padded[:, :, :columns].transpose(1, 2) @ padded)
            order.append(graphs)
        return torch.cat(products).index_select(0, torch.cat(order).argsort())

    def squared_weight(self) -> Tensor:
        return torch.tensor(float(len(self.columns) - self.num_nodes), device=self.columns.device)


def pointer(counts: Tensor) -> Tensor:
    """Return 0 and the running sums of `counts`: (n,) -> (n+1,)."""
    return torch.cat([counts.new_zeros(1), counts.cumsum(0)])
