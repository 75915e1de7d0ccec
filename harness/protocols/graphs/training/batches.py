"""Batches of graphs, cut from flat tensors by index arithmetic: no Python loop over graphs, vertices or edges."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from harness.protocols.graphs.arrays import GraphCollection
from harness.protocols.graphs.training.levels import SparseLevel, pointer


@dataclass(frozen=True)
class HierarchyLevel:
    """One level of a hierarchy over a whole collection, above its vertices.

    Shapes, for G graphs, M vertices of the level below, N of this level and E directed edges of this level:
        parents: (M,) int64, collection-wide number in this level of each vertex below.
        node_offsets, edge_offsets: (G+1,) int64.
        edge_index: (2, E) int64, collection-wide numbers in this level, both directions, sorted by graph.
    """

    parents: np.ndarray
    node_offsets: np.ndarray
    edge_index: np.ndarray
    edge_offsets: np.ndarray


@dataclass(frozen=True)
class GraphBatch:
    """Some graphs as one disjoint union.

    Attributes:
        x: (N, F) float32, one-hot features of the vertices.
        level: structure of the vertices; the levels of the hierarchy follow as `level.coarser`.
    """

    x: Tensor
    level: SparseLevel

    @property
    def num_graphs(self) -> int:
        """Number of graphs in the batch."""
        return self.level.num_graphs


@dataclass(frozen=True)
class _FlatLevel:
    """A level of all graphs; columns (of A + I) and parents are numbered within their graph.

    Shapes: offsets (G+1,), row_lengths (N,), entry_offsets (G+1,), columns and weights (of the normalised A + I)
    (nnz,), parents (N,) or None.
    """

    offsets: Tensor
    row_lengths: Tensor
    entry_offsets: Tensor
    columns: Tensor
    weights: Tensor
    parents: Tensor | None


class CollectionTensors:
    """A collection and, where given, a hierarchy over it, as tensors on one device.

    Args:
        collection: the graphs.
        hierarchy: levels above the vertices, finest first.
        device: device of the batches.

    Raises:
        ValueError: a level of the hierarchy does not fit the level below it.
    """

    def __init__(
        self, collection: GraphCollection, hierarchy: Sequence[HierarchyLevel] = (), device: str = "cpu"
    ) -> None:
        self.collection, self.device = collection, device
        self.num_features = collection.num_features
        starts = np.concatenate([[0], np.cumsum(collection.cardinalities)[:-1]]).astype(np.int64)
        self._codes = self._tensor(collection.node_codes + starts)
        offsets = [np.asarray(collection.node_offsets), *(np.asarray(h.node_offsets) for h in hierarchy)]
        edges = [(collection.edge_index, collection.edge_offsets)]
        edges += [(h.edge_index, h.edge_offsets) for h in hierarchy]
        self._levels = []
        for depth, ((edge_index, edge_offsets), nodes) in enumerate(zip(edges, offsets, strict=True)):
            parents = None
            if depth < len(hierarchy):
                parents = _local_parents(hierarchy[depth].parents, nodes, offsets[depth + 1], depth)
            self._levels.append(self._flat_level(np.asarray(edge_index), np.asarray(edge_offsets), nodes, parents))

    def __len__(self) -> int:
        return len(self.collection)

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.array(array, dtype=np.int64)).to(self.device)  # a copy: inputs may be mapped

    def _flat_level(
        self, edge_index: np.ndarray, edge_offsets: np.ndarray, offsets: np.ndarray, parents: np.ndarray | None
    ) -> _FlatLevel:
        n = int(offsets[-1])
        loops = np.arange(n)
        rows, columns = np.concatenate([edge_index, [loops, loops]], axis=1)
        order = np.lexsort((columns, rows))
        rows, columns = rows[order], columns[order]
        first = np.repeat(offsets[:-1], np.diff(offsets))  # first vertex of each vertex's graph
        row_lengths = self._tensor(np.bincount(rows, minlength=n))
        scale = row_lengths.to(torch.float32).rsqrt()
        return _FlatLevel(
            self._tensor(offsets),
            row_lengths,
            self._tensor(edge_offsets + offsets),
            self._tensor(columns - first[rows]),
            scale[self._tensor(rows)] * scale[self._tensor(columns)],
            None if parents is None else self._tensor(parents),
        )

    def batch(self, graphs: np.ndarray | Tensor) -> GraphBatch:
        """Cut the batch of the given graphs, (B,) int64 numbers in the collection, in that order.

        Raises:
            ValueError: no graph is given, or a number is out of range.
        """
        index = torch.as_tensor(graphs, dtype=torch.int64)
        if len(index) == 0 or int(index.min()) < 0 or int(index.max()) >= len(self):
            shown = index[:5].tolist()
            raise ValueError(f"graphs are {shown}; expected one number or more in 0..{len(self) - 1}")
        index = index.to(self.device)
        ranges = [_Ranges(flat.offsets, index) for flat in self._levels]
        level: SparseLevel | None = None
        for depth in reversed(range(len(self._levels))):
            above = ranges[depth + 1].pointer if level is not None else None
            level = _cut(self._levels[depth], index, ranges[depth], above, level)
        assert level is not None
        return GraphBatch(self._one_hot(ranges[0].positions), level)

    def _one_hot(self, nodes: Tensor) -> Tensor:
        x = torch.zeros(len(nodes), self.num_features, device=self.device)
        return x.scatter_(1, self._codes[nodes], 1.0)


class _Ranges:
    """The flat positions of the items of some graphs, and the start of each graph's items in the batch."""

    def __init__(self, offsets: Tensor, graphs: Tensor) -> None:
        starts = offsets[graphs]
        counts = offsets[graphs + 1] - starts
        self.pointer = pointer(counts)
        self.owner = torch.repeat_interleave(counts)
        shift = starts - self.pointer[:-1]
        self.positions = torch.arange(len(self.owner), device=offsets.device) + shift[self.owner]


def _cut(
    flat: _FlatLevel, graphs: Tensor, nodes: _Ranges, above: Tensor | None, coarser: SparseLevel | None
) -> SparseLevel:
    entries = _Ranges(flat.entry_offsets, graphs)
    columns = flat.columns[entries.positions] + nodes.pointer[entries.owner]
    row_pointer = pointer(flat.row_lengths[nodes.positions])
    parents = None
    if flat.parents is not None and above is not None:
        parents = flat.parents[nodes.positions] + above[nodes.owner]
    weights = flat.weights[entries.positions]
    level = SparseLevel(nodes.pointer, row_pointer, columns, parents, coarser, weights)
    level.owner = nodes.owner
    return level


def _local_parents(parents: np.ndarray, below: np.ndarray, above: np.ndarray, depth: int) -> np.ndarray:
    """Number parents within their graph; `below` and `above` are the vertex offsets of the two levels."""
    if len(parents) != below[-1] or len(below) != len(above):
        raise ValueError(
            f"hierarchy level {depth + 1} has parents for {len(parents)} vertices of {len(above) - 1} graphs, "
            f"expected {below[-1]} vertices of {len(below) - 1} graphs"
        )
    owner = np.repeat(np.arange(len(below) - 1), np.diff(below))
    local = np.asarray(parents) - above[owner]
    if np.any(local < 0) or np.any(local >= np.diff(above)[owner]):
        raise ValueError(f"hierarchy level {depth + 1} pools a vertex into a cluster of another graph")
    return local
