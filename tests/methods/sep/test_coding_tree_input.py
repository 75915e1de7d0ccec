"""What a graph, a collection and the options may be, and what the refusals say."""

import subprocess
import sys

import numpy as np
import pytest
from coding_tree_graphs import collection_of, undirected

from methods.sep.coding_tree import DisjointGraphs, build_forest, build_tree, from_edges

TRIANGLE = np.array([[0, 1, 1, 2, 0, 2], [1, 0, 2, 1, 2, 0]])


def test_self_loops_are_dropped_and_parallel_edges_summed():
    graph = from_edges([[0, 1, 0, 1, 1, 2], [1, 0, 1, 0, 1, 2]], 3)
    assert graph.degrees.tolist() == [2.0, 2.0, 0.0]
    assert (graph.num_edges, graph.volume) == (1, 4.0)


def test_zero_weight_is_no_edge():
    graph = from_edges([[0, 1, 1, 2], [1, 0, 2, 1]], 3, [0.0, 0.0, 2.5, 2.5])
    assert graph.num_edges == 1
    assert graph.degrees.tolist() == [0.0, 2.5, 2.5]


def test_order_of_the_edges_does_not_matter():
    order = np.random.default_rng(0).permutation(6)
    weight = np.array([1.0, 1.0, 0.3, 0.3, 7.0, 7.0])
    first, second = from_edges(TRIANGLE, 3, weight), from_edges(TRIANGLE[:, order], 3, weight[order])
    assert np.array_equal(first.indices, second.indices)
    assert np.array_equal(first.weight, second.weight)


@pytest.mark.parametrize(
    ("edges", "n", "weight", "message"),
    [
        ([[0], [1]], 2, None, r"both directions .* \(0, 1\)"),
        ([[0, 1, 1], [1, 0, 2]], 3, None, r"both directions .* \(1, 2\)"),
        ([[0, 1], [1, 0]], 2, [1.0, 2.0], "weight must be symmetric, got 1.0 for .* 2.0"),
        ([[0, 1], [1, 0]], 2, [-1.0, -1.0], r"finite and >= 0, got -1.0 at edge 0"),
        ([[0, 1], [1, 0]], 2, [1.0, np.nan], "finite and >= 0, got nan at edge 1"),
        ([[0, 1], [1, 0]], 2, [1.0, np.inf], "finite and >= 0, got inf at edge 1"),
        ([[0, 1], [1, 0]], 2, [1.0], r"shape \(2,\), got \(1,\)"),
        ([[0, 2], [2, 0]], 2, None, r"vertex 2, allowed are 0\.\.1"),
        ([[0, -1], [-1, 0]], 2, None, "vertex -1"),
        ([[0.5, 1], [1, 0.5]], 2, None, "integers, got float64"),
        ([0, 1], 2, None, r"shape \(2, E\), got \(2,\)"),
        (np.empty((2, 0), dtype=int), 0, None, "num_nodes must be an integer >= 1, got 0"),
        (np.empty((2, 0), dtype=int), 2.0, None, "num_nodes must be an integer >= 1, got 2.0"),
        (np.empty((2, 0), dtype=int), True, None, "num_nodes must be an integer >= 1, got True"),
    ],
)
def test_bad_graphs_are_refused(edges, n, weight, message):
    with pytest.raises(ValueError, match=message):
        from_edges(edges, n, weight)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"height": 0}, "height must be an integer >= 1, got 0"),
        ({"height": 2.0}, "height must be an integer >= 1, got 2.0"),
        ({"height": True}, "height must be an integer >= 1, got True"),
        ({"mode": "v2"}, "mode must be one of grow, direct, got 'v2'"),
        ({"priority": "best"}, "priority must be one of flat, combine, got 'best'"),
        ({"components": "each"}, r"components must be one of separate, joint, joint\+1, got 'each'"),
        ({"backend": "slow"}, "backend must be one of fast, reference, got 'slow'"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build_tree(undirected([(0, 1)], 2), **{"height": 2, **options})


def test_numpy_heights_are_heights():
    assert build_tree(undirected([(0, 1)], 2), np.int64(2)).height == 2


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        ([0, 3, 5], [0, 6], "node_offsets has 3 entries but edge_offsets has 2"),
        ([0, 3, 3], [0, 6, 6], "graph 1 of the collection has 0 nodes"),
        ([0, 2, 4], [0, 4, 6], r"edge 2 \(1, 2\) of graph 0 leaves its vertices 0\.\.1"),
        ([0, 3], [0, 5], "edge_offsets ends at 5 but there are 6 edges"),
        ([1, 3], [0, 6], "node_offsets must start at 0"),
        ([0, 3, 2], [0, 6, 6], "never decrease"),
        ([0], [0], r"shape \(G\+1,\), G >= 1"),
        ([0.0, 3.0], [0, 6], "must be integers"),
    ],
)
def test_bad_collections_are_refused(nodes, edges, message):
    with pytest.raises(ValueError, match=message):
        build_forest(DisjointGraphs(np.array(nodes), TRIANGLE, np.array(edges)), 2)


def test_bad_threads_are_refused():
    with pytest.raises(ValueError, match="threads must be an integer >= 1, got 0"):
        build_forest(collection_of([undirected([(0, 1)], 2)]), 2, threads=0)


def test_levels_and_trees_out_of_range_are_refused():
    forest = build_forest(collection_of([undirected([(0, 1)], 2)]), 2)
    with pytest.raises(ValueError, match=r"level must be in 0\.\.2, got 3"):
        forest.tree(0).labels(3)
    with pytest.raises(IndexError, match=r"graph must be in 0\.\.0, got 1"):
        forest.tree(1)


def test_importing_the_package_loads_neither_numba_nor_networkx():
    code = "import sys, methods.sep.coding_tree; print(sorted({'numba', 'networkx', 'torch'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
