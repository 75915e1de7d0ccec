"""The optimal coding tree of a tiny graph, by exhaustion, as the reference of the greedy builder."""

from collections.abc import Iterator
from functools import cache
from math import log2

import numpy as np

from methods.sep.coding_tree.graph import Graph
from methods.sep.coding_tree.tree import CodingTree

LARGEST = 8


def optimal_tree(graph: Graph, height: int) -> tuple[float, CodingTree]:
    """Minimal H^T(G) in bits over all trees of height at most k, and a tree that attains it.

    best(S, h) = min over partitions of S into blocks B of the sum of (g_B / V) log2(v_S / v_B) + best(B, h-1).

    Raises:
        ValueError: more than 8 vertices, or a height below 1.
    """
    if graph.num_nodes > LARGEST:
        raise ValueError(f"graph must have at most {LARGEST} nodes, got {graph.num_nodes}")
    if height < 1:
        raise ValueError(f"height must be >= 1, got {height!r}")
    n, total = graph.num_nodes, graph.volume
    dense = np.zeros((n, n))
    dense[graph.rows, graph.indices] = graph.weight

    @cache
    def masses(block: int) -> tuple[float, float]:
        inside = np.array([bool(block >> i & 1) for i in range(n)])
        return float(dense[inside].sum()), float(dense[inside][:, ~inside].sum())

    @cache
    def best(block: int, levels: int) -> tuple[float, tuple[int, ...]]:
        volume = masses(block)[0]
        least = np.inf
        choice: tuple[int, ...] = ()
        candidates = [tuple(1 << i for i in range(n) if block >> i & 1)] if levels == 1 else _partitions(block)
        for blocks in candidates:
            value = 0.0
            for part in blocks:
                v, g = masses(part)
                value += g / total * log2(volume / v) if g > 0 else 0.0
                value += best(part, levels - 1)[0] if levels > 1 else 0.0
            if value < least:
                least, choice = value, tuple(blocks)
        return float(least), choice

    entropy, _ = best((1 << n) - 1, height)
    parents, blocks = [], [(1 << n) - 1]
    for levels in range(height, 0, -1):
        children = [(part, index) for index, block in enumerate(blocks) for part in best(block, levels)[1]]
        if levels == 1:
            children.sort()
        parents.append(np.array([index for _, index in children], dtype=np.int64))
        blocks = [part for part, _ in children]
    return entropy, CodingTree(tuple(reversed(parents)))


def _partitions(block: int) -> Iterator[list[int]]:
    """Yield all set partitions of a bit set."""
    if block == 0:
        yield []
        return
    first = block & -block
    rest = block ^ first
    chosen = rest
    while True:
        for others in _partitions(rest ^ chosen):
            yield [first | chosen, *others]
        if chosen == 0:
            return
        chosen = (chosen - 1) & rest
