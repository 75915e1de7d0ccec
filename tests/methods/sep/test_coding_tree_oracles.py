"""Worked examples: entropies, merges and level sizes known to many digits, and closed forms."""

from math import log, log2

import networkx as nx
import numpy as np
import pytest
from coding_tree_graphs import TWO_TRIANGLES, cora, from_networkx, tu_collection, undirected

from methods.sep.coding_tree import (
    CodingTree,
    build_forest,
    build_tree,
    one_dimensional_entropy,
    structural_entropy,
)
from methods.sep.coding_tree.brute_force import optimal_tree
from methods.sep.coding_tree.build import adjacency_lists
from methods.sep.coding_tree.objective import Objective
from methods.sep.coding_tree.reference import agglomerate, compress

BACKENDS = ["fast", "reference"]
GRID = nx.grid_2d_graph(4, 4)
CATERPILLAR = nx.Graph([(0, 1), (1, 2), (2, 3), *((i, i + 4) for i in range(4))])
LADDER = nx.ladder_graph(10)


def clusters(tree, level=1):
    labels = tree.labels(level)
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in labels}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("graph", "height", "options", "entropy"),
    [
        (nx.Graph(TWO_TRIANGLES), 1, {}, 2.7806390622),
        (nx.Graph(TWO_TRIANGLES), 2, {}, 1.9183596587),
        (nx.Graph(TWO_TRIANGLES), 3, {}, 1.6054410668),
        (nx.Graph(TWO_TRIANGLES), 3, {"mode": "direct"}, 1.5652000550),
        (nx.complete_graph(5), 1, {}, 2.3219280949),
        (nx.complete_graph(5), 2, {}, 1.9686456071),
        (nx.complete_graph(5), 3, {}, 1.9101493571),
        (nx.cycle_graph(12), 1, {}, 3.5849625007),
        (nx.cycle_graph(12), 2, {}, 2.3962406252),
        (nx.cycle_graph(12), 3, {}, 1.8962406252),
        (nx.cycle_graph(12), 4, {}, 1.8474937919),
        (GRID, 1, {}, 3.9591479170),
        (GRID, 2, {}, 2.766553),
        (GRID, 3, {}, 2.675680),
        (GRID, 3, {"mode": "direct"}, 2.522002),
        (GRID, 3, {"mode": "direct", "priority": "combine"}, 2.474294),
        (GRID, 4, {}, 2.335109),
        (CATERPILLAR, 2, {}, 1.985228),
        (CATERPILLAR, 3, {}, 1.405300),
        (LADDER, 2, {}, 2.767312),
        (LADDER, 3, {}, 2.679998),
        (LADDER, 3, {"mode": "direct"}, 2.334993),
    ],
)
def test_entropy_of_worked_examples(graph, height, options, entropy, backend):
    graph = from_networkx(graph)
    tree = build_tree(graph, height, backend=backend, **options)
    assert structural_entropy(graph, tree) == pytest.approx(entropy, abs=5e-7)


@pytest.mark.parametrize(
    ("graph", "height", "sizes"),
    [
        (nx.Graph(TWO_TRIANGLES), 3, (7, 4, 2, 1)),
        (nx.complete_graph(5), 2, (5, 2, 1)),
        (nx.cycle_graph(12), 4, (12, 6, 3, 2, 1)),
        (GRID, 2, (16, 4, 1)),
        (LADDER, 3, (20, 4, 3, 1)),
        (nx.cycle_graph(200), 5, (200, 52, 26, 12, 3, 1)),
        (nx.grid_2d_graph(30, 30), 6, (900, 202, 74, 16, 5, 2, 1)),
    ],
)
def test_level_sizes_of_worked_examples(graph, height, sizes):
    assert build_tree(from_networkx(graph), height).level_sizes == sizes


def test_large_worked_examples():
    ring, grid = from_networkx(nx.cycle_graph(200)), from_networkx(nx.grid_2d_graph(30, 30))
    assert structural_entropy(ring, build_tree(ring, 5)) == pytest.approx(2.5159811554, abs=1e-9)
    assert structural_entropy(grid, build_tree(grid, 6)) == pytest.approx(4.1866230801, abs=1e-9)


def test_trace_of_two_triangles():
    graph = undirected(TWO_TRIANGLES, 7)
    objective, degree = Objective("flat", 0.0), graph.degrees.tolist()
    tree = agglomerate(adjacency_lists(graph), degree, degree, graph.volume, objective)
    assert [merge[1:] for merge in tree.merges] == [
        (0, 1, 1.0),
        (5, 6, 1.0),
        (2, 3, 1.0),
        (4, 8, 2.0),
        (7, 9, 2.0),
        (10, 11, 1.0),
    ]
    deltas = [-0.25, -0.25, -0.2097589881, -0.1972419042, 0.0447214889, 0.8622794035]
    assert [merge[0] for merge in tree.merges] == pytest.approx(deltas, abs=1e-9)
    assert tree.height[7:] == [1, 1, 1, 2, 2, 3]
    keys = {x: tree.inner[x] * log(tree.volume[tree.parent[x]] / tree.volume[x]) for x in range(7, 12)}
    expected = {8: log(7 / 4), 9: log(9 / 5), 7: log(9 / 4), 11: 2 * log(16 / 9), 10: 2 * log(16 / 7)}
    assert keys == pytest.approx(expected)
    assert [x for _, x in compress(tree, 2, objective)] == [8, 9, 7]


