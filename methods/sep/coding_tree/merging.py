"""Greedy binary tree, compiled: the result of `reference.agglomerate`, computed faster.

A pair of nodes belongs to the younger one and its cost never changes while both live. So the queue holds one
entry a node, its best partner, and the other partners wait in small heaps that are built only when the best
one is merged. A merge does not change its neighbours: their lists name old nodes, resolved by union-find.
"""

import math

import numpy as np

from methods.sep.coding_tree.structures import Array, Workspace, at, compiled, heapify, pop, replace_top, resolve

ID_BITS = 32
ID_MASK = (1 << ID_BITS) - 1


@compiled
def merge_cost(
    v_a: float, g_a: float, v_b: float, g_b: float, c: float, total: float, flat: bool, plus: float
) -> float:
    """`Objective.merge`; a term with the factor 0 is skipped, which leaves the sum bit for bit the same."""
    v_x = v_a + v_b + 2.0 * plus
    if not flat:
        return -(2.0 * c) * math.log2(total / v_x) / total
    inner_a, inner_b = v_a - g_a, v_b - g_b
    term_a = inner_a * math.log2(v_x / (v_a + plus)) if inner_a != 0.0 else 0.0
    term_b = inner_b * math.log2(v_x / (v_b + plus)) if inner_b != 0.0 else 0.0
    return (term_a + term_b - 2.0 * c * math.log2(total / v_x)) / total


@compiled
def pair_id(a: int, b: int) -> np.int64:
    """One integer that orders pairs by (a, b)."""
    return np.int64((np.int64(a) << ID_BITS) | b)


@compiled
def sift_candidate(entries: Array, s: int, k: int, size: int) -> None:
    """Restore the order (cost, node) below position k of the heap in the list that starts at s."""
    item = entries[s + k].waiting
    value, node = entries[s + item].cost, entries[s + item].node
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        best = entries[s + child].waiting
        if child + 1 < size:
            other = entries[s + child + 1].waiting
            left, right = entries[s + best], entries[s + other]
            if right.cost < left.cost or (right.cost == left.cost and right.node < left.node):
                child, best = child + 1, other
        lower = entries[s + best]
        if lower.cost > value or (lower.cost == value and lower.node > node):
            break
        entries[s + k].waiting = best
        k = child
    entries[s + k].waiting = item


