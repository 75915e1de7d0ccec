"""A stochastic block model with noisy binary features, for node classification."""

from typing import Any

import numpy as np

from harness.contract.split import Split, split_arrays
from harness.data.entry import DatasetEntry
from harness.data.folds import stratified_split
from harness.payload import Payload
from harness.protocols.graphs.arrays import NodeGraph
from harness.protocols.graphs.readers.edges import undirected_edges
from harness.seeds import stream


def planted_partition(entry: DatasetEntry) -> Payload:
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
    return labelled_nodes(graph, targets, split)


def node_graph(edge_index: np.ndarray, dense_features: np.ndarray) -> NodeGraph:
    """Return a graph whose features, given dense (N, F), are kept in CSR form."""
    present = dense_features != 0
    rows, columns = np.nonzero(present)
    indptr = np.concatenate([[0], np.cumsum(present.sum(axis=1))]).astype(np.int64)
    values = dense_features[rows, columns].astype(np.float32)
    return NodeGraph(edge_index, indptr, columns.astype(np.int64), values, dense_features.shape[1])


def labelled_nodes(graph: NodeGraph, targets: np.ndarray, split: Split, **facts: Any) -> Payload:
    """Return the payload of a `NodeDataset` with one split, whose classes are 0 to the largest target."""
    shared = graph.payload()
    arrays = {**shared.arrays, "targets": targets, **split_arrays([split])}
    return Payload(arrays, {**shared.facts, **facts, "num_classes": int(targets.max()) + 1})
