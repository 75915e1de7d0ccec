"""Generated and bundled sets: what they promise, from their definition."""

from dataclasses import replace

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.data.access import DataAccess
from harness.data.datasets import open_dataset
from harness.families import dataset_entries, dataset_entry
from harness.protocols.graphs.arrays import CoordinateGraph, GraphDataset, NodeDataset
from harness.protocols.graphs.readers.edges import degrees
from harness.protocols.graphs.readers.rings_of_cliques import double_edge_swaps
from tests.harness.data.conftest import Declare

MADE = [name for name, entry in dataset_entries().items() if entry.kind in ("bundled", "generated")]


def graphs_of(data: GraphDataset) -> list[networkx.Graph]:
    collection, graphs = data.collection, []
    for g in range(len(collection)):
        graph = networkx.Graph()
        graph.add_nodes_from(range(*collection.node_offsets[g : g + 2]))
        graph.add_edges_from(collection.edge_index[:, slice(*collection.edge_offsets[g : g + 2])].T.tolist())
        graphs.append(graph)
    return graphs


@pytest.mark.parametrize("name", MADE)
def test_made_twice_is_made_alike(name: str, access: DataAccess) -> None:
    first, second = open_dataset(name, access), open_dataset(name, access)
    assert first.fingerprint == second.fingerprint
    assert first.name == name
    assert not access.cache.exists()


def test_fingerprints_tell_all_sets_apart(access: DataAccess) -> None:
    assert len({open_dataset(name, access).fingerprint for name in MADE}) == len(MADE)


def test_version_is_part_of_the_fingerprint(access: DataAccess, declare: Declare) -> None:
    before = open_dataset("ring-40", access).fingerprint
    newer = replace(dataset_entry("ring-40"), version=2)
    declare(newer)
    assert open_dataset("ring-40", access).fingerprint != before


def test_small_rings_of_cliques(access: DataAccess) -> None:
    data = open_dataset("rings-of-cliques", access)
    assert isinstance(data, GraphDataset)
    graphs = graphs_of(data)
    assert np.bincount(data.targets).tolist() == [20, 20]
    assert data.collection.num_nodes.max() <= 24
    for ring, uniform in zip(graphs[::2], graphs[1::2], strict=True):
        assert ring.number_of_nodes() == uniform.number_of_nodes()
        assert ring.number_of_edges() == uniform.number_of_edges()
    for ring in (g for g, target in zip(graphs, data.targets, strict=True) if target == 1):
        cliques = [c for c in networkx.find_cliques(ring) if len(c) > 2]
        assert networkx.is_connected(ring)
        assert sum(map(len, cliques)) == ring.number_of_nodes()
    assert len(data.splits) == 5


def test_large_rings_of_cliques_cannot_be_told_by_size_or_degree(access: DataAccess) -> None:
    data = open_dataset("rings-of-cliques-200", access)
    assert isinstance(data, GraphDataset)
    assert (len(data.collection), len(data.splits)) == (200, 10)
    communities = np.array([networkx.transitivity(graph) for graph in graphs_of(data)])
    ring, rewired = communities[data.targets == 1], communities[data.targets == 0]
    assert ring.mean() - rewired.mean() > 3 * np.sqrt(ring.var() / 100 + rewired.var() / 100)
    for numbers in (data.collection.num_nodes, 2 * data.collection.num_edges / data.collection.num_nodes):
        ring, rewired = numbers[data.targets == 1], numbers[data.targets == 0]
        assert abs(ring.mean() - rewired.mean()) < 4 * np.sqrt(ring.var() / 100 + rewired.var() / 100)


@given(st.integers(0, 10_000), st.integers(0, 60))
def test_swaps_keep_every_degree_and_stay_simple(seed: int, count: int) -> None:
    edges = np.array(networkx.circular_ladder_graph(6).edges())
    swapped = double_edge_swaps(edges, count, np.random.default_rng(seed))
    assert np.array_equal(np.bincount(swapped.ravel()), np.bincount(edges.ravel()))
    assert (swapped[:, 0] != swapped[:, 1]).all()
    assert len({frozenset(edge) for edge in swapped.tolist()}) == len(edges)


def test_codes_are_a_constant_and_the_degree(access: DataAccess) -> None:
    data = open_dataset("rings-of-cliques", access)
    assert isinstance(data, GraphDataset)
    collection = data.collection
    expected = degrees(collection.edge_index, collection.node_offsets[-1])
    vocabulary = np.unique(expected)
    assert np.array_equal(vocabulary[collection.node_codes[:, 1]], expected)
    assert not collection.node_codes[:, 0].any()
    assert collection.cardinalities.tolist() == [1, len(vocabulary)]


@pytest.mark.parametrize(("name", "count"), [("ring-40", 40), ("ring-200", 200)])
def test_rings(name: str, count: int, access: DataAccess) -> None:
    data = open_dataset(name, access)
    assert isinstance(data, CoordinateGraph)
    assert networkx.utils.graphs_equal(networkx.Graph(data.edge_index.T.tolist()), networkx.cycle_graph(count))
    quarter = data.coordinates[count // 4]
    assert np.allclose(data.coordinates[0], [1, 0])
    assert np.allclose(quarter, [0, 1], atol=1e-6)
    assert data.coordinates.var(axis=0).mean() == pytest.approx(0.5, abs=1e-6)


def test_grid(access: DataAccess) -> None:
    data = open_dataset("grid-30", access)
    assert isinstance(data, CoordinateGraph)
    numbered = networkx.convert_node_labels_to_integers(networkx.grid_2d_graph(30, 30))
    assert networkx.utils.graphs_equal(networkx.Graph(data.edge_index.T.tolist()), numbered)
    assert np.allclose(data.coordinates[[0, 31, 899]], [[0, 29 / 30], [1 / 30, 28 / 30], [29 / 30, 0]])
    assert data.coordinates.var(axis=0).mean() == pytest.approx(0.0832, abs=5e-5)


def test_block_model(access: DataAccess) -> None:
    data = open_dataset("sbm", access)
    assert isinstance(data, NodeDataset)
    options = dataset_entry("sbm").options
    assert np.bincount(data.targets).tolist() == [150] * 4
    same = data.targets[data.graph.edge_index[0]] == data.targets[data.graph.edge_index[1]]
    expected = options["inside"] * 4 * 150 * 149 / 2
    assert abs(same.sum() / 2 - expected) < 5 * np.sqrt(expected)
    expected = options["across"] * 6 * 150 * 150
    assert abs((~same).sum() / 2 - expected) < 5 * np.sqrt(expected)
    words = data.graph.dense_features()
    assert set(np.unique(words)) == {0.0, 1.0}
    own = np.repeat(np.arange(4), 16) == data.targets[:, None]
    assert words[own].mean() == pytest.approx(options["own_word"], abs=0.02)
    assert words[~own].mean() == pytest.approx(options["other_word"], abs=0.02)
    assert [len(part) for part in (data.splits[0].train, data.splits[0].valid)] == [80, 120]


def test_karate_club(access: DataAccess) -> None:
    data = open_dataset("karate", access)
    assert isinstance(data, NodeDataset)
    club = networkx.karate_club_graph()
    assert networkx.utils.edges_equal(
        data.graph.edge_index.T.tolist(), [*club.edges, *((b, a) for a, b in club.edges)]
    )
    assert np.array_equal(data.graph.dense_features(), np.eye(34))
    assert np.bincount(data.targets).tolist() == [17, 17]
    assert (data.targets[0], data.targets[33]) == (0, 1)
    assert [len(p) for p in (data.splits[0].train, data.splits[0].valid, data.splits[0].test)] == [8, 8, 18]
