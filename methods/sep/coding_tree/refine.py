"""Local moving: single vertices change their bottom cluster while the structural entropy falls."""

import numpy as np

from methods.sep.coding_tree.graph import FloatArray, Graph, IntArray, weighted_count
from methods.sep.coding_tree.tree import CodingTree


def refine(graph: Graph, tree: CodingTree, *, max_sweeps: int = 100) -> CodingTree:
    """Improve the bottom partition of a tree; emptied nodes disappear, the height stays.

    Every sweep visits the vertices in order and gives each its best neighbouring cluster; it ends when a sweep
    moves nothing. The entropy never rises.

    Raises:
        ValueError: a tree with another number of leaves, or max_sweeps < 0.
    """
    if len(tree.parents[0]) != graph.num_nodes:
        raise ValueError(f"tree has {len(tree.parents[0])} leaves, graph has {graph.num_nodes} nodes")
    if max_sweeps < 0:
        raise ValueError(f"max_sweeps must be >= 0, got {max_sweeps!r}")
    if tree.height == 1 or graph.volume == 0:
        return tree
    from methods.sep.coding_tree.local_moving import sweep

    above = np.empty((tree.height, tree.level_sizes[1]), dtype=np.int64)
    above[0] = np.arange(tree.level_sizes[1])
    for level in range(1, tree.height):
        above[level] = tree.parents[level][above[level - 1]]
    bottom = tree.parents[0].copy()
    volume, inner = _masses(graph, tree)
    sweep(graph.indptr, graph.indices, graph.weight, graph.degrees, above, bottom, volume, inner, max_sweeps)
    return _without_empty_nodes(bottom, tree)


def _masses(graph: Graph, tree: CodingTree) -> tuple[FloatArray, FloatArray]:
    """Volume and J of the nodes of levels 1..k, in rows of length n_1."""
    shape = (tree.height, tree.level_sizes[1])
    volume, inner = np.zeros(shape), np.zeros(shape)
    cut_below = graph.degrees
    for level in range(1, tree.height + 1):
        labels, size = tree.labels(level), tree.level_sizes[level]
        row, column = labels[graph.rows], labels[graph.indices]
        cut = weighted_count(row, graph.weight * (row != column), size)
        volume[level - 1, :size] = weighted_count(labels, graph.degrees, size)
        inner[level - 1, :size] = weighted_count(tree.parents[level - 1], cut_below, size) - cut
        cut_below = cut
    return volume, inner


def _without_empty_nodes(bottom: IntArray, tree: CodingTree) -> CodingTree:
    parents, current = [], bottom
    for level in range(tree.height):
        kept, renumbered = np.unique(current, return_inverse=True)
        parents.append(renumbered.astype(np.int64))
        if level + 1 < tree.height:
            current = tree.parents[level + 1][kept]
    return CodingTree(tuple(parents))
