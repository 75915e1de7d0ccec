"""Canonical form of undirected edges, used by every data set here."""

import numpy as np


def undirected_edges(source: np.ndarray, target: np.ndarray, num_nodes: int) -> np.ndarray:
    """Return each undirected edge in both directions, once, without self-loops, sorted by source, then target.

    Args:
        source, target: (m,) node numbers; in any direction, repetitions allowed.
        num_nodes: N.

    Returns:
        (2, E) int64.

    Raises:
        ValueError: a node number outside 0..num_nodes-1.
    """
    source, target = np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64)
    for end in (source, target):
        if end.size and (end.min() < 0 or end.max() >= num_nodes):
            raise ValueError(f"node numbers must lie in 0..{num_nodes - 1}, got {end.min()}..{end.max()}")
    kept = source != target
    forth = source[kept] * num_nodes + target[kept]
    back = target[kept] * num_nodes + source[kept]
    keys = np.unique(np.concatenate([forth, back]))
    return np.stack(np.divmod(keys, max(num_nodes, 1)))


def degrees(edge_index: np.ndarray, num_nodes: int) -> np.ndarray:
    """Return the degree of each node, shape (N,) int64."""
    return np.bincount(edge_index[0], minlength=num_nodes)


def as_codes(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the rank of each value among the distinct ones, shape (N,) int64, and the number of these."""
    vocabulary, codes = np.unique(values, return_inverse=True)
    return codes.reshape(-1).astype(np.int64), len(vocabulary)
