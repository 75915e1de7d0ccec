"""Greedy coding trees of height k: options, checks, and the choice of backend.

Wu et al., Structural Entropy Guided Graph Hierarchical Pooling, ICML 2022; structural entropy after Li & Pan,
IEEE Transactions on Information Theory 62(6), 2016.
"""

from itertools import pairwise
from typing import get_args

import numpy as np

from methods.sep.coding_tree.graph import DisjointGraphs, Graph, IntArray
from methods.sep.coding_tree.objective import Backend, Components, Mode, Objective, Priority
from methods.sep.coding_tree.reference import graph_levels
from methods.sep.coding_tree.tree import CodingForest, CodingTree, forest_from_rows


def build_tree(
    graph: Graph,
    height: int,
    *,
    mode: Mode = "grow",
    priority: Priority = "flat",
    components: Components = "separate",
    backend: Backend = "fast",
) -> CodingTree:
    """Return the coding tree of one graph, every leaf at depth exactly `height`.

    Args:
        graph: a validated graph.
        height: k >= 1.
        mode: "grow" inserts one level at a time from height 2 on (the published code); "direct" merges to a
            binary tree and compresses it to height k at once (the paper's algorithm).
        priority: order of merges, see `Objective.merge`.
        components: "separate" builds one tree a connected component and fuses the roots; "joint" builds one
            tree over all; "joint+1" does so with 1 added to every volume (the published code for nodes).
        backend: "fast" (compiled) or "reference" (plain Python); both return the same tree.

    Raises:
        ValueError: an option or a height that is not allowed.
    """
    offsets = np.array([0, graph.num_nodes])
    return _forest(graph, offsets, height, mode, priority, components, backend, threads=1).tree(0)


def build_forest(
    collection: DisjointGraphs,
    height: int,
    *,
    mode: Mode = "grow",
    priority: Priority = "flat",
    components: Components = "separate",
    backend: Backend = "fast",
    threads: int = 1,
) -> CodingForest:
    """Return the coding trees of a collection's graphs, in one compiled call a thread; options as in `build_tree`.

    Raises:
        ValueError: an option, a height, a number of threads or a collection that is not allowed.
    """
    union = collection.union()
    offsets = np.array(collection.node_offsets, dtype=np.int64)
    return _forest(union, offsets, height, mode, priority, components, backend, threads)


def check_options(height: int, mode: str, priority: str, components: str, backend: str, threads: int) -> None:
    """Reject options that are not allowed.

    Raises:
        ValueError: naming the argument, its value and what is allowed.
    """
    for name, number in (("height", height), ("threads", threads)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
            raise ValueError(f"{name} must be an integer >= 1, got {number!r}")
    for name, value, allowed in (
        ("mode", mode, get_args(Mode)),
        ("priority", priority, get_args(Priority)),
        ("components", components, get_args(Components)),
        ("backend", backend, get_args(Backend)),
    ):
        if value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")


def _forest(
    union: Graph,
    offsets: IntArray,
    height: int,
    mode: Mode,
    priority: Priority,
    components: Components,
    backend: Backend,
    threads: int,
) -> CodingForest:
    check_options(height, mode, priority, components, backend, threads)
    plus = 1.0 if components == "joint+1" else 0.0
    if backend == "reference":
        rows, sizes = _reference_rows(
            union, offsets, int(height), mode == "grow", components == "separate", Objective(priority, plus)
        )
    else:
        from methods.sep.coding_tree import fast

        rows, sizes = fast.build(
            union,
            offsets,
            int(height),
            grow=mode == "grow",
            flat=priority == "flat",
            separate=components == "separate",
            plus=plus,
            threads=int(threads),
        )
    return forest_from_rows(rows, sizes, offsets)


def _reference_rows(
    union: Graph, offsets: IntArray, height: int, grow: bool, separate: bool, objective: Objective
) -> tuple[IntArray, IntArray]:
    rows = np.zeros((height, union.num_nodes), dtype=np.int64)
    sizes = np.ones((len(offsets) - 1, height + 1), dtype=np.int64)
    for g, (begin, end) in enumerate(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)):
        adjacency = adjacency_lists(union, begin, end)
        for level, parents in enumerate(graph_levels(adjacency, height, grow, separate, objective)):
            rows[level, begin : begin + len(parents)] = parents
            sizes[g, level] = len(parents)
    return rows, sizes


def adjacency_lists(graph: Graph, begin: int = 0, end: int | None = None) -> list[dict[int, float]]:
    """Neighbours and weights of the vertices begin..end-1, numbered from `begin`, neighbours ascending."""
    end = graph.num_nodes if end is None else end
    indptr = graph.indptr[begin : end + 1].tolist()
    first, last = indptr[0], indptr[-1]
    indices = (graph.indices[first:last] - begin).tolist()
    weight = graph.weight[first:last].tolist()
    return [
        dict(zip(indices[i - first : j - first], weight[i - first : j - first], strict=True))
        for i, j in pairwise(indptr)
    ]
