"""Undirected weighted graphs in compressed sparse rows, validated on construction."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Graph:
    """A simple undirected graph with positive weights, rows sorted by neighbour.

    Build it with `from_edges`, which validates; the constructor trusts its arguments.
    Shapes: `indptr` (n+1,), `indices` (2m,), `weight` (2m,); every edge is stored in both directions.
    """

    indptr: IntArray
    indices: IntArray
    weight: FloatArray

    @property
    def num_nodes(self) -> int:
        """Number of vertices n."""
        return len(self.indptr) - 1

    @property
    def num_edges(self) -> int:
        """Number of undirected edges m."""
        return len(self.indices) // 2

    @cached_property
    def rows(self) -> IntArray:
        """Source vertex of every stored direction, shape (2m,)."""
        return np.repeat(np.arange(self.num_nodes), np.diff(self.indptr))

    @cached_property
    def degrees(self) -> FloatArray:
        """Weighted degree d_i of every vertex, shape (n,)."""
        return weighted_count(self.rows, self.weight, self.num_nodes)

    @cached_property
    def volume(self) -> float:
        """vol(G), the sum of all degrees (twice the total edge weight)."""
        return float(self.degrees.sum())


@dataclass(frozen=True, eq=False)
class DisjointGraphs:
    """A collection of graphs as one disjoint union.

    Args:
        node_offsets: shape (G+1,); graph g owns the vertices node_offsets[g] .. node_offsets[g+1]-1.
        edge_index: shape (2, E), vertex ids of the whole collection, each undirected edge in both directions.
        edge_offsets: shape (G+1,); graph g owns the columns edge_offsets[g] .. edge_offsets[g+1]-1.
        weight: shape (E,), positive, or None for unit weights.
    """

    node_offsets: IntArray
    edge_index: IntArray
    edge_offsets: IntArray
    weight: FloatArray | None = None

    @property
    def num_graphs(self) -> int:
        """Number of graphs G."""
        return len(self.node_offsets) - 1

    def union(self) -> Graph:
        """Return the validated disjoint union.

        Raises:
            ValueError: offsets that do not fit, an empty graph, an edge between two graphs, or any error
                of `from_edges`.
        """
        nodes = _offsets("node_offsets", self.node_offsets)
        edges = _offsets("edge_offsets", self.edge_offsets)
        if len(nodes) != len(edges):
            raise ValueError(f"node_offsets has {len(nodes)} entries but edge_offsets has {len(edges)}")
        empty = np.flatnonzero(np.diff(nodes) == 0)
        if len(empty):
            raise ValueError(f"graph {empty[0]} of the collection has 0 nodes; at least 1 is needed")
        edge_index = _edge_index(self.edge_index, int(nodes[-1]))
        if edges[-1] != edge_index.shape[1]:
            raise ValueError(f"edge_offsets ends at {edges[-1]} but there are {edge_index.shape[1]} edges")
        owner = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        low, high = nodes[:-1][owner], nodes[1:][owner]
        outside = np.flatnonzero(((edge_index < low) | (edge_index >= high)).any(axis=0))
        if len(outside):
            e = outside[0]
            pair = tuple(edge_index[:, e].tolist())
            raise ValueError(f"edge {e} {pair} of graph {owner[e]} leaves its vertices {low[e]}..{high[e] - 1}")
        return from_edges(edge_index, int(nodes[-1]), self.weight)


def weighted_count(labels: IntArray, weight: FloatArray, size: int) -> FloatArray:
    """Sum of the weights that carry each label, shape (size,)."""
    return np.bincount(labels, weights=weight, minlength=size).astype(np.float64, copy=False)


def from_edges(edge_index: npt.ArrayLike, num_nodes: int, weight: npt.ArrayLike | None = None) -> Graph:
    """A `Graph` from a list of directed pairs that together are symmetric.

    Self-loops and edges of weight 0 are dropped; parallel edges are summed.

    Args:
        edge_index: integers, shape (2, E), each undirected edge in both directions.
        num_nodes: n >= 1.
        weight: shape (E,), finite and non-negative; None means 1 everywhere.

    Raises:
        ValueError: n < 1, a vertex id out of range, a bad shape, a negative or non-finite weight, or a pair
            whose two directions differ (a directed graph).
    """
    if isinstance(num_nodes, bool) or not isinstance(num_nodes, int | np.integer) or num_nodes < 1:
        raise ValueError(f"num_nodes must be an integer >= 1, got {num_nodes!r}")
    pairs = _edge_index(edge_index, int(num_nodes))
    values = _weights(weight, pairs.shape[1])
    kept = (pairs[0] != pairs[1]) & (values > 0)
    key = pairs[0][kept] * num_nodes + pairs[1][kept]
    order = np.argsort(key, kind="stable")
    key, values = key[order], values[kept][order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    if len(first) < len(key):
        key, values = key[first], np.add.reduceat(values, first)
    rows, columns = np.divmod(key, num_nodes)
    values = _symmetrised(rows, columns, values)
    indptr = np.zeros(num_nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=num_nodes), out=indptr[1:])
    return Graph(indptr, columns, values)


def _symmetrised(rows: IntArray, columns: IntArray, values: FloatArray) -> FloatArray:
    """Give both directions the value of the pair with the smaller source, or raise ValueError."""
    back = np.lexsort((rows, columns))  # position k of the transposed matrix, in row-major order
    same = (rows[back] == columns) & (columns[back] == rows)
    if not same.all():
        k = int(np.flatnonzero(~same)[0])
        pair = min((rows[k], columns[k]), (columns[back[k]], rows[back[k]]))
        raise ValueError(
            f"edge_index must hold both directions of every edge, but ({pair[0]}, {pair[1]}) "
            f"or its reverse is missing; directed graphs have no structural entropy here"
        )
    close = np.isclose(values, values[back], rtol=1e-9, atol=0.0)
    if not close.all():
        k = int(np.flatnonzero(~close)[0])
        raise ValueError(
            f"weight must be symmetric, got {values[k]} for ({rows[k]}, {columns[k]}) "
            f"and {values[back[k]]} for the reverse"
        )
    return np.where(rows < columns, values, values[back])


def _edge_index(edge_index: npt.ArrayLike, num_nodes: int) -> IntArray:
    pairs: npt.NDArray[Any] = np.asarray(edge_index)
    if pairs.ndim != 2 or pairs.shape[0] != 2:
        raise ValueError(f"edge_index must have shape (2, E), got {pairs.shape}")
    if pairs.size and not np.issubdtype(pairs.dtype, np.integer):
        raise ValueError(f"edge_index must hold integers, got {pairs.dtype}")
    pairs = pairs.astype(np.int64, copy=False)
    if pairs.size and not (pairs.min() >= 0 and pairs.max() < num_nodes):
        bad = pairs[(pairs < 0) | (pairs >= num_nodes)][0]
        raise ValueError(f"edge_index holds vertex {bad}, allowed are 0..{num_nodes - 1}")
    return pairs


def _weights(weight: npt.ArrayLike | None, num_edges: int) -> FloatArray:
    if weight is None:
        return np.ones(num_edges)
    values = np.asarray(weight, dtype=np.float64)
    if values.shape != (num_edges,):
        raise ValueError(f"weight must have shape ({num_edges},), got {values.shape}")
    bad = ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        e = int(np.flatnonzero(bad)[0])
        raise ValueError(f"weight must be finite and >= 0, got {values[e]} at edge {e}")
    return values


def _offsets(name: str, offsets: npt.ArrayLike) -> IntArray:
    values = np.asarray(offsets)
    if values.ndim != 1 or len(values) < 2 or not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"{name} must be integers of shape (G+1,), G >= 1, got {values.dtype} {values.shape}")
    if values[0] != 0 or (np.diff(values) < 0).any():
        raise ValueError(f"{name} must start at 0 and never decrease, got {values[:8].tolist()}")
    return values.astype(np.int64, copy=False)
