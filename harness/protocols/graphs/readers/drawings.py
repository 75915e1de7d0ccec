"""Graphs drawn in the plane, for reconstruction: the ring and the grid of the pooling literature."""

import numpy as np

from harness.data.entry import DatasetEntry
from harness.payload import Payload
from harness.protocols.graphs.readers.edges import undirected_edges


def ring(entry: DatasetEntry) -> Payload:
    """Return a cycle of N = options["nodes"] nodes, node i at (cos 2πi/N, sin 2πi/N) (Bianchi et al. 2020)."""
    count = int(entry.options["nodes"])
    nodes = np.arange(count)
    angles = 2 * np.pi * nodes / count
    edges = undirected_edges(nodes, (nodes + 1) % count, count)
    return _drawn(edges, np.stack([np.cos(angles), np.sin(angles)], axis=1))


def grid(entry: DatasetEntry) -> Payload:
    """Return the 4-neighbour grid of side n = options["side"]; node r·n + q lies at (q/n, (n-1-r)/n)."""
    side = int(entry.options["side"])
    nodes = np.arange(side * side).reshape(side, side)
    source = np.concatenate([nodes[:, :-1].ravel(), nodes[:-1].ravel()])
    target = np.concatenate([nodes[:, 1:].ravel(), nodes[1:].ravel()])
    rows, columns = np.divmod(np.arange(side * side), side)
    coordinates = np.stack([columns / side, (side - 1 - rows) / side], axis=1)
    return _drawn(undirected_edges(source, target, side * side), coordinates)


def _drawn(edge_index: np.ndarray, coordinates: np.ndarray) -> Payload:
    return Payload({"edge_index": edge_index, "coordinates": coordinates.astype(np.float32)})
