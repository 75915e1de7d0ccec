"""TU sets (Morris et al. 2020) through ``torch_geometric.datasets.TUDataset``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.contract.split import split_arrays
from harness.data.entry import DatasetEntry
from harness.data.folds import stratified_folds
from harness.errors import DataCorrupted
from harness.payload import Payload
from harness.protocols.graphs.arrays import GraphCollection
from harness.protocols.graphs.readers.distributed_folds import NUM_FOLDS, distributed_folds
from harness.protocols.graphs.readers.edges import as_codes, degrees, undirected_edges

READER = "torch_geometric.datasets.TUDataset"


def read(folder: Path, entry: DatasetEntry) -> Payload:
    """Read ``folder/raw`` and the fold lists beside it; PyG writes ``folder/processed``.

    Node codes are the node label (constant where the set has none) and the degree, both numbered over the whole
    data set: the vocabulary needs no target.

    Raises:
        DataCorrupted: a raw file is missing or the fold lists cannot be used.
    """
    from torch_geometric.datasets import TUDataset

    class LocalTUDataset(TUDataset):
        """Do nothing: files are never downloaded here."""

        def download(self) -> None:
            raise DataCorrupted(f"{entry.name}: raw files are missing below {folder}")

    graphs = LocalTUDataset(str(folder.parent), entry.options["name"])
    targets = np.array([int(graph.y) for graph in graphs], dtype=np.int64)
    lists = folder / "10fold_idx"
    if lists.is_dir():
        splits, folds = distributed_folds(lists, len(targets)), "the 10 distributed folds"
    else:
        splits = stratified_folds(targets, NUM_FOLDS, entry.name)
        folds = "no fold lists there, so 10 stratified folds with a fixed seed"
    arrays = {**flattened(list(graphs)).payload().arrays, "targets": targets, **split_arrays(splits)}
    facts = {"kind": "graphs", "num_classes": int(targets.max()) + 1, "reader": READER, "folds": folds}
    return Payload(arrays, facts)


def flattened(graphs: Sequence[Any]) -> GraphCollection:
    """Return PyG graphs, whose features are one-hot node labels or absent, as one collection."""
    node_offsets = np.concatenate([[0], np.cumsum([graph.num_nodes for graph in graphs])]).astype(np.int64)
    num_nodes = int(node_offsets[-1])
    edge_index = joined_edges(graphs, node_offsets)
    if graphs[0].x is None:
        labels, distinct_labels = np.zeros(num_nodes, dtype=np.int64), 1
    else:
        labels, distinct_labels = as_codes(np.concatenate([graph.x.argmax(dim=1).numpy() for graph in graphs]))
    degree_codes, distinct_degrees = as_codes(degrees(edge_index, num_nodes))
    return GraphCollection(
        node_offsets,
        np.searchsorted(edge_index[0], node_offsets).astype(np.int64),
        edge_index,
        np.stack([labels, degree_codes], axis=1),
        np.array([distinct_labels, distinct_degrees], dtype=np.int64),
    )


def joined_edges(graphs: Sequence[Any], node_offsets: np.ndarray) -> np.ndarray:
    """Return the edges of all PyG graphs in collection-wide numbers and canonical form, (2, E)."""
    parts = [graph.edge_index.numpy() + start for graph, start in zip(graphs, node_offsets[:-1], strict=True)]
    ends = np.concatenate(parts, axis=1)
    return undirected_edges(ends[0], ends[1], int(node_offsets[-1]))
