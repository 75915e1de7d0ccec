"""Graphs and trees that several coding-tree tests draw on."""

import os
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import strategies as st

from methods.sep.coding_tree import CodingTree, DisjointGraphs, Graph, from_edges

TWO_TRIANGLES = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (4, 5), (4, 6), (5, 6)]


def undirected(pairs, n, weight=None):
    """Graph from pairs given once each."""
    pairs = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    both = np.concatenate([pairs, pairs[::-1]], axis=1)
    return from_edges(both, n, None if weight is None else np.concatenate([weight, weight]))


def from_networkx(graph):
    """Unweighted graph, vertices in sorted order of their names."""
    graph = nx.convert_node_labels_to_integers(graph, ordering="sorted")
    return undirected(list(graph.edges()), len(graph))


@st.composite
def graphs(draw, min_nodes=1, max_nodes=14):
    """Any graph: isolated vertices, several components, parallel edges, unit, integer or real weights."""
    n = draw(st.integers(min_nodes, max_nodes))
    vertex = st.integers(0, n - 1)
    pairs = draw(st.lists(st.tuples(vertex, vertex), max_size=3 * n))
    kind = draw(st.sampled_from(["unit", "integer", "real"]))
    if kind == "unit":
        return undirected(pairs, n)
    values = st.integers(1, 5) if kind == "integer" else st.floats(0.01, 10.0)
    weight = np.array([draw(values) for _ in pairs], dtype=float)
    return undirected(pairs, n, weight)


@st.composite
def trees(draw, num_nodes, height):
    """Any tree of this height over this many vertices."""
    parents, below = [], num_nodes
    for _ in range(height - 1):
        labels = draw(st.lists(st.integers(0, below - 1), min_size=below, max_size=below))
        parents.append(np.unique(labels, return_inverse=True)[1].astype(np.int64))
        below = int(parents[-1].max()) + 1
    parents.append(np.zeros(below, dtype=np.int64))
    return CodingTree(tuple(parents))


def random_graph(n, p, generator):
    """Erdős–Rényi graph with real weights, hence without ties."""
    row, column = np.nonzero(np.triu(generator.random((n, n)) < p, 1))
    return undirected(np.stack([row, column], 1), n, generator.uniform(0.1, 1.0, len(row)))


def collection_of(members: list[Graph]) -> DisjointGraphs:
    """Disjoint union in the flat form."""
    nodes = np.cumsum([0] + [graph.num_nodes for graph in members])
    edges = np.cumsum([0] + [len(graph.indices) for graph in members])
    index = [np.stack([g.rows, g.indices]) + shift for g, shift in zip(members, nodes, strict=False)]
    return DisjointGraphs(nodes, np.concatenate(index, axis=1), edges, np.concatenate([g.weight for g in members]))


def data_root() -> Path:
    """Folder of the real data sets, or a skip."""
    root = os.environ.get("BENCH_DATA")
    if not root:
        pytest.skip("BENCH_DATA does not name a folder of real data sets")
    return Path(root)


def tu_collection(name: str, first: int | None = None) -> DisjointGraphs:
    """The graphs of a TU set, unweighted."""
    folder = data_root() / "tudataset" / name / "raw"
    if not folder.is_dir():
        pytest.skip(f"{folder} does not exist")
    pairs = np.loadtxt(folder / f"{name}_A.txt", delimiter=",", dtype=np.int64) - 1
    owner = np.loadtxt(folder / f"{name}_graph_indicator.txt", dtype=np.int64) - 1
    pairs = pairs[np.argsort(owner[pairs[:, 0]], kind="stable")]
    count = owner.max() + 1 if first is None else first
    nodes = np.searchsorted(owner, np.arange(count + 1))
    edges = np.searchsorted(owner[pairs[:, 0]], np.arange(count + 1))
    return DisjointGraphs(nodes, pairs[: edges[-1]].T.copy(), edges)


def cora() -> Graph:
    """The Cora citation graph."""
    folder = data_root() / "planetoid" / "Cora" / "raw"
    if not folder.is_dir():
        pytest.skip(f"{folder} does not exist")
    from torch_geometric.io import read_planetoid_data

    data = read_planetoid_data(str(folder), "cora")
    return from_edges(data.edge_index.numpy(), data.num_nodes)
