"""Trees that do not minimise structural entropy: controls for the entropy's effect on a pooling model."""

import numpy as np

from methods.sep.coding_tree.build import check_options
from methods.sep.coding_tree.graph import DisjointGraphs, IntArray
from methods.sep.coding_tree.tree import CodingForest, CodingTree, forest_from_trees


def random_forest(forest: CodingForest, generator: np.random.Generator) -> CodingForest:
    """Every level's parents shuffled inside each graph: the same level and cluster sizes, random members."""
    parents = []
    for parent, offsets in zip(forest.parents, forest.level_offsets[:-1], strict=True):
        graph = np.repeat(np.arange(forest.num_graphs), np.diff(offsets))
        parents.append(parent[np.lexsort((generator.random(len(parent)), graph))])
    return CodingForest(tuple(parents), forest.level_offsets)


def louvain_forest(collection: DisjointGraphs, height: int, generator: np.random.Generator) -> CodingForest:
    """Levels found by Louvain's modularity method (Blondel et al. 2008), cut or padded to height k.

    With more than k-1 partitions the coarsest k-1 are kept; with fewer the coarsest is repeated.

    Raises:
        ValueError: a height or a collection that is not allowed.
    """
    import networkx as nx

    check_options(height, "grow", "flat", "separate", "fast", 1)
    union = collection.union()
    trees = []
    for begin, end in zip(collection.node_offsets[:-1].tolist(), collection.node_offsets[1:].tolist(), strict=True):
        graph = nx.Graph()
        graph.add_nodes_from(range(end - begin))
        span = slice(union.indptr[begin], union.indptr[end])
        graph.add_weighted_edges_from(
            zip(
                (union.rows[span] - begin).tolist(),
                (union.indices[span] - begin).tolist(),
                union.weight[span].tolist(),
                strict=True,
            )
        )
        seed = int(generator.integers(2**31))
        partitions = list(nx.community.louvain_partitions(graph, seed=seed))
        trees.append(_nested_tree([_labels(blocks, end - begin) for blocks in partitions], height))
    return forest_from_trees(trees)


def _labels(blocks: list[set[int]], n: int) -> IntArray:
    """Block of every vertex, blocks numbered by smallest vertex."""
    labels = np.empty(n, dtype=np.int64)
    for label, block in enumerate(sorted(blocks, key=min)):
        labels[list(block)] = label
    return labels


def _nested_tree(partitions: list[IntArray], height: int) -> CodingTree:
    """Tree of height k from vertex labels, fine to coarse."""
    levels = partitions[-(height - 1) :] if height > 1 else []
    levels = levels + levels[-1:] * (height - 1 - len(levels))
    levels.append(np.zeros(len(partitions[0]), dtype=np.int64))
    parents, below = [], np.arange(len(partitions[0]))
    for labels in levels:
        parent = np.zeros(below.max() + 1, dtype=np.int64)
        parent[below] = labels
        parents.append(parent)
        below = labels
    return CodingTree(tuple(parents))
