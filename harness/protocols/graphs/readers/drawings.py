"""Graphs drawn in the plane, for reconstruction: the ring and the grid of the pooling literature."""

import numpy as np

from harness.data.entry import DatasetEntry
from harness.protocols.graphs.arrays import CoordinateGraph, content_fingerprint
from harness.protocols.graphs.readers.edges import undirected_edges


def ring(entry: DatasetEntry) -> CoordinateGraph:
    """Return a cycle of N = options["nodes"] nodes, node i at (cos 2πi/N, sin 2πi/N) (Bianchi et al. 2020)."""
    count = int(entry.options["nodes"])
    nodes = np.arange(count)
    angles = 2 * np.pi * nodes / count
    edges = undirected_edges(nodes, (nodes + 1) % count, count)
    return _drawn(entry, edges, np.stack([np.cos(angles), np.sin(angles)], axis=1))


def grid(entry: DatasetEntry) -> CoordinateGraph:
    """Return the 4-neighbour grid of side n = options["side"]; node r·n + q lies at (q/n, (n-1-r)/n)."""
    side = int(entry.options["side"])
    nodes = np.arange(side * side).reshape(side, side)
    source = np.concatenate([nodes[:, :-1].ravel(), nodes[:-1].ravel()])
    target = np.concatenate([nodes[:, 1:].ravel(), nodes[1:].ravel()])
    rows, columns = np.divmod(np.arange(side * side), side)
    coordinates = np.stack([columns / side, (side - 1 - rows) / side], axis=1)
    return _drawn(entry, undirected_edges(source, target, side * side), coordinates)


def _drawn(entry: DatasetEntry, edge_index: np.ndarray, coordinates: np.ndarray) -> CoordinateGraph:
    arrays = {"edge_index": edge_index, "coordinates": coordinates.astype(np.float32)}
    fingerprint = content_fingerprint(arrays, {"name": entry.name, "version": entry.version})
    provenance = f"generated from its closed form, version {entry.version}"
    return CoordinateGraph(entry.name, edge_index, arrays["coordinates"], fingerprint, provenance)
