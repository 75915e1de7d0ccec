"""Open Graph Benchmark sets (Hu et al. 2020) in ogb's own on-disk form, through ogb's own loaders."""

from pathlib import Path
from typing import Any

import numpy as np

from harness.contract.split import Split, split_arrays
from harness.data.entry import DatasetEntry
from harness.errors import DataCorrupted
from harness.payload import Payload
from harness.protocols.graphs.arrays import GraphCollection
from harness.protocols.graphs.readers.block_model import node_graph
from harness.protocols.graphs.readers.edges import undirected_edges
from harness.protocols.graphs.readers.ogb_guards import guarded_ogb
from harness.protocols.graphs.readers.tudataset import joined_edges


def read_graphs(folder: Path, entry: DatasetEntry) -> Payload:
    """Read a molecule set: node codes are ogb's nine atom features, with ogb's own cardinalities.

    Raises:
        DataCorrupted: files are missing, of another release, or hold a code or a target out of range.
    """
    with guarded_ogb(folder):
        from ogb.graphproppred import PygGraphPropPredDataset
        from ogb.utils.features import get_atom_feature_dims

        data = _local(PygGraphPropPredDataset, folder)(entry.options["name"], root=str(folder.parent))
        graphs, split = list(data), _official_split(data)
    cardinalities = np.array(get_atom_feature_dims(), dtype=np.int64)
    codes = np.concatenate([graph.x.numpy() for graph in graphs]).astype(np.int64)
    if codes.shape[1] != len(cardinalities) or (codes < 0).any() or (codes >= cardinalities).any():
        raise DataCorrupted(f"{entry.name}: an atom feature is out of ogb's range {cardinalities.tolist()}")
    node_offsets = np.concatenate([[0], np.cumsum([graph.num_nodes for graph in graphs])]).astype(np.int64)
    edge_index = joined_edges(graphs, node_offsets)
    edge_offsets = np.searchsorted(edge_index[0], node_offsets).astype(np.int64)
    collection = GraphCollection(node_offsets, edge_offsets, edge_index, codes, cardinalities)
    targets = _class_numbers(np.concatenate([graph.y.numpy() for graph in graphs]), data.num_classes, entry)
    facts = {"kind": "graphs", **_facts(data, "ogb.graphproppred.PygGraphPropPredDataset")}
    return Payload({**collection.payload().arrays, "targets": targets, **split_arrays([split])}, facts)


def read_nodes(folder: Path, entry: DatasetEntry) -> Payload:
    """Read a node set; its directed edges are made undirected, as the field's models do.

    Raises:
        DataCorrupted: files are missing, of another release, or hold a target out of range.
    """
    with guarded_ogb(folder):
        from ogb.nodeproppred import PygNodePropPredDataset

        data = _local(PygNodePropPredDataset, folder)(entry.options["name"], root=str(folder.parent))
        nodes, split = data[0], _official_split(data)
    ends = nodes.edge_index.numpy()
    graph = node_graph(undirected_edges(ends[0], ends[1], nodes.num_nodes), nodes.x.numpy())
    targets = _class_numbers(nodes.y.numpy(), data.num_classes, entry)
    shared = graph.payload()
    facts = {**shared.facts, "kind": "nodes", **_facts(data, "ogb.nodeproppred.PygNodePropPredDataset")}
    return Payload({**shared.arrays, "targets": targets, **split_arrays([split])}, facts)


def _local(loader: type, folder: Path) -> type:
    def download(self: Any) -> None:
        raise DataCorrupted(f"raw files are missing below {folder}")

    return type(f"Local{loader.__name__}", (loader,), {"download": download})


def _official_split(data: Any) -> Split:
    parts = data.get_idx_split()
    return Split(*(np.sort(parts[name].numpy()) for name in ("train", "valid", "test")))


def _class_numbers(labels: np.ndarray, num_classes: int, entry: DatasetEntry) -> np.ndarray:
    targets = labels.reshape(-1)
    if targets.dtype.kind != "i" or targets.min() < 0 or targets.max() >= num_classes:
        raise DataCorrupted(f"{entry.name}: targets must be class numbers 0..{num_classes - 1} without gaps")
    return targets.astype(np.int64)


def _facts(data: Any, reader: str) -> dict[str, Any]:
    return {
        "num_classes": int(data.num_classes),
        "reader": reader,
        "folds": f"ogb's official {data.meta_info['split']} split",
    }
