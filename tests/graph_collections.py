"""Small collections of graphs for tests."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from harness.contract.context import Context
from harness.protocols.graphs.arrays import GraphCollection, GraphSet
from harness.protocols.graphs.options import GraphClassificationOptions
from harness.trial import Trial

Edges = Iterable[tuple[int, int]]


def collection_of(graphs: Sequence[tuple[int, Edges]], labels: int = 3, seed: int = 0) -> GraphCollection:
    """Collect graphs given as (number of nodes, undirected edges); features are a random label and the degree."""
    generator = np.random.default_rng(seed)
    node_offsets = np.concatenate([[0], np.cumsum([n for n, _ in graphs])])
    edges, edge_offsets = [], [0]
    for (_, pairs), start in zip(graphs, node_offsets[:-1], strict=True):
        both = sorted({(a, b) for u, v in pairs for a, b in ((u, v), (v, u)) if a != b})
        edges += [(a + start, b + start) for a, b in both]
        edge_offsets.append(len(edges))
    edge_index = np.array(edges, dtype=np.int64).reshape(-1, 2).T
    n = int(node_offsets[-1])
    degrees = np.bincount(edge_index[0], minlength=n)
    codes = np.stack([generator.integers(0, labels, n), degrees], axis=1)
    cardinalities = np.array([labels, degrees.max() + 1])
    return GraphCollection(node_offsets, np.array(edge_offsets), edge_index, codes, cardinalities)


def random_graph(n: int, density: float, generator: np.random.Generator) -> tuple[int, list[tuple[int, int]]]:
    """Return a random graph."""
    pairs = np.argwhere(np.triu(generator.random((n, n)) < density, k=1))
    return n, [(int(a), int(b)) for a, b in pairs]


def random_collection(count: int = 12, seed: int = 0, smallest: int = 1) -> GraphCollection:
    """Random graphs of different sizes, some of one node, some without edges."""
    generator = np.random.default_rng(seed)
    sizes = generator.integers(smallest, 15, count)
    return collection_of([random_graph(int(n), float(generator.uniform(0, 0.6)), generator) for n in sizes])


def dense_or_sparse(count: int = 60, seed: int = 0) -> tuple[GraphCollection, np.ndarray]:
    """Cycles (class 0) and dense random graphs (class 1), as many of each; both sizes and degrees tell."""
    generator = np.random.default_rng(seed)
    graphs, targets = [], np.arange(count) % 2
    for target in targets:
        n = int(generator.integers(8, 14))
        cycle = [(i, (i + 1) % n) for i in range(n)]
        graphs.append((n, cycle + (random_graph(n, 0.5, generator)[1] if target else [])))
    return collection_of(graphs), targets


def split_sets(collection: GraphCollection, targets: np.ndarray) -> tuple[GraphSet, GraphSet, GraphSet]:
    """Return labelled training and validation sets and an unlabelled test set (60, 20 and 20 per cent)."""
    order = np.random.default_rng(1).permutation(len(collection))
    first, second = int(0.6 * len(order)), int(0.8 * len(order))
    classes = int(targets.max()) + 1
    train, valid, test = order[:first], order[first:second], order[second:]
    return (
        GraphSet(collection, train, classes, targets[train]),
        GraphSet(collection, valid, classes, targets[valid]),
        GraphSet(collection, test, classes),
    )


def smoke_context(streams: Sequence[str], cache: Path, seed: int = 0, **options: bool) -> Context:
    """Return the context of a small trial."""
    trial = Trial("generated", "tested", seed=seed, profile="smoke")
    return Context(trial, GraphClassificationOptions(**options), streams, scratch=cache, cache=cache)