@compiled
def next_partner(nodes: Array, into: Array, entries: Array, x: int) -> int:
    """Index of the cheapest living candidate of x, -1 if there is none."""
    s, count = nodes[x].start, nodes[x].pending
    if count < 0:
        count = 0
        for t in range(nodes[x].length):
            y = entries[s + t].node
            if y < x and into[y] == y:
                entries[s + count].waiting = t
                count += 1
        for k in range(count // 2 - 1, -1, -1):
            sift_candidate(entries, s, k, count)
    while count > 0:
        y = entries[s + entries[s].waiting].node
        if into[y] == y:
            break
        count -= 1
        entries[s].waiting = entries[s + count].waiting
        if count > 1:
            sift_candidate(entries, s, 0, count)
    nodes[x].pending = count
    return s + entries[s].waiting if count > 0 else -1


@compiled
def collect_garbage(nodes: Array, into: Array, entries: Array, last: int) -> int:
    """Slide the lists of living nodes to the front (they lie in order of node id); returns the used length."""
    used = 0
    for x in range(last):
        if into[x] == x:
            s = nodes[x].start
            for t in range(nodes[x].length):
                entries[used + t] = entries[s + t]
            nodes[x].start = used
            used += nodes[x].length
    return used


@compiled
def start_leaves(
    nodes: Array,
    into: Array,
    entries: Array,
    queue: Array,
    indptr: Array,
    indices: Array,
    weight: Array,
    volume: Array,
    cut: Array,
    total: float,
    flat: bool,
    plus: float,
) -> int:
    """Set up the leaves, their lists and the queue of their cheapest pairs; returns the queue's size."""
    size = 0
    for b in range(len(indptr) - 1):
        node = nodes[b]
        node.volume, node.cut, node.inner, node.link = volume[b], cut[b], 0.0, 0.0
        node.start, node.length, node.pending, node.parent = indptr[b], indptr[b + 1] - indptr[b], -1, -1
        into[b] = b
        best, least = -1, np.inf
        for t in range(indptr[b], indptr[b + 1]):
            a, c = indices[t], weight[t]
            entries[t].node, entries[t].weight = a, c
            if a < b:
                cost = merge_cost(volume[a], cut[a], volume[b], cut[b], c, total, flat, plus)
                entries[t].cost = cost
                if best < 0 or cost < least:  # rows are sorted, so of equal costs the smaller id comes first
                    best, least = t, cost
        if best >= 0:
            queue[size].key, queue[size].tie, node.queued = least, pair_id(indices[best], b), best - node.start
            size += 1
    heapify(queue, size)
    return size


@compiled
def join(
    nodes: Array,
    into: Array,
    entries: Array,
    a: int,
    b: int,
    x: int,
    used: int,
    total: float,
    flat: bool,
    plus: float,
) -> tuple[int, int]:
    """Make x = a + b, its list behind the used entries; returns the new used length and the cheapest entry."""
    s, node = used, nodes[at(x)]
    c = entries[at(nodes[b].start + nodes[b].queued)].weight
    node.volume, node.cut = nodes[a].volume + nodes[b].volume, nodes[a].cut + nodes[b].cut - 2.0 * c
    node.inner, node.pending, node.parent, nodes[a].parent, nodes[b].parent = c, -1, -1, x, x
    into[a], into[b], into[at(x)] = x, x, x
    node.link = 1.0  # keeps x itself out of its list
    for child in (a, b):
        first = nodes[child].start
        for t in range(first, first + nodes[child].length):
            y = resolve(into, entries[at(t)].node)
            entries[at(used)].node = y  # kept only if y is new
            used += nodes[y].link == 0.0
            nodes[y].link += entries[at(t)].weight
    node.start, node.length, node.link = s, used - s, 0.0
    v, g, best, least = node.volume, node.cut, -1, np.inf
    for t in range(s, used):
        entry = entries[at(t)]
        other = nodes[entry.node]
        cost = merge_cost(other.volume, other.cut, v, g, other.link, total, flat, plus)
        entry.weight, entry.cost = other.link, cost
        other.link = 0.0
        if best < 0 or cost < least or (cost == least and entry.node < entries[at(best)].node):
            best, least = t, cost
    return used, best


@compiled
def agglomerate(
    work: Workspace,
    indptr: Array,
    indices: Array,
    weight: Array,
    leaf_volume: Array,
    leaf_cut: Array,
    total: float,
    flat: bool,
    plus: float,
) -> int:
    """Greedy binary tree in the workspace: volume, inner weight and parent of each node; the root is last.

    Returns the number of nodes. The queue holds the best pair of every node by (cost, smaller id, larger id).
    """
    nodes, into, entries, queue = work.nodes, work.into, work.entries, work.queue
    n, used = len(indptr) - 1, len(indices)
    size = start_leaves(
        nodes, into, entries, queue, indptr, indices, weight, leaf_volume, leaf_cut, total, flat, plus
    )
    x = n
    while size > 0 and x < 2 * n - 1:
        tie = queue[0].tie
        a, b = np.uint32(tie >> ID_BITS), np.uint32(tie & ID_MASK)
        if into[b] != b:
            size = pop(queue, size)
            continue
        if into[a] != a:
            best, owner = next_partner(nodes, into, entries, b), np.int64(b)
        else:
            if used + nodes[a].length + nodes[b].length > len(entries):
                used = collect_garbage(nodes, into, entries, x)
            used, best = join(nodes, into, entries, a, b, x, used, total, flat, plus)
            owner = np.int64(x)
            x += 1
        if best < 0:
            size = pop(queue, size)
        else:
            nodes[at(owner)].queued = best - nodes[at(owner)].start
            replace_top(queue, entries[at(best)].cost, pair_id(entries[at(best)].node, owner), size)
    if x < 2 * n - 1:
        for k in range(x):
            if into[k] == k:
                nodes[k].parent = x
        nodes[x].volume, nodes[x].inner, nodes[x].parent = total, 0.0, -1
        x += 1
    return x
