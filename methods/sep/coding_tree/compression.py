"""Removal of inner nodes down to a height, and levels, compiled: as in `reference`.

Removal keys only grow, so an outdated entry of the queue is a lower bound, refreshed when it surfaces.
"""

import math

import numpy as np

from methods.sep.coding_tree.structures import Array, compiled, heapify, pop, resolve, sift_down, singletons


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
def compress(n: int, last: int, volume: Array, inner: Array, parent: Array, height: int, plus: float) -> None:
    """Shorten the tree to `height`; `parent` of kept nodes is updated in place, removed nodes get -2.

    Heights count up to height + 1 only (beyond that a path is too long anyway), so a node keeps a histogram
    of its children's heights and a removal costs O(height), whatever the number of children.
    """
    root, cap = last - 1, height + 1
    histogram = np.zeros((last - n, cap + 1), np.int32)
    level = np.zeros(last, np.int32)
    for x in range(last):
        if x >= n:
            level[x] = raised(histogram, x - n, cap)
        if x != root:
            histogram[parent[x] - n, level[x]] += 1
    if level[root] <= height:
        return
    size = root - n
    key, tie = np.empty(size), np.empty(size, np.int64)
    for x in range(n, root):
        key[x - n], tie[x - n] = removal_key(inner[x], volume[parent[x]], volume[x], plus), x
    heapify(key, tie, size)
    into = singletons(last)
    while level[root] > height:
        x = tie[0]
        p = resolve(into, parent[x])
        length, node = level[x] + 1, p
        while length <= height and node != root:
            length, node = length + 1, resolve(into, parent[node])
        if length <= height:
            size = pop(key, tie, size)
            continue
        value = removal_key(inner[x], volume[p], volume[x], plus)
        if value > key[0]:
            key[0] = value
            sift_down(key, tie, 0, size)
            continue
        size = pop(key, tie, size)
        into[x] = p
        inner[p] += inner[x]
        histogram[p - n, level[x]] -= 1
        for h in range(cap + 1):
            histogram[p - n, h] += histogram[x - n, h]
        while True:
            lower = raised(histogram, p - n, cap)
            if lower == level[p]:
                break
            if p != root:
                above = resolve(into, parent[p])
                histogram[above - n, level[p]] -= 1
                histogram[above - n, lower] += 1
            level[p] = lower
            if p == root:
                break
            p = above
    for x in range(root):
        parent[x] = resolve(into, parent[x]) if into[x] == x else -2


@compiled
def fill(n: int, last: int, parent: Array, height: int, rows: Array, sizes: Array) -> None:
    """Write the parents level by level, with chains above short leaves (`reference.filled_levels`)."""
    sizes[0] = n
    for h in range(height):
        sizes[h + 1] = 1 if n == 1 else 0
        rows[h, 0] = 0
    if n == 1:
        return
    level, position = np.empty(last, np.int32), np.empty(last, np.int32)
    level[last - 1] = height
    for x in range(last - 2, n - 1, -1):
        if parent[x] >= 0:
            level[x] = level[parent[x]] - 1
    for x in range(n, last):
        if parent[x] != -2:
            position[x] = sizes[level[x]]
            sizes[level[x]] += 1
    for x in range(n, last - 1):
        if parent[x] >= 0:
            rows[level[x], position[x]] = position[parent[x]]
    for i in range(n):
        p, own = parent[i], i
        for h in range(1, level[p]):
            rows[h - 1, own] = sizes[h]
            own = sizes[h]
            sizes[h] += 1
        rows[level[p] - 1, own] = position[p]
