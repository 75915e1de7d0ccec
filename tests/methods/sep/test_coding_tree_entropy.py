"""Structural entropy: bounds, exact operator deltas, the optimum, and local moving."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from coding_tree_graphs import from_networkx, graphs, random_graph, trees, undirected
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from methods.sep.coding_tree import (
    CodingTree,
    build_tree,
    level_entropies,
    one_dimensional_entropy,
    refine,
    structural_entropy,
)
from methods.sep.coding_tree.brute_force import optimal_tree
from methods.sep.coding_tree.entropy import combine_delta, flat_merge_delta, remove_delta


def tree_of(*labels):
    """Tree from vertex labels, fine to coarse."""
    parents, below = [], np.arange(len(labels[0]))
    for level in (*labels, np.zeros(len(labels[0]), dtype=int)):
        level = np.unique(level, return_inverse=True)[1]
        parent = np.zeros(below.max() + 1, dtype=np.int64)
        parent[below] = level
        parents.append(parent)
        below = level
    return CodingTree(tuple(parents))


def mass(graph, inside):
    """Volume and cut of a vertex set."""
    row = inside[graph.rows]
    return graph.weight[row].sum(), graph.weight[row & ~inside[graph.indices]].sum()


def between(graph, first, second):
    """Total weight between two vertex sets."""
    return graph.weight[first[graph.rows] & second[graph.indices]].sum()


@st.composite
def two_modules(draw):
    """A graph with edges, and a partition of it with at least two blocks; the first two are singled out."""
    graph = draw(graphs(min_nodes=2))
    assume(graph.volume > 0)
    labels = np.array(draw(st.lists(st.integers(0, 3), min_size=graph.num_nodes, max_size=graph.num_nodes)))
    labels = np.unique(labels, return_inverse=True)[1]
    assume(labels.max() >= 1)
    volumes = [mass(graph, labels == x)[0] for x in (0, 1)]
    assume(min(volumes) > 0)
    return graph, labels


@settings(max_examples=200, deadline=None)
@given(two_modules())
def test_flat_merge_delta_is_the_entropy_difference(case):
    graph, labels = case
    (v_a, g_a), (v_b, g_b) = mass(graph, labels == 0), mass(graph, labels == 1)
    delta = flat_merge_delta(v_a, g_a, v_b, g_b, between(graph, labels == 0, labels == 1), graph.volume)
    merged = np.where(labels == 1, 0, labels)
    change = structural_entropy(graph, tree_of(merged)) - structural_entropy(graph, tree_of(labels))
    assert delta == pytest.approx(change, abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(two_modules())
def test_combine_and_remove_deltas_are_entropy_differences(case):
    graph, labels = case
    (v_a, _), (v_b, _) = mass(graph, labels == 0), mass(graph, labels == 1)
    c = between(graph, labels == 0, labels == 1)
    merged = np.where(labels == 1, 0, labels)
    change = structural_entropy(graph, tree_of(labels, merged)) - structural_entropy(graph, tree_of(labels))
    combined = combine_delta(v_a, v_b, c, graph.volume, graph.volume)
    assert combined == pytest.approx(change, abs=1e-12)
    assert combined <= 1e-12
    assert remove_delta(c, v_a + v_b, graph.volume, graph.volume) == pytest.approx(-change, abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_removing_any_node_raises_the_entropy_by_the_delta(data):
    graph = data.draw(graphs(min_nodes=2))
    assume(graph.volume > 0)
    tree = data.draw(trees(graph.num_nodes, 3))
    fine, coarse = tree.labels(1), tree.labels(2)
    node = data.draw(st.integers(0, tree.level_sizes[2] - 1))
    inside = coarse == node
    volume, cut = mass(graph, inside)
    assume(volume > 0)
    crossing = sum(mass(graph, fine == x)[1] for x in np.unique(fine[inside]))
    removed = np.where(inside, tree.level_sizes[2] + fine, coarse)
    change = structural_entropy(graph, tree_of(fine, removed)) - structural_entropy(graph, tree)
    delta = remove_delta((crossing - cut) / 2, volume, graph.volume, graph.volume)
    assert delta == pytest.approx(change, abs=1e-12)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_entropy_of_any_tree_is_between_zero_and_that_of_the_flat_tree(data):
    graph = data.draw(graphs())
    tree = data.draw(trees(graph.num_nodes, data.draw(st.integers(1, 4))))
    entropy = structural_entropy(graph, tree)
    assert -1e-12 <= entropy <= one_dimensional_entropy(graph) + 1e-12
    assert level_entropies(graph, tree).sum() == pytest.approx(entropy)


@settings(max_examples=100, deadline=None)
@given(graphs(max_nodes=12), st.sampled_from(["separate", "joint"]), st.sampled_from(["flat", "combine"]))
def test_growing_never_raises_the_entropy(graph, components, priority):
    entropies = [
        structural_entropy(graph, build_tree(graph, k, components=components, priority=priority))
        for k in range(1, 7)
    ]
    assert all(after <= before + 1e-12 for before, after in pairwise(entropies))


@settings(max_examples=40, deadline=None)
@given(graphs(max_nodes=6), st.integers(1, 3), st.sampled_from(["grow", "direct"]))
def test_greedy_is_never_below_the_optimum(graph, height, mode):
    optimum, tree = optimal_tree(graph, height)
    assert structural_entropy(graph, tree) == pytest.approx(optimum, abs=1e-12)
    assert structural_entropy(graph, build_tree(graph, height, mode=mode)) >= optimum - 1e-12


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_optimum_is_below_every_tree(data):
    graph = data.draw(graphs(max_nodes=6))
    height = data.draw(st.integers(1, 3))
    tree = data.draw(trees(graph.num_nodes, height))
    assert optimal_tree(graph, height)[0] <= structural_entropy(graph, tree) + 1e-12


def test_brute_force_refuses_large_graphs():
    with pytest.raises(ValueError, match="at most 8 nodes, got 9"):
        optimal_tree(undirected([], 9), 2)
    with pytest.raises(ValueError, match="height must be >= 1, got 0"):
        optimal_tree(undirected([], 3), 0)


@pytest.mark.parametrize(
    ("graph", "before", "after"),
    [
        (nx.grid_2d_graph(4, 4), 2.766553, 2.625815),
        (nx.stochastic_block_model([15] * 4, (np.eye(4) * 0.45 + 0.05).tolist(), seed=2), 4.374736, 4.346955),
    ],
)
def test_local_moving_reaches_the_known_entropies(graph, before, after):
    graph = from_networkx(graph)
    tree = build_tree(graph, 2)
    assert structural_entropy(graph, tree) == pytest.approx(before, abs=1e-6)
    assert structural_entropy(graph, refine(graph, tree)) == pytest.approx(after, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_local_moving_never_raises_the_entropy(data):
    graph = data.draw(graphs(max_nodes=12))
    height = data.draw(st.integers(1, 4))
    tree = data.draw(trees(graph.num_nodes, height))
    refined = refine(graph, tree)
    assert refined.height == height
    for parent, size in zip(refined.parents, refined.level_sizes[1:], strict=True):
        assert np.array_equal(np.unique(parent), np.arange(size))
    assert structural_entropy(graph, refined) <= structural_entropy(graph, tree) + 1e-12


def test_local_moving_ends_where_no_single_move_helps():
    graph = random_graph(25, 0.2, np.random.default_rng(5))
    refined = refine(graph, build_tree(graph, 2))
    labels, reached = refined.labels(1), structural_entropy(graph, refined)
    for i in range(graph.num_nodes):
        for cluster in np.unique(labels[graph.indices[graph.indptr[i] : graph.indptr[i + 1]]]):
            moved = labels.copy()
            moved[i] = cluster
            assert structural_entropy(graph, tree_of(moved)) >= reached - 1e-9


def test_trees_of_another_graph_are_refused():
    graph, tree = undirected([(0, 1)], 2), build_tree(undirected([(0, 1)], 3), 2)
    for call in (structural_entropy, refine):
        with pytest.raises(ValueError, match="tree has 3 leaves, graph has 2 nodes"):
            call(graph, tree)
    with pytest.raises(ValueError, match="max_sweeps must be >= 0, got -1"):
        refine(graph, build_tree(graph, 2), max_sweeps=-1)
