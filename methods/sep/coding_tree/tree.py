"""Coding trees as parent vectors, one a level, for one graph and for a whole collection."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from methods.sep.coding_tree.graph import IntArray


@dataclass(frozen=True, eq=False)
class CodingTree:
    """A tree whose leaves, the vertices 0..n-1, all have the same depth k.

    `parents[l-1]` has shape (n_{l-1},): the level-l parent of every node of level l-1. n_k = 1 (the root).
    As a matrix it is S^(l) with S^(l)[i, parents[l-1][i]] = 1.
    """

    parents: tuple[IntArray, ...]

    @property
    def height(self) -> int:
        """Height k."""
        return len(self.parents)

    @property
    def level_sizes(self) -> tuple[int, ...]:
        """Numbers of nodes n_0, ..., n_k."""
        return (*(len(parent) for parent in self.parents), 1)

    def labels(self, level: int) -> IntArray:
        """Node of `level` (0..k) above every vertex, shape (n,)."""
        if not 0 <= level <= self.height:
            raise ValueError(f"level must be in 0..{self.height}, got {level}")
        labels = np.arange(len(self.parents[0]))
        for parent in self.parents[:level]:
            labels = parent[labels]
        return labels

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CodingTree):
            return NotImplemented
        return self.height == other.height and all(
            np.array_equal(mine, theirs) for mine, theirs in zip(self.parents, other.parents, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, eq=False)
class CodingForest:
    """The coding trees of a collection, all of height k, in flat arrays.

    `parents[l-1]` has shape (N_{l-1},): ids over the whole collection, graph after graph.
    `level_offsets[l]` has shape (G+1,): graph g owns the level-l nodes level_offsets[l][g] .. [g+1]-1.
    A batch is a slice of each array, shifted: parents of level l by the level-l offset, never by vertices.
    """

    parents: tuple[IntArray, ...]
    level_offsets: tuple[IntArray, ...]

    @property
    def height(self) -> int:
        """Height k."""
        return len(self.parents)

    @property
    def num_graphs(self) -> int:
        """Number of graphs G."""
        return len(self.level_offsets[0]) - 1

    def tree(self, graph: int) -> CodingTree:
        """The tree of one graph, with ids of its own."""
        if not 0 <= graph < self.num_graphs:
            raise IndexError(f"graph must be in 0..{self.num_graphs - 1}, got {graph}")
        return CodingTree(
            tuple(
                parent[below[graph] : below[graph + 1]] - above[graph]
                for parent, below, above in zip(
                    self.parents, self.level_offsets[:-1], self.level_offsets[1:], strict=True
                )
            )
        )


def forest_from_rows(rows: IntArray, sizes: IntArray, node_offsets: IntArray) -> CodingForest:
    """Pack the builder's padded rows.

    Args:
        rows: shape (k, N); row l holds, from node_offsets[g] on, the parents (ids inside the graph) of the
            level-l nodes of graph g.
        sizes: shape (G, k+1), nodes per level.
        node_offsets: shape (G+1,).
    """
    num_graphs, height = sizes.shape[0], sizes.shape[1] - 1
    offsets = np.zeros((height + 1, num_graphs + 1), dtype=np.int64)
    np.cumsum(sizes.T, axis=1, out=offsets[:, 1:])
    parents = []
    for level in range(height):
        gaps = np.repeat(node_offsets[:-1] - offsets[level, :-1], sizes[:, level])
        shift = np.repeat(offsets[level + 1, :-1], sizes[:, level])
        parents.append(rows[level][np.arange(offsets[level, -1]) + gaps] + shift)
    return CodingForest(tuple(parents), tuple(offsets))


def forest_from_trees(trees: Sequence[CodingTree]) -> CodingForest:
    """Join trees of equal height."""
    heights = sorted({tree.height for tree in trees})
    if len(heights) != 1:
        raise ValueError(f"trees must be one or more of one height, got heights {heights}")
    sizes = np.array([tree.level_sizes for tree in trees])
    offsets = np.zeros((heights[0] + 1, len(trees) + 1), dtype=np.int64)
    np.cumsum(sizes.T, axis=1, out=offsets[:, 1:])
    parents = tuple(
        np.concatenate(
            [tree.parents[level] + shift for tree, shift in zip(trees, offsets[level + 1], strict=False)]
        )
        for level in range(heights[0])
    )
    return CodingForest(parents, tuple(offsets))
