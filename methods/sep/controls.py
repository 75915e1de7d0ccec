"""Controls for SEP-G: the same network on trees that do not minimise structural entropy.

If SEP-G is no better than these, structural entropy has no effect.
"""

import numpy as np

from harness.contract.context import Context
from methods.sep.coding_tree import CodingForest, DisjointGraphs, louvain_forest, random_forest
from methods.sep.coding_tree.cache import forest_key, load_or_build
from methods.sep.graph_classification import HierarchyClassifier

LOUVAIN_SEED = 0


class SEPGRandomTree(HierarchyClassifier):
    """SEP-G on random trees: the coding trees' level and cluster sizes, with members drawn at random."""

    streams = ("init", "batches", "dropout", "tree")

    def forest(self, graphs: DisjointGraphs, context: Context) -> CodingForest:
        return random_forest(self.coding_forest(graphs, context), context.stream("tree"))


class SEPGLouvain(HierarchyClassifier):
    """SEP-G on Louvain's levels (Blondel et al. 2008), the same for all trials."""

    def forest(self, graphs: DisjointGraphs, context: Context) -> CodingForest:
        height = self.settings.height
        key = forest_key(graphs, hierarchy="louvain", height=height, seed=LOUVAIN_SEED)
        return load_or_build(
            context.cache, key, lambda: louvain_forest(graphs, height, np.random.default_rng(LOUVAIN_SEED))
        )
