"""Controls for SEP-N: the same network over hierarchies that do not minimise structural entropy.

If SEP-N is no better than these, structural entropy has no effect.
"""

from harness.contract.context import Context
from harness.protocols.graphs.node_classification import NodeView
from methods.sep.coding_tree import CodingForest, louvain_forest, random_forest
from methods.sep.node_classification import SEPN, HierarchicalUNet
from methods.sep.node_trees import single_graph

ALL_PARTITIONS = 64
"""Height above any number of Louvain's partitions: each halves the modules, of at most 2^63 nodes."""


class SEPNRandomTree(SEPN):
    """SEP-N on a random tree: the coding tree's cluster sizes, with members drawn at random."""

    streams = ("init", "dropout", "tree")

    def hierarchy(self, view: NodeView, context: Context) -> CodingForest:
        """Return the coding tree with the parents of every level shuffled."""
        return random_forest(super().hierarchy(view, context), context.stream("tree"))


class SEPNLouvain(HierarchicalUNet):
    """SEP-N on Louvain's nested partitions (Blondel et al. 2008), the finest first."""

    streams = ("init", "dropout", "tree")

    def hierarchy(self, view: NodeView, context: Context) -> CodingForest:
        """Return all partitions that Louvain finds; the coarsest is repeated above."""
        graph = single_graph(view.graph.edge_index, view.graph.num_nodes)
        return louvain_forest(graph, ALL_PARTITIONS, context.stream("tree"))
