"""Compiled builder: the same trees as `reference`, for all graphs of a collection in one call."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit

from methods.sep.coding_tree.fingerprint import KERNELS, source_fingerprint
from methods.sep.coding_tree.graph import Graph, IntArray
from methods.sep.coding_tree.growing import component_levels
from methods.sep.coding_tree.structures import Array, Workspace, compiled, filled, workspace
from methods.sep.coding_tree.subgraphs import components, grouped, induced


@compiled
def graph_tree(
    work: Workspace,
    indptr: Array,
    indices: Array,
    weight: Array,
    origin: int,
    labels: Array,
    count: int,
    height: int,
    grow: bool,
    flat: bool,
    plus: float,
    parents: Array,
    sizes: Array,
) -> None:
    """Trees of the parts `labels` of one graph, fused at the root, into its columns of `parents`."""
    offsets, order = grouped(labels, count)
    local = filled(len(labels), -1)
    for r in range(height + 1):
        sizes[r] = 0
    for c in range(count):
        members = order[offsets[c] : offsets[c + 1]]
        pointer, neighbour, value = induced(indptr, indices, weight, members, origin, local)
        rows, level_sizes = component_levels(work, pointer, neighbour, value, height, grow, flat, plus)
        for k in range(len(members)):
            parents[0, members[k]] = sizes[1] + rows[0, k]
        for r in range(1, height):
            for k in range(level_sizes[r]):
                parents[r, sizes[r] + k] = sizes[r + 1] + rows[r, k]
        for r in range(height):
            sizes[r] += level_sizes[r]
    sizes[height] = 1


def _entry(sources: int) -> Callable[..., int]:
    """The compiled entry point; numba keys its cache by closure variables, hence by all kernel sources."""

    @njit(nogil=True, cache=True, error_model="numpy")
    def build_graphs(
        indptr: Array,
        indices: Array,
        weight: Array,
        node_offsets: Array,
        first: int,
        last: int,
        height: int,
        grow: bool,
        flat: bool,
        separate: bool,
        plus: float,
        parents: Array,
        sizes: Array,
    ) -> int:
        most, stored = 0, 0
        for g in range(first, last):
            begin, end = node_offsets[g], node_offsets[g + 1]
            most, stored = max(most, end - begin), max(stored, indptr[end] - indptr[begin])
        work = workspace(most, stored, height)
        for g in range(first, last):
            begin, end = node_offsets[g], node_offsets[g + 1]
            if separate:
                labels, count = components(indptr, indices, begin, end)
            else:
                labels, count = np.zeros(end - begin, np.int64), 1
            graph_tree(
                work,
                indptr,
                indices,
                weight,
                begin,
                labels,
                count,
                height,
                grow,
                flat,
                plus,
                parents[:, begin:end],
                sizes[g],
            )
        return sources

    return build_graphs


_build_graphs = _entry(int(source_fingerprint(KERNELS)[:14], 16))


def build(
    union: Graph,
    node_offsets: IntArray,
    height: int,
    *,
    grow: bool,
    flat: bool,
    separate: bool,
    plus: float,
    threads: int = 1,
) -> tuple[IntArray, IntArray]:
    """Trees of all graphs of a disjoint union.

    Returns:
        parents: shape (height, N). Row r holds, from the first vertex of a graph on, the parents (numbered
            inside the graph) of its nodes of level r; the rest of a row is unused.
        sizes: shape (G, height+1), nodes per level.
    """
    num_graphs = len(node_offsets) - 1
    parents = np.zeros((height, union.num_nodes), dtype=np.int64)
    sizes = np.zeros((num_graphs, height + 1), dtype=np.int64)

    def run(first: int, last: int) -> None:
        _build_graphs(
            union.indptr,
            union.indices,
            union.weight,
            node_offsets,
            first,
            last,
            height,
            grow,
            flat,
            separate,
            plus,
            parents,
            sizes,
        )

    if threads == 1 or num_graphs == 1:
        run(0, num_graphs)
        return parents, sizes
    # Eight pieces a thread with equal numbers of stored edges: graphs differ widely in size. Threads of
    # Python over a kernel without the interpreter lock, unlike numba's own, survive a fork.
    pieces = np.linspace(0, len(union.indices) + union.num_nodes, 8 * threads + 1)
    cuts = np.searchsorted(union.indptr[node_offsets] + node_offsets, pieces)
    cuts[0], cuts[-1] = 0, num_graphs
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, cuts[:-1].tolist(), cuts[1:].tolist()))
    return parents, sizes
