"""Edges between the clusters of every level, for all graphs of a collection at once."""

from dataclasses import dataclass

import numpy as np

from methods.sep.coding_tree.graph import DisjointGraphs, IntArray
from methods.sep.coding_tree.tree import CodingForest


@dataclass(frozen=True, eq=False)
class LevelEdges:
    """Edges among the nodes of one level: `edge_index` (2, E_l), both directions, ids over the collection,
    rows ascending; graph g owns the columns edge_offsets[g] .. edge_offsets[g+1]-1."""

    edge_index: IntArray
    edge_offsets: IntArray


def coarsened_edges(edge_index: IntArray, parent: IntArray, num_clusters: int) -> IntArray:
    """Binarised S^T A S without its diagonal: (2, E'), row-major order; E' = 0 gives shape (2, 0).

    Args:
        edge_index: edges of the level below, shape (2, E), both directions.
        parent: cluster of every node below, shape (n,).
        num_clusters: number of clusters.
    """
    rows, columns = parent[edge_index[0]], parent[edge_index[1]]
    crossing = rows != columns
    keys = np.unique(rows[crossing] * num_clusters + columns[crossing])
    return np.stack(np.divmod(keys, num_clusters))


def level_edges(collection: DisjointGraphs, forest: CodingForest) -> list[LevelEdges]:
    """A^(1), ..., A^(k-1) of every graph, each from the one below, O(m log m) in all."""
    edge_index = np.asarray(collection.edge_index)
    if forest.level_offsets[0][-1] != collection.node_offsets[-1]:
        raise ValueError(
            f"forest has {forest.level_offsets[0][-1]} leaves, collection has {collection.node_offsets[-1]} nodes"
        )
    levels = []
    for parent, offsets in zip(forest.parents[:-1], forest.level_offsets[1:-1], strict=True):
        edge_index = coarsened_edges(edge_index, parent, int(offsets[-1]))
        levels.append(LevelEdges(edge_index, np.searchsorted(edge_index[0], offsets)))
    return levels
