"""Insertion of levels one at a time, compiled: `reference.grown_levels`."""

import math

import numpy as np

from methods.sep.coding_tree.compression import compress, fill
from methods.sep.coding_tree.merging import agglomerate
from methods.sep.coding_tree.structures import Array, Workspace, compiled, filled
from methods.sep.coding_tree.subgraphs import contracted, grouped, induced, row_sums, total_of


@compiled
def greedy_tree(
    work: Workspace,
    indptr: Array,
    indices: Array,
    weight: Array,
    volume: Array,
    cut: Array,
    total: float,
    height: int,
    flat: bool,
    plus: float,
) -> tuple[Array, Array]:
    """Merge, compress to `height`, fill: parents a level (height, n) and nodes a level (height+1,)."""
    n = len(indptr) - 1
    rows, sizes = np.empty((height, n), np.int64), np.empty(height + 1, np.int64)
    last = agglomerate(work, indptr, indices, weight, volume, cut, total, flat, plus)
    if n > 1:
        compress(work, n, last, height, plus)
    fill(work.nodes, n, last, height, rows, sizes)
    return rows, sizes


@compiled
def level_gain(
    indptr: Array, indices: Array, weight: Array, volume: Array, labels: Array, count: int, plus: float
) -> float:
    """Entropy decrease, times vol(G), of a new level of clusters under a node that holds all of `volume`."""
    inside, mass, whole = np.zeros(count), np.zeros(count), total_of(volume)
    for i in range(len(labels)):
        mass[labels[i]] += volume[i]
        for t in range(indptr[i], indptr[i + 1]):
            if labels[indices[t]] == labels[i]:
                inside[labels[i]] += weight[t]
    gain = 0.0
    for s in range(count):
        if inside[s] > 0:
            gain += inside[s] * math.log2((whole + plus) / (mass[s] + plus))
    return gain


@compiled
def leaf_up(
    work: Workspace,
    indptr: Array,
    indices: Array,
    weight: Array,
    degree: Array,
    bottom: Array,
    count: int,
    flat: bool,
    plus: float,
) -> tuple[float, Array, Array]:
    """Decrease times vol(G), leaf -> new cluster, new cluster -> old bottom cluster."""
    n = len(bottom)
    offsets, order = grouped(bottom, count)
    fine, lift, local = np.empty(n, np.int64), np.empty(n, np.int64), filled(n, -1)
    made, gain = 0, 0.0
    for b in range(count):
        members = order[offsets[b] : offsets[b + 1]]
        if len(members) >= 3:
            pointer, neighbour, value = induced(indptr, indices, weight, members, 0, local)
            inside = row_sums(pointer, value)
            labels, level = greedy_tree(
                work, pointer, neighbour, value, inside, inside, total_of(inside), 2, flat, plus
            )
            new = level[1]
            volume = np.empty(len(members))
            for k in range(len(members)):
                volume[k] = degree[members[k]]
            gain += level_gain(pointer, neighbour, value, volume, labels[0], new, plus)
            for k in range(len(members)):
                fine[members[k]] = made + labels[0, k]
        else:
            new = len(members)
            for k in range(new):
                fine[members[k]] = made + k
        for k in range(new):
            lift[made + k] = b
        made += new
    return gain, fine, lift[:made]


@compiled
def root_down(
    work: Workspace,
    indptr: Array,
    indices: Array,
    weight: Array,
    degree: Array,
    top: Array,
    count: int,
    total: float,
    flat: bool,
    plus: float,
) -> tuple[float, Array, int]:
    """Decrease times vol(G), child of the root -> new child of the root, number of new children."""
    if count < 3:
        return 0.0, np.empty(0, np.int64), count
    pointer, neighbour, value = contracted(indptr, indices, weight, top, count)
    volume, cut = np.zeros(count), row_sums(pointer, value)
    for i in range(len(top)):
        volume[top[i]] += degree[i]
    labels, level = greedy_tree(work, pointer, neighbour, value, volume, cut, total, 2, flat, plus)
    gain = level_gain(pointer, neighbour, value, volume, labels[0], level[1], plus)
    if plus > 0 and total > 0:
        gain -= total_of(cut) * math.log2((total + 1.0) / total)
    return gain, labels[0], level[1]


@compiled
def set_row(rows: Array, sizes: Array, level: int, values: Array, count: int) -> None:
    """Store the parents of the `count` nodes of a level."""
    for k in range(count):
        rows[level, k] = values[k]
    sizes[level] = count


@compiled
def component_levels(
    work: Workspace,
    indptr: Array,
    indices: Array,
    weight: Array,
    height: int,
    grow: bool,
    flat: bool,
    plus: float,
) -> tuple[Array, Array]:
    """`reference.component_levels`: parents a level (height, n) and nodes a level (height+1,)."""
    n, degree = len(indptr) - 1, row_sums(indptr, weight)
    total, start = total_of(degree), 2 if grow and height > 2 else height
    first, level = greedy_tree(work, indptr, indices, weight, degree, degree, total, start, flat, plus)
    if start == height:
        return first, level
    rows, sizes = np.empty((height, n), np.int64), np.empty(height + 1, np.int64)
    bottom, count = first[0], level[1]
    top, zeros = np.empty(n, np.int64), np.zeros(count, np.int64)
    for i in range(n):
        top[i] = bottom[i]
    set_row(rows, sizes, 0, bottom, n)
    set_row(rows, sizes, 1, zeros, count)
    sizes[2], have, know_up, know_down = 1, 2, False, False
    while have < height:
        if not know_up:
            up, fine, lift = leaf_up(work, indptr, indices, weight, degree, bottom, sizes[1], flat, plus)
            know_up = True
        if not know_down:
            down, labels, new = root_down(
                work, indptr, indices, weight, degree, top, sizes[have - 1], total, flat, plus
            )
            know_down = True
        # Dividing by vol(G) first keeps the comparison that of `reference`, ties included.
        if total > 0 and up / total / n < down / total / sizes[have - 1]:
            set_row(rows, sizes, have - 1, labels, len(labels))
            set_row(rows, sizes, have, zeros, new)
            for i in range(n):
                top[i] = labels[top[i]]
            know_down = False
        else:
            for r in range(have - 1, 0, -1):
                set_row(rows, sizes, r + 1, rows[r], sizes[r])
            set_row(rows, sizes, 0, fine, n)
            set_row(rows, sizes, 1, lift, len(lift))
            bottom, know_up = fine, False
        have += 1
        sizes[have] = 1
    return rows, sizes
