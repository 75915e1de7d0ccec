"""Structural entropy of a graph under a coding tree, and its exact change by each elementary operator.

For a tree node x with vertex set S_x: v_x = vol(S_x), g_x = cut(S_x), V = vol(G), and

    H^T(G) = - sum over x != root of (g_x / V) log2(v_x / v_parent(x))     (terms with g_x = 0 are 0)

Li & Pan, Structural information and dynamical complexity of networks, IEEE Trans. Inf. Theory 62(6), 2016.
"""

from math import log2

import numpy as np

from methods.sep.coding_tree.graph import FloatArray, Graph, weighted_count
from methods.sep.coding_tree.tree import CodingTree


def level_entropies(graph: Graph, tree: CodingTree) -> FloatArray:
    """Share of H^T(G) of the nodes of level 0, ..., k-1, in bits, shape (k,).

    Raises:
        ValueError: a tree with another number of leaves.
    """
    if len(tree.parents[0]) != graph.num_nodes:
        raise ValueError(f"tree has {len(tree.parents[0])} leaves, graph has {graph.num_nodes} nodes")
    shares = np.zeros(tree.height)
    if graph.volume == 0:
        return shares
    labels, volume = np.arange(graph.num_nodes), graph.degrees
    for level, (parent, size) in enumerate(zip(tree.parents, tree.level_sizes[1:], strict=True)):
        row, column = labels[graph.rows], labels[graph.indices]
        cut = weighted_count(row, graph.weight * (row != column), len(parent))
        above = weighted_count(parent, volume, size)
        some = cut > 0
        shares[level] = -(cut[some] * np.log2(volume[some] / above[parent[some]])).sum() / graph.volume
        labels, volume = parent[labels], above
    return shares


def structural_entropy(graph: Graph, tree: CodingTree) -> float:
    """H^T(G) in bits."""
    return float(level_entropies(graph, tree).sum())


def one_dimensional_entropy(graph: Graph) -> float:
    """H1(G) = - sum of (d_i / V) log2(d_i / V): the entropy of the tree of height 1, in bits."""
    root = np.zeros(graph.num_nodes, dtype=np.int64)
    return structural_entropy(graph, CodingTree((root,)))


def combine_delta(v_a: float, v_b: float, c: float, v_parent: float, total: float) -> float:
    """Change when siblings a and b (joined by weight c) get a common new parent below theirs; <= 0."""
    return -(2.0 * c / total) * log2(v_parent / (v_a + v_b))


def flat_merge_delta(v_a: float, g_a: float, v_b: float, g_b: float, c: float, total: float) -> float:
    """Change when two modules below the root become one module that holds all their vertices directly."""
    v_x = v_a + v_b
    change = -2.0 * c * log2(total / v_x)
    for v, g in ((v_a, g_a), (v_b, g_b)):
        if v > g:
            change += (v - g) * log2(v_x / v)
    return change / total


def remove_delta(inner: float, v: float, v_parent: float, total: float) -> float:
    """Change when a node is removed and its children, joined by weight `inner`, go to its parent; >= 0."""
    return (2.0 * inner / total) * log2(v_parent / v)
