"""Greedy binary tree, compiled: what `reference.agglomerate` returns, found faster.

A pair of nodes belongs to the younger one and its cost never changes while both live. So the queue holds one
entry a node, its best partner, and the other partners wait in small heaps that are built only when the best
one has gone. A merge leaves the neighbours alone: their lists name old nodes, resolved by union-find.
"""

import math
from typing import NamedTuple

import numpy as np

from methods.sep.coding_tree.structures import Array, compiled, filled, heapify, pop, resolve, sift_down, singletons

ID_BITS = 32
ID_MASK = (1 << ID_BITS) - 1


class Lists(NamedTuple):
    """Neighbour lists of all nodes in one arena; node x owns the slots start[x] .. start[x]+length[x]-1.

    `nodes`, `weight`, `cost` describe the neighbours. `waiting` holds, in the same slots, a heap of the
    candidates of x as positions in its list; `pending[x]` is the size of that heap, -1 before it is built.
    """

    start: Array
    length: Array
    pending: Array
    nodes: Array
    weight: Array
    cost: Array
    waiting: Array


class Masses(NamedTuple):
    """Volume and cut of every node, and the graph's total volume."""

    volume: Array
    cut: Array
    total: float


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
def pair_cost(masses: Masses, a: int, b: int, c: float, flat: bool, plus: float) -> float:
    """Cost of merging nodes a < b joined by weight c."""
    v, g = masses.volume, masses.cut
    return merge_cost(v[a], g[a], v[b], g[b], c, masses.total, flat, plus)


@compiled
def sift_candidate(lists: Lists, s: int, k: int, size: int) -> None:
    """Restore the order (cost, node) below position k of the heap in the slots from s on."""
    cost, nodes, waiting = lists.cost, lists.nodes, lists.waiting
    item = waiting[s + k]
    value, node = cost[s + item], nodes[s + item]
    while True:
        child = 2 * k + 1
        if child >= size:
            break
        best = waiting[s + child]
        if child + 1 < size:
            right = waiting[s + child + 1]
            if cost[s + right] < cost[s + best] or (
                cost[s + right] == cost[s + best] and nodes[s + right] < nodes[s + best]
            ):
                child, best = child + 1, right
        if cost[s + best] > value or (cost[s + best] == value and nodes[s + best] > node):
            break
        waiting[s + k] = best
        k = child
    waiting[s + k] = item