def test_clusters_of_two_triangles():
    graph = undirected(TWO_TRIANGLES, 7)
    assert clusters(build_tree(graph, 2)) == {frozenset({0, 1, 2, 3}), frozenset({4, 5, 6})}
    grown = build_tree(graph, 3)
    assert clusters(grown) == {frozenset(s) for s in ({0, 1}, {2, 3}, {4, 5}, {6})}
    gain = structural_entropy(graph, build_tree(graph, 2)) - structural_entropy(graph, grown)
    assert gain / 7 == pytest.approx(0.0447026560, abs=1e-9)
    entropy, best = optimal_tree(graph, 2)
    assert entropy == pytest.approx(1.8736381699, abs=1e-9)
    mirrored = [({0, 1}, {2, 3}, {4, 5, 6}), ({0, 1, 2}, {3, 4}, {5, 6})]
    assert clusters(best) in [{frozenset(block) for block in blocks} for blocks in mirrored]


def test_greedy_is_optimal_where_it_is_known_to_be():
    for graph, height, mode in [
        (nx.Graph(TWO_TRIANGLES), 3, "direct"),
        (nx.complete_graph(5), 2, "grow"),
        (nx.complete_graph(5), 3, "grow"),
        (CATERPILLAR, 3, "grow"),
    ]:
        graph = from_networkx(graph)
        greedy = structural_entropy(graph, build_tree(graph, height, mode=mode))
        assert greedy == pytest.approx(optimal_tree(graph, height)[0], abs=1e-12)


def test_caterpillar_greedy_is_a_sixth_above_the_optimum():
    graph = from_networkx(CATERPILLAR)
    tree = build_tree(graph, 2)
    assert clusters(tree) == {frozenset({0, 1, 4, 5}), frozenset({2, 3, 6, 7})}
    assert optimal_tree(graph, 2)[0] == pytest.approx(1.691015, abs=5e-7)


def test_ladder_clusters_hold_both_rails():
    labels = build_tree(from_networkx(LADDER), 2).labels(1)
    assert np.array_equal(labels[:10], labels[10:])
    starts = np.flatnonzero(np.diff(labels[:10])) + 1
    assert starts.tolist() == [3, 5, 7]


@pytest.mark.parametrize("arc", [2, 3, 4, 6])
def test_cycle_closed_form(arc):
    graph = from_networkx(nx.cycle_graph(12))
    arcs = np.arange(12) // arc
    tree = CodingTree((arcs, np.zeros(12 // arc, dtype=np.int64)))
    assert structural_entropy(graph, tree) == pytest.approx(log2(arc) + log2(12 / arc) / arc)


@pytest.mark.parametrize(("degree", "n"), [(2, 9), (3, 10), (4, 15)])
def test_regular_graph_has_the_entropy_of_the_uniform_distribution(degree, n):
    graph = from_networkx(nx.random_regular_graph(degree, n, seed=1))
    assert one_dimensional_entropy(graph) == pytest.approx(log2(n))


def test_moves_on_the_ring():
    """Inserting below the root keeps the level above the leaves; inserting there keeps everything above."""
    ring = from_networkx(nx.cycle_graph(200))
    trees = {height: build_tree(ring, height) for height in (2, 3, 4, 5)}
    assert np.array_equal(trees[3].parents[0], trees[2].parents[0])  # below the root
    for height in (3, 4):  # above the leaves
        assert trees[height + 1].parents[2:] != ()
        for old, new in zip(trees[height].parents[1:], trees[height + 1].parents[2:], strict=True):
            assert np.array_equal(old, new)


def test_cora_joint_tree():
    graph = cora()
    tree = build_tree(graph, 2, components="joint")
    assert (graph.num_nodes, graph.num_edges) == (2708, 5278)
    assert tree.level_sizes == (2708, 96, 1)
    assert structural_entropy(graph, tree) == pytest.approx(7.5907187304, abs=1e-9)


def test_ptc_first_three_hundred():
    """H1 follows from the degrees alone, the rest from the plain builder."""
    collection = tu_collection("PTC", first=300)
    forest = build_forest(collection, 3)
    expected = build_forest(collection, 3, backend="reference")
    entropies, flat = [], []
    for g in range(300):
        begin, end = collection.edge_offsets[g : g + 2]
        shift, n = collection.node_offsets[g], np.diff(collection.node_offsets)[g]
        degree = np.bincount(collection.edge_index[0, begin:end] - shift, minlength=n)
        share = degree / degree.sum()
        flat.append(-(share * np.log2(share)).sum())
        tree = forest.tree(g)
        assert tree == expected.tree(g)
        pairs = (collection.edge_index[:, begin:end] - shift).T
        graph = undirected(pairs[pairs[:, 0] < pairs[:, 1]], int(n))
        entropies.append(structural_entropy(graph, tree))
        assert 0 <= entropies[-1] <= flat[-1] + 1e-12
    assert np.mean(flat) == pytest.approx(4.19456, abs=1e-5)
    assert np.mean(entropies) == pytest.approx(2.17754, abs=1e-5)
    assert forest.level_offsets[1][-1] / 300 == pytest.approx(8.0467, abs=1e-4)
    assert forest.level_offsets[2][-1] / 300 == pytest.approx(3.0133, abs=1e-4)
