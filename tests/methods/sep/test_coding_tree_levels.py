"""Pooling matrices, coarsened graphs, batching by slices, and the control trees."""

import networkx as nx
import numpy as np
import pytest
from coding_tree_graphs import collection_of, from_networkx, graphs, random_graph
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.sep.coding_tree import (
    build_forest,
    build_tree,
    coarsened_edges,
    level_edges,
    louvain_forest,
    random_forest,
)


def dense(graph):
    matrix = np.zeros((graph.num_nodes, graph.num_nodes))
    matrix[graph.rows, graph.indices] = graph.weight
    return matrix


def assignment(parent, size):
    return np.eye(size)[parent]


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(2, 4))
def test_pooling_identities(graph, height):
    tree = build_tree(graph, height)
    features = np.random.default_rng(0).normal(size=(graph.num_nodes, 3))
    X, A = features, dense(graph)
    for level, parent in enumerate(tree.parents, start=1):
        S = assignment(parent, tree.level_sizes[level])
        assert np.array_equal(S.sum(1), np.ones(len(parent)))
        pooled = np.zeros((tree.level_sizes[level], 3))
        np.add.at(pooled, parent, X)
        assert pooled == pytest.approx(S.T @ X)
        X, A = pooled, S.T @ A @ S
        assert X.sum(0) == pytest.approx(features.sum(0))
        assert A.sum() == pytest.approx(graph.volume)
        sizes = S.T @ np.ones(len(parent))
        assert np.array_equal(sizes[parent], S @ sizes)
        assert np.array_equal(sizes[parent], (parent[:, None] == parent).sum(1))


@settings(max_examples=80, deadline=None)
@given(st.lists(graphs(max_nodes=8), min_size=1, max_size=5), st.integers(1, 4))
def test_level_edges_are_the_binarised_quotients(members, height):
    collection = collection_of(members)
    forest = build_forest(collection, height)
    levels = level_edges(collection, forest)
    assert len(levels) == height - 1
    for g, graph in enumerate(members):
        A, tree = dense(graph), forest.tree(g)
        for level, edges in enumerate(levels, start=1):
            S = assignment(tree.parents[level - 1], tree.level_sizes[level])
            A = S.T @ A @ S
            np.fill_diagonal(A, 0)
            A = (A > 0).astype(float)
            own = edges.edge_index[:, edges.edge_offsets[g] : edges.edge_offsets[g + 1]]
            own = own - forest.level_offsets[level][g]
            assert np.array_equal(own, np.stack(np.nonzero(A)))


def test_a_level_without_edges_has_an_empty_edge_list():
    edges = coarsened_edges(np.array([[0, 1], [1, 0]]), np.zeros(2, dtype=np.int64), 1)
    assert edges.shape == (2, 0)
    assert edges.dtype == np.int64
    assert coarsened_edges(np.empty((2, 0), dtype=np.int64), np.arange(3), 3).shape == (2, 0)


def test_level_edges_refuse_a_foreign_forest():
    generator = np.random.default_rng(0)
    one, other = (collection_of([random_graph(n, 0.5, generator)]) for n in (4, 5))
    with pytest.raises(ValueError, match="forest has 5 leaves, collection has 4 nodes"):
        level_edges(one, build_forest(other, 2))


def test_random_control_keeps_every_cluster_size_and_is_seeded():
    generator = np.random.default_rng(1)
    members = [random_graph(int(n), 0.3, generator) for n in generator.integers(1, 25, 20)]
    forest = build_forest(collection_of(members), 3)
    control = random_forest(forest, np.random.default_rng(5))
    again = random_forest(forest, np.random.default_rng(5))
    assert not all(np.array_equal(a, b) for a, b in zip(forest.parents, control.parents, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(control.parents, again.parents, strict=True))
    for g in range(len(members)):
        tree, shuffled = forest.tree(g), control.tree(g)
        assert tree.level_sizes == shuffled.level_sizes
        for parent, other in zip(tree.parents, shuffled.parents, strict=True):
            assert np.array_equal(np.bincount(parent), np.bincount(other))


@pytest.mark.parametrize("height", [1, 2, 3, 5])
def test_louvain_control_has_the_height_and_nested_communities(height):
    generator = np.random.default_rng(2)
    members = [random_graph(int(n), 0.2, generator) for n in (1, 2, 12, 30)]
    collection = collection_of(members)
    forest = louvain_forest(collection, height, np.random.default_rng(0))
    again = louvain_forest(collection, height, np.random.default_rng(0))
    assert forest.height == height
    for g, graph in enumerate(members):
        tree = forest.tree(g)
        assert tree == again.tree(g)
        assert tree.level_sizes[0] == graph.num_nodes
        for parent, size in zip(tree.parents, tree.level_sizes[1:], strict=True):
            assert np.array_equal(np.unique(parent), np.arange(size))
    if height > 1:
        assert forest.tree(3).level_sizes[1] < 30


def test_louvain_separates_two_cliques():
    graph = from_networkx(nx.barbell_graph(6, 0))
    tree = louvain_forest(collection_of([graph]), 2, np.random.default_rng(0)).tree(0)
    assert tree.labels(1).tolist() == [0] * 6 + [1] * 6
