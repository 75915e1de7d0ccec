"""METIS on the graph of Jaccard similarities between rows (optional package pymetis)."""

import numpy as np

from methods.structured_tickets.partition.balance import capacity, rebalanced
from methods.structured_tickets.partition.optional import require
from methods.structured_tickets.partition.similarity import jaccard_weights
from methods.structured_tickets.validation import BoolArray, IntArray


def metis_partition(mask: BoolArray, k: int, balance: float, seeds: list[int]) -> list[IntArray]:
    """Labels of small cuts: rows are vertices, an edge weighs round(1000 Jaccard), a zero weight is no edge.

    METIS takes `balance` as a soft limit (ufactor, at least 1.001); rows beyond the capacity are moved afterwards.

    Raises:
        ImportError: pymetis is not installed.
    """
    pymetis = require("pymetis")
    from methods.structured_tickets.partition.shared_columns import shared_columns

    gram = shared_columns(mask)
    weights = jaccard_weights(gram, mask.sum(axis=1))
    sources, targets = np.nonzero(weights)
    starts = np.searchsorted(sources, np.arange(len(mask) + 1))
    graph = {
        "adjacency": pymetis.CSRAdjacency(starts.astype(np.int32), targets.astype(np.int32)),
        "eweights": weights[sources, targets].astype(np.int32),
    }
    ufactor = max(1, round(1000 * (balance - 1)))
    cuts = (
        pymetis.part_graph(k, **graph, options=pymetis.Options(seed=seed % 2**31, ufactor=ufactor))
        for seed in seeds
    )
    most = capacity(len(mask), k, balance)
    return [rebalanced(np.asarray(labels, dtype=np.int64), gram, k, most) for _, labels in cuts]
