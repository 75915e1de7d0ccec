"""Speed of the coding-tree builder beside its peers: `pytest tests/benchmarks --benchmark-only`.

Every benchmark checks its trees first. Ratios to the peers, timed in the same process, are in `extra_info`.
Real graphs when BENCH_DATA is set, generated ones of the same size otherwise.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from methods.sep.coding_tree import (
    CodingTree,
    FlatGraphs,
    Graph,
    build_forest,
    build_tree,
    from_edges,
    structural_entropy,
)

pytest.importorskip("pytest_benchmark")


def best_time(call: Callable[[], object], rounds: int) -> float:
    """Smallest CPU time of a call in seconds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def data_folder(*parts: str) -> Path | None:
    """A folder of real data, if there is one."""
    folder = Path(os.environ.get("BENCH_DATA", "/nonexistent"), *parts)
    return folder if folder.is_dir() else None


def citation_graph() -> tuple[str, Graph]:
    """Cora, or a preferential-attachment graph of its size."""
    folder = data_folder("planetoid", "Cora", "raw")
    if folder:
        from torch_geometric.io import read_planetoid_data

        data = read_planetoid_data(str(folder), "cora")
        return "Cora", from_edges(data.edge_index.numpy(), data.num_nodes)
    pairs = np.array(nx.barabasi_albert_graph(2708, 2, seed=0).edges()).T
    return "generated", from_edges(np.concatenate([pairs, pairs[::-1]], axis=1), 2708)


def molecule_collection() -> tuple[str, FlatGraphs]:
    """MUTAG, or 188 random trees with two more edges each."""
    folder = data_folder("tudataset", "MUTAG", "raw")
    if folder:
        pairs = np.loadtxt(folder / "MUTAG_A.txt", delimiter=",", dtype=np.int64) - 1
        owner = np.loadtxt(folder / "MUTAG_graph_indicator.txt", dtype=np.int64) - 1
        pairs = pairs[np.argsort(owner[pairs[:, 0]], kind="stable")]
        graphs = np.arange(owner.max() + 2)
        offsets = np.searchsorted(owner[pairs[:, 0]], graphs)
        return "MUTAG", FlatGraphs(np.searchsorted(owner, graphs), pairs.T.copy(), offsets)
    sources = np.arange(1, 18)
    generator = np.random.default_rng(0)
    columns = []
    for g in range(188):
        ring = [[0, 5], [9, 17]]
        tree = np.stack([sources, generator.integers(0, sources)])
        pairs = np.unique(np.sort(np.concatenate([tree, np.transpose(ring)], axis=1), axis=0), axis=1)
        columns.append(np.concatenate([pairs, pairs[::-1]], axis=1) + 18 * g)
    offsets = np.cumsum([0] + [pairs.shape[1] for pairs in columns])
    return "generated", FlatGraphs(np.arange(0, 18 * 189, 18), np.concatenate(columns, axis=1), offsets)


def networkx_graph(graph: Graph) -> nx.Graph:
    peer = nx.Graph()
    peer.add_nodes_from(range(graph.num_nodes))
    peer.add_edges_from(zip(graph.rows.tolist(), graph.indices.tolist(), strict=True))
    return peer


def partition_entropy(graph: Graph, communities: list[set[int]]) -> float:
    labels = np.empty(graph.num_nodes, dtype=np.int64)
    for label, members in enumerate(communities):
        labels[list(members)] = label
    return structural_entropy(graph, CodingTree((labels, np.zeros(len(communities), dtype=np.int64))))


def test_citation_graph_height_two(benchmark):
    name, graph = citation_graph()
    peer = networkx_graph(graph)

    def build(backend="fast"):
        return build_tree(graph, 2, components="joint", backend=backend)

    tree = build()
    assert tree == build("reference")
    benchmark.pedantic(build, rounds=30, warmup_rounds=2)
    fast = best_time(build, 15)
    greedy = nx.community.greedy_modularity_communities(peer)
    louvain = nx.community.louvain_communities(peer, seed=0)
    benchmark.extra_info.update(
        data=name,
        times_reference=round(best_time(lambda: build("reference"), 4) / fast, 1),
        times_greedy_modularity=round(
            best_time(lambda: nx.community.greedy_modularity_communities(peer), 1) / fast, 1
        ),
        times_louvain=round(best_time(lambda: nx.community.louvain_communities(peer, seed=0), 2) / fast, 1),
        entropy=structural_entropy(graph, tree),
        entropy_greedy_modularity=partition_entropy(graph, greedy),
        entropy_louvain=partition_entropy(graph, louvain),
    )


def test_molecule_collection_height_three(benchmark):
    name, collection = molecule_collection()

    def build(backend="fast"):
        return build_forest(collection, 3, backend=backend)

    forest, expected = build(), build("reference")
    for mine, theirs in zip(forest.parents, expected.parents, strict=True):
        assert np.array_equal(mine, theirs)
    benchmark.pedantic(build, rounds=30, warmup_rounds=2)
    fast = best_time(build, 15)
    benchmark.extra_info.update(
        data=name,
        graphs=forest.num_graphs,
        times_reference=round(best_time(lambda: build("reference"), 4) / fast, 1),
    )


def test_growth_with_the_number_of_vertices(benchmark):
    sizes = [1000, 3000, 10_000, 30_000, 100_000]
    graphs = {n: erdos_renyi(n) for n in sizes}
    seconds = {}
    for n, graph in graphs.items():
        tree = build_tree(graph, 2)
        assert tree.level_sizes[0] == n
        assert np.array_equal(np.unique(tree.parents[0]), np.arange(tree.level_sizes[1]))
        seconds[n] = best_time(lambda graph=graph: build_tree(graph, 2), 3 if n < 30_000 else 1)
    benchmark.pedantic(lambda: build_tree(graphs[100_000], 2), rounds=2)
    slope = np.polyfit(np.log(sizes), np.log(list(seconds.values())), 1)[0]
    benchmark.extra_info.update(
        seconds={str(n): round(value, 4) for n, value in seconds.items()}, exponent=round(float(slope), 3)
    )


def erdos_renyi(n: int) -> Graph:
    """About 4n random edges, unweighted."""
    pairs = np.random.default_rng(0).integers(0, n, (2, 4 * n))
    pairs = np.unique(np.sort(pairs, axis=0), axis=1)
    return from_edges(np.concatenate([pairs, pairs[::-1]], axis=1), n)
