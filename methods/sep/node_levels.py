"""A hierarchy of clusters over one graph, as the matrices that a network pools and convolves with."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.protocols.graphs.training.sparse import SparseMatrix, gcn_adjacency, membership
from methods.sep.coding_tree import CodingForest, coarsened_edges


@dataclass(frozen=True, eq=False)
class NodeLevels:
    """Levels 0 (the graph itself) to B of a hierarchy, n_l nodes at level l.

    Attributes:
        adjacencies: B+1 normalised matrices (n_l, n_l); clusters are adjacent if any of their members are.
        memberships: B matrices S of shape (n_l, n_l+1) with a single 1 in every row.
    """

    adjacencies: tuple[SparseMatrix, ...]
    memberships: tuple[SparseMatrix, ...]

    @classmethod
    def from_forest(
        cls, edge_index: npt.NDArray[np.int64], forest: CodingForest, blocks: int, device: str = "cpu"
    ) -> "NodeLevels":
        """Take the lowest B = `blocks` levels of the tree of a single graph.

        Raises:
            ValueError: the tree has fewer levels than that below its root.
        """
        sizes = [int(offsets[-1]) for offsets in forest.level_offsets]
        if not 1 <= blocks < len(forest.parents):
            raise ValueError(f"blocks must be in 1..{len(forest.parents) - 1} for this tree, got {blocks}")
        edge_index = np.asarray(edge_index)
        adjacencies, memberships = [gcn_adjacency(edge_index, sizes[0], device)], []
        for level, parent in enumerate(forest.parents[:blocks]):
            size = sizes[level + 1]
            edge_index = coarsened_edges(edge_index, parent, size)
            memberships.append(membership(parent, size, device))
            adjacencies.append(gcn_adjacency(edge_index, size, device))
        return cls(tuple(adjacencies), tuple(memberships))
