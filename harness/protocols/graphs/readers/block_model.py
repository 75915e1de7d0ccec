"""A stochastic block model with noisy binary features, for node classification."""

import numpy as np

from harness.data.entry import DatasetEntry
from harness.data.folds import split_arrays, stratified_split
from harness.data.split import Split
from harness.protocols.graphs.arrays import NodeDataset, NodeGraph, content_fingerprint
from harness.protocols.graphs.readers.edges import undirected_edges
from harness.seeds import stream


def planted_partition(entry: DatasetEntry) -> NodeDataset:
    """Return a planted partition (Holland et al. 1983) whose blocks are the classes.

    Options: ``blocks``, ``block_size``, ``inside`` and ``across`` (edge probabilities), ``words_per_block``,
    ``own_word`` and ``other_word`` (probabilities that a node has a word of its own or of another block),
    ``train`` and ``valid`` (nodes per class).
    """
    options, generator = entry.options, stream("data", entry.name, entry.version)
    blocks, size = options["blocks"], options["block_size"]
    count = blocks * size
    order = np.argsort(generator.random(count), kind="stable")
    targets = np.empty(count, dtype=np.int64)
    targets[order] = np.repeat(np.arange(blocks), size)
    first, second = np.triu_indices(count, k=1)
    chance = np.where(targets[first] == targets[second], options["inside"], options["across"])
    linked = generator.random(len(first)) < chance
    edge_index = undirected_edges(first[linked], second[linked], count)
    owners = np.repeat(np.arange(blocks), options["words_per_block"])
    chance = np.where(targets[:, None] == owners, options["own_word"], options["other_word"])
    graph = node_graph(edge_index, generator.random(chance.shape) < chance)
    split = stratified_split(targets, options["train"], options["valid"], entry.name, entry.version)
    return labelled_nodes(entry, graph, targets, split, f"generated, seeded, version {entry.version}")


def node_graph(edge_index: np.ndarray, dense_features: np.ndarray) -> NodeGraph:
    """Return a graph whose features, given dense (N, F), are kept in CSR form."""
    present = dense_features != 0
    rows, columns = np.nonzero(present)
    indptr = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int64)
    values = dense_features[rows, columns].astype(np.float32)
    return NodeGraph(edge_index, indptr, columns.astype(np.int64), values, dense_features.shape[1])


def labelled_nodes(
    entry: DatasetEntry, graph: NodeGraph, targets: np.ndarray, split: Split, provenance: str
) -> NodeDataset:
    """Return the data set with its fingerprint."""
    arrays = {**graph.payload().arrays, "targets": targets, **split_arrays([split])}
    fingerprint = content_fingerprint(arrays, {"name": entry.name, "version": entry.version})
    classes = int(targets.max()) + 1
    return NodeDataset(entry.name, graph, targets, classes, (split,), fingerprint, provenance)
