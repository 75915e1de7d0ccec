"""Coding trees of single graphs, with the options of the published scripts for nodes and for drawings."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from methods.sep.coding_tree import CodingForest, Components, DisjointGraphs, cached_forest

IntArray = npt.NDArray[np.int64]


def single_graph(edge_index: IntArray, num_nodes: int) -> DisjointGraphs:
    """Return a collection of one graph; edge_index (2, E) holds both directions."""
    return DisjointGraphs(np.array([0, num_nodes]), edge_index, np.array([0, edge_index.shape[1]]))


def coding_tree(graph: DisjointGraphs, height: int, components: Components, cache: Path) -> CodingForest:
    """Return the tree of one graph, grown level by level; from the folder `cache` if it was built before."""
    return cached_forest(graph, height, folder=cache, mode="grow", components=components)
