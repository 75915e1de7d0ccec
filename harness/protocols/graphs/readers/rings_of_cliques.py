"""Rings of cliques against random graphs of the same size: communities that a pooling operator should see."""

import numpy as np

from harness.contract.split import split_arrays
from harness.data.entry import DatasetEntry
from harness.data.folds import stratified_folds
from harness.payload import Payload
from harness.protocols.graphs.arrays import GraphCollection
from harness.protocols.graphs.readers.edges import as_codes, degrees, undirected_edges
from harness.seeds import stream

Edges = np.ndarray  # (m, 2), each undirected edge once


def uniform(entry: DatasetEntry) -> Payload:
    """Return rings of cliques (class 1) against Erdős–Rényi graphs G(n, m) with the same n and m (class 0).

    Options: ``graphs`` (both classes together), ``cliques`` and ``sizes`` (inclusive ranges), ``folds``.
    """
    generator = stream("data", entry.name, entry.version)
    pairs: list[tuple[int, Edges]] = []
    for _ in range(entry.options["graphs"] // 2):
        nodes, edges = _ring_of_cliques(entry, generator)
        pairs += [(nodes, edges), (nodes, _uniform_edges(nodes, len(edges), generator))]
    return _dataset(entry, pairs)


def degree_preserving(entry: DatasetEntry) -> Payload:
    """Return noisy rings of cliques (class 1) against thoroughly rewired ones (class 0).

    Degree-preserving double edge swaps (Maslov & Sneppen 2002) disturb both classes: ``noise`` swaps per edge
    in class 1, ``mixing`` in class 0. Sizes and degrees have one distribution, so neither reveals the class.
    """
    generator = stream("data", entry.name, entry.version)
    graphs: list[tuple[int, Edges]] = []
    for number in range(entry.options["graphs"]):
        nodes, edges = _ring_of_cliques(entry, generator)
        swaps = round(entry.options["mixing" if number % 2 else "noise"] * len(edges))
        graphs.append((nodes, double_edge_swaps(edges, swaps, generator)))
    return _dataset(entry, graphs)


def _ring_of_cliques(entry: DatasetEntry, generator: np.random.Generator) -> tuple[int, Edges]:
    cliques = _between(entry.options["cliques"], generator)
    size = _between(entry.options["sizes"], generator)
    first, second = np.triu_indices(size, k=1)
    starts = size * np.arange(cliques)
    inner = np.stack([(starts[:, None] + end).ravel() for end in (first, second)], axis=1)
    bridges = np.stack([starts + size - 1, (starts + size) % (cliques * size)], axis=1)
    return cliques * size, np.concatenate([inner, bridges])


def _uniform_edges(nodes: int, count: int, generator: np.random.Generator) -> Edges:
    first, second = np.triu_indices(nodes, k=1)
    chosen = np.argsort(generator.random(len(first)), kind="stable")[:count]
    return np.stack([first[chosen], second[chosen]], axis=1)


def double_edge_swaps(edges: Edges, count: int, generator: np.random.Generator) -> Edges:
    """Try `count` swaps a-b, c-d -> a-d, c-b; one that would make a loop or a double edge is skipped."""
    swapped = [(int(a), int(b)) for a, b in edges]
    present = {frozenset(edge) for edge in swapped}
    for draw in generator.random((count, 3)):
        i, j = int(draw[0] * len(swapped)), int(draw[1] * len(swapped))
        (a, b), (c, d) = swapped[i], swapped[j] if draw[2] < 0.5 else swapped[j][::-1]
        made = {frozenset((a, d)), frozenset((c, b))}
        if i == j or len({a, b, c, d}) < 4 or not present.isdisjoint(made):
            continue
        present -= {frozenset((a, b)), frozenset((c, d))}
        present |= made
        swapped[i], swapped[j] = (a, d), (c, b)
    return np.array(swapped, dtype=np.int64)


def _between(bounds: tuple[int, int], generator: np.random.Generator) -> int:
    low, high = bounds
    return low + int(generator.random() * (high - low + 1))


def _dataset(entry: DatasetEntry, graphs: list[tuple[int, Edges]]) -> Payload:
    """Return the data set of graphs (number of nodes, edges) whose classes are 1, 0, 1, 0, …"""
    node_offsets = np.concatenate([[0], np.cumsum([nodes for nodes, _ in graphs])])
    ends = np.concatenate([edges + start for (_, edges), start in zip(graphs, node_offsets[:-1], strict=True)])
    edge_index = undirected_edges(ends[:, 0], ends[:, 1], int(node_offsets[-1]))
    codes, distinct = as_codes(degrees(edge_index, int(node_offsets[-1])))
    collection = GraphCollection(
        node_offsets,
        np.searchsorted(edge_index[0], node_offsets),
        edge_index,
        np.stack([np.zeros_like(codes), codes], axis=1),
        np.array([1, distinct]),
    )
    targets = np.tile(np.array([1, 0]), len(graphs) // 2)
    splits = stratified_folds(targets, entry.options["folds"], entry.name, entry.version)
    arrays = {**collection.payload().arrays, "targets": targets, **split_arrays(splits)}
    return Payload(arrays, {"num_classes": 2})
