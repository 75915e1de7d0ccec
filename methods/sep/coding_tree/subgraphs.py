"""Parts and quotients of a graph in compressed sparse rows, compiled."""

import numpy as np

from methods.sep.coding_tree.structures import Array, compiled


@compiled
def row_sums(indptr: Array, weight: Array) -> Array:
    sums = np.zeros(len(indptr) - 1)
    for i in range(len(sums)):
        for t in range(indptr[i], indptr[i + 1]):
            sums[i] += weight[t]
    return sums


@compiled
def total_of(values: Array) -> float:
    total = 0.0
    for value in values:
        total += value
    return total


@compiled
def grouped(labels: Array, count: int) -> tuple[Array, Array]:
    """Offsets (count+1,) and the indices sorted by label, ascending inside a label."""
    offsets = np.zeros(count + 1, np.int64)
    for label in labels:
        offsets[label + 1] += 1
    for k in range(count):
        offsets[k + 1] += offsets[k]
    free, order = np.empty(count, np.int64), np.empty(len(labels), np.int64)
    for k in range(count):
        free[k] = offsets[k]
    for i in range(len(labels)):
        order[free[labels[i]]] = i
        free[labels[i]] += 1
    return offsets, order


@compiled
def induced(
    indptr: Array, indices: Array, weight: Array, members: Array, origin: int, local: Array
) -> tuple[Array, Array, Array]:
    """CSR of the subgraph on the vertices origin + members; `local` is a scratch of -1s and is left so."""
    most = 0
    for k in range(len(members)):
        local[members[k]] = k
        most += indptr[origin + members[k] + 1] - indptr[origin + members[k]]
    pointer = np.zeros(len(members) + 1, np.int64)
    neighbour, value, used = np.empty(most, np.int64), np.empty(most), 0
    for k in range(len(members)):
        for t in range(indptr[origin + members[k]], indptr[origin + members[k] + 1]):
            if local[indices[t] - origin] >= 0:
                neighbour[used], value[used] = local[indices[t] - origin], weight[t]
                used += 1
        pointer[k + 1] = used
    for member in members:
        local[member] = -1
    return pointer, neighbour[:used], value[:used]


@compiled
def contracted(
    indptr: Array, indices: Array, weight: Array, labels: Array, count: int
) -> tuple[Array, Array, Array]:
    """CSR of the graph of clusters, without loops, rows sorted.

    Clusters are taken in ascending order as *columns*: every row then grows in ascending order by itself.
    """
    offsets, order = grouped(labels, count)
    room, length = np.zeros(count + 1, np.int64), np.zeros(count, np.int64)
    for i in range(len(labels)):
        room[labels[i] + 1] += indptr[i + 1] - indptr[i]
    for a in range(count):
        room[a + 1] += room[a]
    column, value = np.empty(len(indices), np.int64), np.empty(len(indices))
    for b in range(count):
        for k in range(offsets[b], offsets[b + 1]):
            for t in range(indptr[order[k]], indptr[order[k] + 1]):
                a = labels[indices[t]]
                if a == b:
                    continue
                last = room[a] + length[a] - 1
                if length[a] > 0 and column[last] == b:
                    value[last] += weight[t]
                else:
                    column[last + 1], value[last + 1] = b, weight[t]
                    length[a] += 1
    pointer, used = np.zeros(count + 1, np.int64), 0
    for a in range(count):
        for t in range(room[a], room[a] + length[a]):
            column[used], value[used] = column[t], value[t]
            used += 1
        pointer[a + 1] = used
    return pointer, column[:used], value[:used]


@compiled
def components(indptr: Array, indices: Array, begin: int, end: int) -> tuple[Array, int]:
    """Component of every vertex begin..end-1, numbered by smallest vertex, and their number."""
    labels, stack, count = np.empty(end - begin, np.int64), np.empty(end - begin, np.int64), 0
    for i in range(end - begin):
        labels[i] = -1
    for seed in range(end - begin):
        if labels[seed] >= 0:
            continue
        labels[seed], stack[0], height = count, seed, 1
        while height > 0:
            height -= 1
            i = begin + stack[height]
            for t in range(indptr[i], indptr[i + 1]):
                j = indices[t] - begin
                if labels[j] < 0:
                    labels[j], stack[height] = count, j
                    height += 1
        count += 1
    return labels, count
