"""Graph data as flat arrays: loaders produce them, tasks own them, views are cut from them.

Nothing here needs torch; a batch of graphs is a few slices of these arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from harness.contract.split import Split, splits_from_arrays
from harness.payload import Payload


@dataclass(frozen=True)
class GraphCollection:
    """Many graphs without any target, as flat arrays over all of them.

    Shapes, for G graphs, N nodes and E directed edges in all:
        node_offsets: (G+1,) int64; nodes of graph g are node_offsets[g]:node_offsets[g+1].
        edge_offsets: (G+1,) int64, likewise for the columns of edge_index.
        edge_index: (2, E) int64, collection-wide node numbers, both directions of every undirected edge, no
            self-loops, sorted by graph, then source, then target.
        node_codes: (N, F) int64, categorical node features; field f takes values 0..cardinalities[f]-1.
        cardinalities: (F,) int64.
    """

    node_offsets: np.ndarray
    edge_offsets: np.ndarray
    edge_index: np.ndarray
    node_codes: np.ndarray
    cardinalities: np.ndarray

    def __len__(self) -> int:
        return len(self.node_offsets) - 1

    @property
    def num_nodes(self) -> np.ndarray:
        """Nodes of each graph, shape (G,)."""
        return np.diff(self.node_offsets)

    @property
    def num_edges(self) -> np.ndarray:
        """Undirected edges of each graph, shape (G,)."""
        return np.diff(self.edge_offsets) // 2

    @property
    def num_features(self) -> int:
        """Width of the one-hot node features: the sum of the cardinalities."""
        return int(self.cardinalities.sum())

    @cached_property
    def fingerprint(self) -> str:
        """Content hash of the graphs."""
        return self.payload().digest()

    def payload(self) -> Payload:
        """Return the arrays for transport."""
        return Payload({name: getattr(self, name) for name in _COLLECTION_ARRAYS})

    @classmethod
    def from_payload(cls, payload: Payload) -> "GraphCollection":
        """Return the object of a :meth:`payload`."""
        return cls(**{name: payload[name] for name in _COLLECTION_ARRAYS})


_COLLECTION_ARRAYS = ("node_offsets", "edge_offsets", "edge_index", "node_codes", "cardinalities")


@dataclass(frozen=True)
class GraphSet:
    """Some graphs of a collection, in a given order, with their targets where the receiver may know them.

    Attributes:
        index: (n,) int64, graph numbers in the collection.
        targets: (n,) int64 class numbers, or None for items to predict.
    """

    collection: GraphCollection
    index: np.ndarray
    num_classes: int
    targets: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True)
class GraphDataset:
    """A graph classification data set with all its targets; it never leaves the parent process.

    Attributes:
        targets: (G,) int64.
        splits: one per fold.
        fingerprint: content hash of graphs, targets and splits.
        provenance: origin of the data in a sentence, without paths of the machine.
    """

    name: str
    collection: GraphCollection
    targets: np.ndarray
    num_classes: int
    splits: Sequence[Split]
    fingerprint: str
    provenance: str

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the data set of a collection's arrays, ``targets`` and splits; fact ``num_classes``."""
        collection, classes = GraphCollection.from_payload(payload), int(payload.facts["num_classes"])
        splits = splits_from_arrays(payload.arrays)
        return cls(name, collection, payload["targets"], classes, splits, fingerprint, provenance)

    @property
    def counts(self) -> dict[str, int]:
        """Number of graphs and of classes."""
        return {"items": len(self.targets), "classes": self.num_classes}

    def with_targets(self, targets: np.ndarray) -> "GraphDataset":
        """Return the same data set with other targets."""
        return replace(self, targets=targets)


@dataclass(frozen=True)
class NodeGraph:
    """One attributed graph without targets.

    Shapes, for N nodes, E directed edges and F features:
        edge_index: (2, E) int64, both directions, no self-loops, sorted by source, then target.
        feature_indptr (N+1,), feature_indices (nnz,), feature_values (nnz,) float32: node features in CSR form.
    """

    edge_index: np.ndarray
    feature_indptr: np.ndarray
    feature_indices: np.ndarray
    feature_values: np.ndarray
    num_features: int

    @property
    def num_nodes(self) -> int:
        """Number of nodes N."""
        return len(self.feature_indptr) - 1

    def dense_features(self) -> np.ndarray:
        """Return the features as a dense (N, F) float32 array."""
        dense = np.zeros((self.num_nodes, self.num_features), dtype=np.float32)
        rows = np.repeat(np.arange(self.num_nodes), np.diff(self.feature_indptr))
        dense[rows, self.feature_indices] = self.feature_values
        return dense

    def payload(self) -> Payload:
        """Return the arrays for transport."""
        return Payload({n: getattr(self, n) for n in _NODE_ARRAYS}, {"num_features": self.num_features})

    @classmethod
    def from_payload(cls, payload: Payload) -> "NodeGraph":
        """Return the object of a :meth:`payload`."""
        return cls(**{n: payload[n] for n in _NODE_ARRAYS}, num_features=int(payload.facts["num_features"]))


_NODE_ARRAYS = ("edge_index", "feature_indptr", "feature_indices", "feature_values")


@dataclass(frozen=True)
class NodeDataset:
    """A node classification data set with all its targets (N,) int64; it never leaves the parent process."""

    name: str
    graph: NodeGraph
    targets: np.ndarray
    num_classes: int
    splits: Sequence[Split]
    fingerprint: str
    provenance: str

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the data set of a graph's arrays, ``targets`` and splits; fact ``num_classes``."""
        graph, classes = NodeGraph.from_payload(payload), int(payload.facts["num_classes"])
        splits = splits_from_arrays(payload.arrays)
        return cls(name, graph, payload["targets"], classes, splits, fingerprint, provenance)

    @property
    def counts(self) -> dict[str, int]:
        """Number of nodes and of classes."""
        return {"items": len(self.targets), "classes": self.num_classes}

    def with_targets(self, targets: np.ndarray) -> "NodeDataset":
        """Return the same data set with other targets."""
        return replace(self, targets=targets)


@dataclass(frozen=True)
class CoordinateGraph:
    """A graph drawn in the plane: edge_index (2, E) int64 both directions; coordinates (N, 2) float32."""

    name: str
    edge_index: np.ndarray
    coordinates: np.ndarray
    fingerprint: str
    provenance: str
    splits: Sequence[None] = (None,)

    @classmethod
    def from_payload(cls, payload: Payload, name: str, fingerprint: str, provenance: str) -> Self:
        """Return the graph of ``edge_index`` and ``coordinates``."""
        return cls(name, payload["edge_index"], payload["coordinates"], fingerprint, provenance)
