"""Zachary's karate club (1977) as networkx distributes it: 34 members, 78 friendships, two factions."""

import numpy as np

from harness.data.entry import DatasetEntry
from harness.data.folds import stratified_split
from harness.payload import Payload
from harness.protocols.graphs.readers.block_model import labelled_nodes, node_graph
from harness.protocols.graphs.readers.edges import undirected_edges


def karate_club(entry: DatasetEntry) -> Payload:
    """Return the club with identity features (Kipf & Welling 2017); options ``train`` and ``valid`` per class."""
    import networkx

    club = networkx.karate_club_graph()
    ends = np.array(list(club.edges()), dtype=np.int64)
    edge_index = undirected_edges(ends[:, 0], ends[:, 1], len(club))
    targets = np.array([int(club.nodes[member]["club"] == "Officer") for member in club], dtype=np.int64)
    graph = node_graph(edge_index, np.eye(len(club), dtype=np.float32))
    split = stratified_split(targets, entry.options["train"], entry.options["valid"], entry.name, entry.version)
    provenance = "bundled with networkx; label nodes drawn with a fixed seed"
    return labelled_nodes(graph, targets, split, provenance=provenance)
