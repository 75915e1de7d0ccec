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

    Node codes are the columns of node labels (a constant where the set has none) and the degree, each numbered
    over the whole data set: the vocabulary needs no target.

    Raises:
        DataCorrupted: a raw file is missing, an edge joins two graphs, the node labels do not match the nodes, or
            the fold lists cannot be used.
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
    collection = flattened(list(graphs), _node_labels(folder, entry))
    arrays = {**collection.payload().arrays, "targets": targets, **split_arrays(splits)}
    facts = {"kind": "graphs", "num_classes": int(targets.max()) + 1, "reader": READER, "folds": folds}
    return Payload(arrays, facts)


def _node_labels(folder: Path, entry: DatasetEntry) -> np.ndarray | None:
    """Return the columns of node labels, (N, columns) int64, or None; PyG would join their one-hot codes."""
    import torch
    from torch_geometric.io import read_txt_array

    path = folder / "raw" / f"{entry.options['name']}_node_labels.txt"
    if not path.exists():
        return None
    labels = read_txt_array(str(path), sep=",", dtype=torch.long).numpy()
    return labels.reshape(len(labels), -1)


def flattened(graphs: Sequence[Any], labels: np.ndarray | None = None) -> GraphCollection:
    """Return PyG graphs as one collection.

    Args:
        labels: (N, columns) int64, node labels of all graphs in order; None for no labels.

    Raises:
        DataCorrupted: an edge joins two graphs, or there is not one row of labels for each node.
    """
    node_offsets = np.concatenate([[0], np.cumsum([graph.num_nodes for graph in graphs])]).astype(np.int64)
    num_nodes = int(node_offsets[-1])
    edge_index = joined_edges(graphs, node_offsets)
    labels = np.zeros((num_nodes, 1), dtype=np.int64) if labels is None else labels
    if len(labels) != num_nodes:
        raise DataCorrupted(
            f"expected one row of node labels for each of {num_nodes} nodes, got {len(labels)} rows"
        )
    coded = [as_codes(column) for column in (*labels.T, degrees(edge_index, num_nodes))]
    return GraphCollection(
        node_offsets,
        np.searchsorted(edge_index[0], node_offsets).astype(np.int64),
        edge_index,
        np.stack([codes for codes, _ in coded], axis=1),
        np.array([distinct for _, distinct in coded], dtype=np.int64),
    )


def joined_edges(graphs: Sequence[Any], node_offsets: np.ndarray) -> np.ndarray:
    """Return the edges of all PyG graphs in collection-wide numbers and canonical form, (2, E).

    Raises:
        DataCorrupted: an edge joins two graphs.
    """
    parts = []
    for number, (graph, start) in enumerate(zip(graphs, node_offsets[:-1], strict=True)):
        ends = graph.edge_index.numpy()
        if ends.size and (ends.min() < 0 or ends.max() >= graph.num_nodes):
            raise DataCorrupted(
                f"graph {number} has {graph.num_nodes} nodes and an edge that ends at a node of another graph; "
                f"expected edges within each graph"
            )
        parts.append(ends + start)
    joined = np.concatenate(parts, axis=1)
    return undirected_edges(joined[0], joined[1], int(node_offsets[-1]))
