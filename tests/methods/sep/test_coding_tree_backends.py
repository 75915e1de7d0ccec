"""Both builders return the same trees, for one graph, for a collection, and under relabelling."""

import networkx as nx
import numpy as np
import pytest
from coding_tree_graphs import collection_of, from_networkx, graphs, random_graph, undirected
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.sep.coding_tree import build_forest, build_tree, from_edges, structural_entropy

MODES = ["grow", "direct"]
PRIORITIES = ["flat", "combine"]
COMPONENTS = ["separate", "joint", "joint+1"]


def assert_valid(tree, num_nodes, height):
    assert tree.height == height
    assert len(tree.parents[0]) == num_nodes
    for parent, size in zip(tree.parents, tree.level_sizes[1:], strict=True):
        assert parent.dtype == np.int64
        assert np.array_equal(np.unique(parent), np.arange(size))


@settings(max_examples=300, deadline=None)
@given(
    graphs(),
    st.integers(1, 6),
    st.sampled_from(MODES),
    st.sampled_from(PRIORITIES),
    st.sampled_from(COMPONENTS),
)
def test_fast_equals_reference(graph, height, mode, priority, components):
    options = {"mode": mode, "priority": priority, "components": components}
    tree = build_tree(graph, height, **options)
    assert_valid(tree, graph.num_nodes, height)
    assert tree == build_tree(graph, height, backend="reference", **options)


@pytest.mark.parametrize("components", COMPONENTS)
@pytest.mark.parametrize("priority", PRIORITIES)
@pytest.mark.parametrize("mode", MODES)
def test_fast_equals_reference_on_larger_graphs(mode, priority, components):
    generator = np.random.default_rng(7)
    members = [from_networkx(nx.barabasi_albert_graph(300, 4, seed=1)), random_graph(150, 0.1, generator)]
    members.append(from_networkx(nx.gnp_random_graph(400, 0.004, seed=2)))  # many components
    for graph in members:
        fast, plain = (
            build_tree(graph, 4, mode=mode, priority=priority, components=components, backend=backend)
            for backend in ("fast", "reference")
        )
        assert fast == plain


def test_long_path_needs_no_recursion():
    path = from_networkx(nx.path_graph(5000))
    for mode in MODES:
        assert_valid(build_tree(path, 3, mode=mode), 5000, 3)


def test_star_merges_into_one_chain():
    star = from_networkx(nx.star_graph(600))
    assert build_tree(star, 3) == build_tree(star, 3, backend="reference")


@settings(max_examples=60, deadline=None)
@given(st.lists(graphs(max_nodes=9), min_size=1, max_size=8), st.integers(1, 4), st.sampled_from(COMPONENTS))
def test_forest_holds_the_trees_of_its_graphs(members, height, components):
    forest = build_forest(collection_of(members), height, components=components)
    assert forest.num_graphs == len(members)
    for g, graph in enumerate(members):
        assert forest.tree(g) == build_tree(graph, height, components=components)
    for parent, above in zip(forest.parents, forest.level_offsets[1:], strict=True):
        assert np.array_equal(np.unique(parent), np.arange(above[-1]))


def test_forest_does_not_depend_on_threads():
    generator = np.random.default_rng(0)
    members = [random_graph(int(n), 0.3, generator) for n in generator.integers(1, 30, 50)]
    collection = collection_of(members)
    one = build_forest(collection, 3)
    for threads in (2, 5):
        many = build_forest(collection, 3, threads=threads)
        assert all(np.array_equal(a, b) for a, b in zip(one.parents, many.parents, strict=True))
        assert all(np.array_equal(a, b) for a, b in zip(one.level_offsets, many.level_offsets, strict=True))


@pytest.mark.parametrize("components", COMPONENTS)
@pytest.mark.parametrize("mode", MODES)
def test_trees_follow_a_relabelling_when_there_are_no_ties(mode, components):
    generator = np.random.default_rng(3)
    for _ in range(20):
        n = int(generator.integers(5, 40))
        graph = random_graph(n, 0.25, generator)
        new = generator.permutation(n)
        moved = from_edges(np.stack([new[graph.rows], new[graph.indices]]), n, graph.weight)
        for height in (2, 3, 4):
            options = {"mode": mode, "components": components}
            first, second = build_tree(graph, height, **options), build_tree(moved, height, **options)
            for level in range(1, height):
                pairs = np.stack([first.labels(level), second.labels(level)[new]])
                together = np.unique(pairs, axis=1).shape[1]
                assert together == first.level_sizes[level] == second.level_sizes[level]


def test_separate_components_never_share_a_cluster():
    two = undirected([(0, 1), (1, 2), (0, 2), (4, 5), (5, 6), (4, 6)], 8)  # vertices 3 and 7 are isolated
    tree = build_tree(two, 3)
    top = tree.labels(2)
    assert len({*top[[0, 1, 2]]} & {*top[[4, 5, 6]]}) == 0
    assert np.sum(top == top[3]) == 1
    assert np.sum(top == top[7]) == 1


@pytest.mark.parametrize("backend", ["fast", "reference"])
@pytest.mark.parametrize("components", COMPONENTS)
@pytest.mark.parametrize("mode", MODES)
def test_smallest_graphs(mode, components, backend):
    options = {"mode": mode, "components": components, "backend": backend}
    for n, pairs in ((1, []), (2, [(0, 1)]), (2, []), (5, [])):
        graph = undirected(pairs, n)
        tree = build_tree(graph, 3, **options)
        assert tree.level_sizes == (n, n, n, 1)
        assert structural_entropy(graph, tree) == (1.0 if pairs else 0.0)


def test_height_one_puts_every_vertex_under_the_root():
    assert build_tree(from_networkx(nx.complete_graph(4)), 1).level_sizes == (4, 1)


def test_plus_one_changes_the_tree_of_a_sparse_graph():
    graph = from_networkx(nx.gnp_random_graph(60, 0.04, seed=0))
    assert build_tree(graph, 2, components="joint+1") != build_tree(graph, 2, components="joint")
