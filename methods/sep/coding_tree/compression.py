"""Removal of inner nodes down to a height, and levels, compiled: as in `reference`.

Removal keys only grow, so an outdated entry of the queue is a lower bound, refreshed when it surfaces.
"""

import math

from methods.sep.coding_tree.structures import Array, Workspace, at, compiled, heapify, pop, replace_top, resolve


@compiled
def removal_key(inner: float, v_parent: float, v: float, plus: float) -> float:
    ratio = (v_parent + plus) / (v + plus)
    return inner * (math.log2(ratio) if plus > 0 else math.log(ratio))


@compiled
def raised(histogram: Array, row: int, cap: int) -> int:
    """Height above children with this row of the histogram of heights, cut at `cap`."""
    if histogram[row, cap] > 0:
        return cap
    h = cap - 1
    while histogram[row, h] == 0:
        h -= 1
    return h + 1


@compiled
def measure(nodes: Array, into: Array, histogram: Array, n: int, last: int, cap: int) -> None:
    """Heights of all nodes, cut at `cap`, the histogram of the heights of the children, and a new union-find."""
    for x in range(last):
        into[x] = x
        nodes[x].level = 0
    for x in range(last - n):
        for h in range(cap + 1):
            histogram[x, h] = 0
    for x in range(last):
        if x >= n:
            nodes[x].level = raised(histogram, x - n, cap)
        if x != last - 1:
            histogram[nodes[x].parent - n, nodes[x].level] += 1


@compiled
def lower_ancestors(nodes: Array, into: Array, histogram: Array, p: int, n: int, root: int, cap: int) -> None:
    """Correct the heights of p and above after a removal below p."""
    while True:
        level, lower = nodes[p].level, raised(histogram, p - n, cap)
        if lower == level:
            return
        nodes[p].level = lower
        if p == root:
            return
        p = resolve(into, nodes[p].parent)
        histogram[p - n, level] -= 1
        histogram[p - n, lower] += 1


@compiled
def compress(work: Workspace, n: int, last: int, height: int, plus: float) -> None:
    """Shorten the tree to `height`; the parents of kept nodes are updated in place, removed nodes get -2.

    Heights count up to height + 1 only (beyond that a path is too long anyway), so a node keeps a histogram
    of its children's heights and a removal costs O(height), for any number of children.
    """
    nodes, into, queue, histogram = work.nodes, work.into, work.queue, work.histogram
    root, cap = last - 1, height + 1
    measure(nodes, into, histogram, n, last, cap)
    if nodes[root].level <= height:
        return
    size = root - n
    for k in range(size):
        node = nodes[n + k]
        queue[k].key, queue[k].tie = removal_key(node.inner, nodes[node.parent].volume, node.volume, plus), n + k
    heapify(queue, size)
    while nodes[root].level > height:
        x = queue[0].tie
        node = nodes[at(x)]
        p = resolve(into, node.parent)
        length, above = node.level + 1, p
        while length <= height and above != root:
            length, above = length + 1, resolve(into, nodes[above].parent)
        if length <= height:
            size = pop(queue, size)
            continue
        key = removal_key(node.inner, nodes[p].volume, node.volume, plus)
        if key > queue[0].key:
            replace_top(queue, key, x, size)
            continue
        size = pop(queue, size)
        into[at(x)] = p
        nodes[p].inner += node.inner
        histogram[p - n, node.level] -= 1
        for h in range(cap + 1):
            histogram[p - n, h] += histogram[x - n, h]
        lower_ancestors(nodes, into, histogram, p, n, root, cap)
    for x in range(root):
        nodes[x].parent = resolve(into, nodes[x].parent) if into[x] == x else -2


@compiled
def fill(nodes: Array, n: int, last: int, height: int, rows: Array, sizes: Array) -> None:
    """Write the parents level by level, with chains above short leaves (`reference.filled_levels`)."""
    sizes[0] = n
    for h in range(height):
        sizes[h + 1] = 1 if n == 1 else 0
        rows[h, 0] = 0
    if n == 1:
        return
    nodes[last - 1].level = height
    for x in range(last - 2, n - 1, -1):
        if nodes[x].parent >= 0:
            nodes[x].level = nodes[nodes[x].parent].level - 1
    for x in range(n, last):
        if nodes[x].parent != -2:
            nodes[x].position = sizes[nodes[x].level]
            sizes[nodes[x].level] += 1
    for x in range(n, last - 1):
        if nodes[x].parent >= 0:
            rows[nodes[x].level, nodes[x].position] = nodes[nodes[x].parent].position
    for i in range(n):
        above, own = nodes[nodes[i].parent], i
        for h in range(1, above.level):
            rows[h - 1, own] = sizes[h]
            own = sizes[h]
            sizes[h] += 1
        rows[above.level - 1, own] = above.position
