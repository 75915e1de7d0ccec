"""One level of clusters by libraries: greedy modularity and Louvain (networkx), dense average linkage (scipy).

Each function prepares a graph for its library (not timed) and returns a call that gives a label for every vertex,
shape (n,). They minimise other objectives than structural entropy: the same kind of work, not the same result.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

Partition = Callable[[], np.ndarray]


def greedy_modularity(case: Any, graph: Any, threads: int) -> Partition:
    """Clauset, Newman & Moore (2004): merge pairs of communities by largest gain of modularity, with a heap."""
    import networkx as nx

    peer = networkx_graph(graph)
    return lambda: labels(nx.community.greedy_modularity_communities(peer), graph.num_nodes)


def louvain(case: Any, graph: Any, threads: int) -> Partition:
    """Blondel et al. (2008): local moving and aggregation for modularity."""
    import networkx as nx

    peer = networkx_graph(graph)
    return lambda: labels(nx.community.louvain_communities(peer, seed=0), graph.num_nodes)


def average_linkage(case: Any, graph: Any, threads: int) -> Partition:
    """Dense agglomerative clustering of 1 - A, cut into as many clusters as a tenth of the vertices."""
    from scipy.cluster.hierarchy import fcluster, linkage

    n = graph.num_nodes
    adjacency = np.zeros((n, n))
    adjacency[graph.rows, graph.indices] = graph.weight
    distances = 1.0 - adjacency[np.triu_indices(n, 1)]
    return lambda: fcluster(linkage(distances, "average"), max(1, n // 10), "maxclust") - 1


def networkx_graph(graph: Any) -> Any:
    """Return a `networkx.Graph` of a graph in compressed sparse rows."""
    import networkx as nx

    peer = nx.Graph()
    peer.add_nodes_from(range(graph.num_nodes))
    peer.add_edges_from(zip(graph.rows.tolist(), graph.indices.tolist(), strict=True))
    return peer


def labels(communities: Iterable[Iterable[int]], num_nodes: int) -> np.ndarray:
    """Return the number of each vertex's community, -1 for a vertex in none."""
    found = np.full(num_nodes, -1, dtype=np.int64)
    for label, members in enumerate(communities):
        found[list(members)] = label
    return found