@compiled
def next_partner(lists: Lists, x: int, into: Array) -> int:
    """Slot of the cheapest living candidate of x, -1 if there is none."""
    s, count, nodes, waiting = lists.start[x], lists.pending[x], lists.nodes, lists.waiting
    if count < 0:
        count = 0
        for t in range(lists.length[x]):
            y = nodes[s + t]
            if y < x and into[y] == y:
                waiting[s + count] = t
                count += 1
        for k in range(count // 2 - 1, -1, -1):
            sift_candidate(lists, s, k, count)
    while count > 0:
        y = nodes[s + waiting[s]]
        if into[y] == y:
            break
        count -= 1
        waiting[s] = waiting[s + count]
        if count > 1:
            sift_candidate(lists, s, 0, count)
    lists.pending[x] = count
    return s + waiting[s] if count > 0 else -1


@compiled
def collect_garbage(lists: Lists, last: int, into: Array) -> int:
    """Slide the lists of living nodes to the front (they lie in order of node id); returns the used length."""
    used = 0
    for x in range(last):
        if into[x] == x:
            s = lists.start[x]
            for t in range(lists.length[x]):
                lists.nodes[used + t] = lists.nodes[s + t]
                lists.weight[used + t] = lists.weight[s + t]
                lists.cost[used + t] = lists.cost[s + t]
                lists.waiting[used + t] = lists.waiting[s + t]
            lists.start[x] = used
            used += lists.length[x]
    return used


@compiled
def leaf_lists(indptr: Array, indices: Array, edge_weight: Array, masses: Masses, flat: bool, plus: float) -> Lists:
    """Lists of the leaves, with the costs of the pairs that each of them owns."""
    n, stored, most = len(indptr) - 1, len(indices), len(masses.volume)
    # Living lists never hold more than `stored` entries together, so three times that always has room.
    room = 3 * stored
    lists = Lists(
        np.empty(most, np.int64),
        np.empty(most, np.int32),
        filled(most, -1),
        np.empty(room, np.int32),
        np.empty(room),
        np.empty(room),
        np.empty(room, np.int32),
    )
    for b in range(n):
        lists.start[b], lists.length[b] = indptr[b], indptr[b + 1] - indptr[b]
        for t in range(indptr[b], indptr[b + 1]):
            lists.nodes[t], lists.weight[t] = indices[t], edge_weight[t]
            if indices[t] < b:
                lists.cost[t] = pair_cost(masses, indices[t], b, edge_weight[t], flat, plus)
    return lists


@compiled
def cheapest_slot(lists: Lists, x: int) -> int:
    """Slot of the cheapest pair that x owns, all its candidates being alive; -1 if there is none."""
    best = -1
    for t in range(lists.start[x], lists.start[x] + lists.length[x]):
        if lists.nodes[t] < x and (
            best < 0
            or lists.cost[t] < lists.cost[best]
            or (lists.cost[t] == lists.cost[best] and lists.nodes[t] < lists.nodes[best])
        ):
            best = t
    return best


@compiled
def join_lists(
    lists: Lists,
    a: int,
    b: int,
    x: int,
    used: int,
    into: Array,
    link: Array,
    masses: Masses,
    flat: bool,
    plus: float,
) -> int:
    """Write the list of x = a + b behind the used slots; `link` is a scratch of zeros. New used length."""
    s, nodes = used, lists.nodes
    for child in (a, b):
        for t in range(lists.start[child], lists.start[child] + lists.length[child]):
            y = resolve(into, nodes[t])
            if y != x:
                if link[y] == 0.0:
                    nodes[used] = y
                    used += 1
                link[y] += lists.weight[t]
    lists.start[x], lists.length[x] = s, used - s
    for t in range(s, used):
        y = nodes[t]
        lists.weight[t] = link[y]
        lists.cost[t] = pair_cost(masses, y, x, link[y], flat, plus)
        link[y] = 0.0
    return used


@compiled
def agglomerate(
    indptr: Array,
    indices: Array,
    weight: Array,
    leaf_volume: Array,
    leaf_cut: Array,
    total: float,
    flat: bool,
    plus: float,
) -> tuple[int, Array, Array, Array]:
    """Greedy binary tree: number of nodes, volume, inner weight and parent of each; the root is last."""
    n, used, most = len(indptr) - 1, len(indices), 2 * len(indptr) - 2
    masses = Masses(np.empty(most), np.empty(most), total)
    for i in range(n):
        masses.volume[i], masses.cut[i] = leaf_volume[i], leaf_cut[i]
    lists = leaf_lists(indptr, indices, weight, masses, flat, plus)
    inner, link = np.zeros(most), np.zeros(most)
    parent, into = filled(most, -1), singletons(most)
    # The queue: the best pair of every node, by (cost, smaller id, larger id); `queued` is its slot.
    key, tie, queued, size, x = np.empty(n), np.empty(n, np.int64), np.empty(most, np.int32), 0, n
    for b in range(n):
        slot = cheapest_slot(lists, b)
        if slot >= 0:
            key[size], tie[size] = lists.cost[slot], pair_id(lists.nodes[slot], b)
            queued[b] = slot - lists.start[b]
            size += 1
    heapify(key, tie, size)
    while size > 0 and x < 2 * n - 1:
        a, b = tie[0] >> ID_BITS, tie[0] & ID_MASK
        if into[b] != b:
            size = pop(key, tie, size)
            continue
        owner = b
        if into[a] != a:
            slot = next_partner(lists, b, into)
        else:
            if used + lists.length[a] + lists.length[b] > len(lists.nodes):
                used = collect_garbage(lists, x, into)
            c = lists.weight[lists.start[b] + queued[b]]
            masses.volume[x] = masses.volume[a] + masses.volume[b]
            masses.cut[x] = masses.cut[a] + masses.cut[b] - 2.0 * c
            inner[x], parent[a], parent[b], into[a], into[b] = c, x, x, x, x
            used = join_lists(lists, a, b, x, used, into, link, masses, flat, plus)
            slot, owner = cheapest_slot(lists, x), x
            x += 1
        if slot < 0:
            size = pop(key, tie, size)
        else:
            key[0], tie[0] = lists.cost[slot], pair_id(lists.nodes[slot], owner)
            queued[owner] = slot - lists.start[owner]
            sift_down(key, tie, 0, size)
    if x < 2 * n - 1:
        for node in range(x):
            if into[node] == node:
                parent[node] = x
        masses.volume[x] = total
        x += 1
    return x, masses.volume, inner, parent
