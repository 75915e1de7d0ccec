"""Coding tree in plain Python, with dictionaries and `heapq`.

This is the executable definition. `fast` must return the same trees to the last id, so every floating-point
sum here runs in a fixed order (vertices ascending, neighbours ascending, first operand first) and avoids the
built-in `sum`, whose rounding depends on the Python version.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from methods.sep.coding_tree.objective import Objective

Adjacency = Sequence[dict[int, float]]
Rows = list[list[int]]  # Rows[l-1][i]: parent, at level l, of node i of level l-1


@dataclass
class Dendrogram:
    """A rooted tree under construction; leaves come first, ids are creation numbers, the root is last.

    `inner` is the weight between different children of a node, `merges` the accepted pairs (delta, a, b, c).
    """

    num_leaves: int
    volume: list[float]
    parent: list[int]
    children: list[set[int]]
    inner: list[float]
    height: list[int]
    merges: list[tuple[float, int, int, float]] = field(default_factory=list)

    @property
    def root(self) -> int:
        """Id of the root."""
        return len(self.volume) - 1

    def depth(self, node: int) -> int:
        """Number of edges from `node` up to the root."""
        steps = 0
        while node != self.root:
            node = self.parent[node]
            steps += 1
        return steps

    def append(self, children: set[int], volume: float, inner: float) -> int:
        """Add a node above `children` and return its id."""
        node = len(self.volume)
        self.volume.append(volume)
        self.parent.append(-1)
        self.children.append(children)
        self.inner.append(inner)
        self.height.append(1 + max(self.height[child] for child in children))
        for child in children:
            self.parent[child] = node
        return node


def agglomerate(
    adjacency: Adjacency, volume: list[float], cut: list[float], total: float, objective: Objective
) -> Dendrogram:
    """Merge the adjacent pair of smallest (delta, smaller id, larger id) until one node is left.

    What cannot be joined (a disconnected graph) goes under one root. A popped pair is stale when one of its
    nodes has been merged meanwhile; neighbour lists name old nodes and are resolved by union-find.
    """
    n = len(adjacency)
    tree = Dendrogram(n, list(volume), [-1] * n, [set() for _ in range(n)], [0.0] * n, [0] * n)
    if n == 1:
        return tree
    volume, cut = tree.volume, list(cut)
    neighbours: list[dict[int, float]] = list(adjacency)
    merged_into = list(range(n))

    def resolve(node: int) -> int:
        while merged_into[node] != node:
            merged_into[node] = merged_into[merged_into[node]]
            node = merged_into[node]
        return node

    queue = [
        (objective.merge(volume[a], cut[a], volume[b], cut[b], c, total), a, b, c)
        for b in range(n)
        for a, c in adjacency[b].items()
        if a < b
    ]
    heapify(queue)
    while queue:
        delta, a, b, c = heappop(queue)
        if merged_into[a] != a or merged_into[b] != b:
            continue
        tree.merges.append((delta, a, b, c))
        x = tree.append({a, b}, volume[a] + volume[b], c)
        cut.append(cut[a] + cut[b] - 2.0 * c)
        merged_into.append(x)
        merged_into[a] = merged_into[b] = x
        links: dict[int, float] = {}
        for child in (a, b):
            for node, w in neighbours[child].items():
                y = resolve(node)
                if y != x:
                    links[y] = links.get(y, 0.0) + w
            neighbours[child] = {}
        neighbours.append(links)
        for y, w in links.items():
            heappush(queue, (objective.merge(volume[y], cut[y], volume[x], cut[x], w, total), y, x, w))
    roots = {node for node, into in enumerate(merged_into) if node == into}
    if len(roots) > 1:
        tree.append(roots, total, 0.0)
    return tree


def compress(tree: Dendrogram, height: int, objective: Objective) -> list[tuple[float, int]]:
    """Remove inner nodes in place, cheapest (key, id) first, until no leaf is deeper than `height`.

    Only nodes on a path that is too long are removed. Returns the removals (key, id) in order.
    """
    key: dict[int, float] = {}
    queue: list[tuple[float, int]] = []

    def price(x: int) -> None:
        key[x] = objective.removal_key(tree.inner[x], tree.volume[tree.parent[x]], tree.volume[x])
        heappush(queue, (key[x], x))

    for x in range(tree.num_leaves, tree.root):
        price(x)
    removed: list[tuple[float, int]] = []
    while tree.height[tree.root] > height:
        value, x = heappop(queue)
        if key.get(x) != value:
            continue  # removed, or priced again since
        if tree.depth(x) + tree.height[x] <= height:
            del key[x]  # paths only ever get shorter
            continue
        del key[x]
        removed.append((value, x))
        _splice(tree, x)
        p = tree.parent[x]
        for node in (p, *tree.children[x]):
            if node in key:
                price(node)
    return removed


def _splice(tree: Dendrogram, x: int) -> None:
    """Give the children of `x` to its parent and lower the heights above."""
    p = tree.parent[x]
    tree.inner[p] += tree.inner[x]
    tree.children[p].remove(x)
    tree.children[p] |= tree.children[x]
    for child in tree.children[x]:
        tree.parent[child] = p
    node = p
    while node >= 0:
        lower = 1 + max(tree.height[child] for child in tree.children[node])
        if lower == tree.height[node]:
            break
        tree.height[node] = lower
        node = tree.parent[node]


def filled_levels(tree: Dendrogram, height: int) -> Rows:
    """Parents level by level once every leaf is at depth `height`, chains being put above short leaves.

    Inside a level the nodes of the tree come first, by id, then the chain nodes, by leaf.
    """
    n = tree.num_leaves
    if n == 1:
        return [[0] for _ in range(height)]
    levels: list[list[int]] = [[] for _ in range(height + 1)]
    level_of = {tree.root: height}
    frontier = [tree.root]
    while frontier:
        x = frontier.pop()
        levels[level_of[x]].append(x)
        for child in tree.children[x]:
            if child >= n:
                level_of[child] = level_of[x] - 1
                frontier.append(child)
    rows: Rows = []
    below = list(range(n))  # the nodes of the level, a chain node standing under its leaf's number
    for level in range(1, height + 1):
        inner = sorted(levels[level])
        chains = [i for i in below if i < n and level_of[tree.parent[i]] > level]
        position = {node: k for k, node in enumerate(inner + chains)}
        chained = set(chains)
        rows.append([position[i if i in chained else tree.parent[i]] for i in below])
        below = inner + chains
    return rows


def grown_levels(adjacency: Adjacency, height: int, objective: Objective) -> Rows:
    """Start from height 2, then insert one level at a time: below the root or above the leaves.

    The move with the larger entropy decrease per node it divides wins (ties: above the leaves).
    """
    n = len(adjacency)
    degree = _row_sums(adjacency)
    total = _total(degree)
    rows = [_middle_level(adjacency, degree, degree, total, objective)]
    rows.append([0] * (max(rows[0]) + 1))
    top = list(rows[0])  # child of the root above every vertex
    up = down = None
    while len(rows) < height:
        if up is None:
            up = _leaf_up(adjacency, degree, total, rows[0], objective)
        if down is None:
            down = _root_down(adjacency, degree, total, top, objective)
        if up[0] / n < down[0] / len(rows[-1]):
            rows[-1] = down[1]
            rows.append([0] * (max(down[1]) + 1))
            top = [down[1][t] for t in top]
            down = None
        else:
            rows[:1] = up[1:]
            up = None
    return rows


def _middle_level(
    adjacency: Adjacency, volume: list[float], cut: list[float], total: float, objective: Objective
) -> list[int]:
    tree = agglomerate(adjacency, volume, cut, total, objective)
    compress(tree, 2, objective)
    return filled_levels(tree, 2)[0]


def _leaf_up(
    adjacency: Adjacency, degree: list[float], total: float, bottom: list[int], objective: Objective
) -> tuple[float, list[int], list[int]]:
    """Decrease, leaf -> new cluster, new cluster -> old bottom cluster."""
    members: list[list[int]] = [[] for _ in range(max(bottom) + 1)]
    for i, b in enumerate(bottom):
        members[b].append(i)
    fine, gain = [0] * len(bottom), 0.0
    lift: list[int] = []
    for b, inside in enumerate(members):
        labels = list(range(len(inside)))
        if len(inside) >= 3:
            local = {i: k for k, i in enumerate(inside)}
            part = [{local[j]: w for j, w in adjacency[i].items() if j in local} for i in inside]
            degree_inside = _row_sums(part)
            labels = _middle_level(part, degree_inside, degree_inside, _total(degree_inside), objective)
            gain += _gain(part, [degree[i] for i in inside], labels, objective)
        for i, label in zip(inside, labels, strict=True):
            fine[i] = len(lift) + label
        lift += [b] * (max(labels) + 1)
    return (gain / total if total > 0 else 0.0), fine, lift


def _root_down(
    adjacency: Adjacency, degree: list[float], total: float, top: list[int], objective: Objective
) -> tuple[float, list[int]]:
    """Decrease, child of the root -> new child of the root."""
    count = max(top) + 1
    if count < 3:
        return 0.0, list(range(count))
    volume = [0.0] * count
    sums: list[dict[int, float]] = [{} for _ in range(count)]
    for i, links in enumerate(adjacency):
        volume[top[i]] += degree[i]
        for j, w in links.items():
            if top[j] != top[i]:
                sums[top[j]][top[i]] = sums[top[j]].get(top[i], 0.0) + w
    contracted = [dict(sorted(row.items())) for row in sums]
    cut = _row_sums(contracted)
    labels = _middle_level(contracted, volume, cut, total, objective)
    gain = _gain(contracted, volume, labels, objective) - objective.root_slip(_total(cut), total)
    return (gain / total if total > 0 else 0.0), labels


def _gain(adjacency: Adjacency, volume: list[float], labels: list[int], objective: Objective) -> float:
    """Entropy decrease, times vol(G), of a new level of clusters under a node that holds all of `volume`."""
    count = max(labels) + 1
    inside, mass = [0.0] * count, [0.0] * count
    for i, links in enumerate(adjacency):
        mass[labels[i]] += volume[i]
        for j, w in links.items():
            if labels[j] == labels[i]:
                inside[labels[i]] += w
    whole, gain = _total(volume), 0.0
    for s in range(count):
        if inside[s] > 0:
            gain += inside[s] * objective.log_ratio(whole, mass[s])
    return gain


def _row_sums(adjacency: Adjacency) -> list[float]:
    return [_total(list(links.values())) for links in adjacency]


def _total(values: list[float]) -> float:
    total = 0.0
    for value in values:
        total += value
    return total


def component_levels(adjacency: Adjacency, height: int, grow: bool, objective: Objective) -> Rows:
    """Tree of height exactly `height` over one vertex set, as parents level by level."""
    if height == 1:
        return [[0] * len(adjacency)]
    if grow:
        return grown_levels(adjacency, height, objective)
    degree = _row_sums(adjacency)
    tree = agglomerate(adjacency, degree, degree, _total(degree), objective)
    compress(tree, height, objective)
    return filled_levels(tree, height)


def graph_levels(adjacency: Adjacency, height: int, grow: bool, separate: bool, objective: Objective) -> Rows:
    """Tree of one graph; `separate` builds one tree per connected component and fuses their roots."""
    parts = connected_components(adjacency) if separate else [list(range(len(adjacency)))]
    fused: Rows = [[0] * len(adjacency)] + [[] for _ in range(height - 1)]
    sizes = [0] * (height + 1)
    for part in parts:
        local = {i: k for k, i in enumerate(part)}
        rows = component_levels(
            [{local[j]: w for j, w in adjacency[i].items()} for i in part], height, grow, objective
        )
        for i, parent in zip(part, rows[0], strict=True):
            fused[0][i] = sizes[1] + parent
        for level in range(1, height):
            fused[level] += [sizes[level + 1] + parent for parent in rows[level]]
        for level in range(1, height):
            sizes[level] += len(rows[level])
    fused[-1] = [0] * len(fused[-1])
    return fused


def connected_components(adjacency: Adjacency) -> list[list[int]]:
    """Vertex lists, each ascending, ordered by their smallest vertex."""
    seen = [False] * len(adjacency)
    parts = []
    for start in range(len(adjacency)):
        if seen[start]:
            continue
        seen[start] = True
        part = [start]
        for i in part:
            for j in adjacency[i]:
                if not seen[j]:
                    seen[j] = True
                    part.append(j)
        parts.append(sorted(part))
    return parts
