"""KaHyPar on the hypergraph of columns (optional package kahypar)."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from methods.structured_tickets.partition.balance import capacity, rebalanced
from methods.structured_tickets.partition.optional import require
from methods.structured_tickets.partition.random import random_partition
from methods.structured_tickets.validation import BoolArray, IntArray

# Direct k-way partitioning: coarsening by heavy edges, recursive bisection of the coarsest level, k-way
# Fiduccia-Mattheyses refinement. The package brings no configuration, and without one it ends the process.
COARSENING = {
    "type": "ml_style",
    "s": 1,
    "rating-score": "heavy_edge",
    "rating-use-communities": "false",
    "rating-heavy_node_penalty": "no_penalty",
    "rating-acceptance-criterion": "best_prefer_unmatched",
    "fixed-vertex-acceptance-criterion": "fixed_vertex_allowed",
}
REFINEMENT = {"runs": -1, "fm-stop": "simple", "fm-stop-i": 50}
CONFIGURATION: dict[str, Any] = {
    "mode": "direct",
    "objective": "km1",
    "seed": -1,
    "cmaxnet": -1,
    "vcycles": 0,
    "p-use-sparsifier": "false",
    "p-detect-communities": "false",
    **{f"c-{name}": value for name, value in {**COARSENING, "t": 160}.items()},
    "i-mode": "recursive",
    "i-technique": "multi",
    **{f"i-c-{name}": value for name, value in {**COARSENING, "t": 150}.items()},
    "i-algo": "pool",
    "i-runs": 20,
    "i-bp-algorithm": "worst_fit",
    "i-bp-heuristic-prepacking": "false",
    "i-bp-early-restart": "true",
    "i-bp-late-restart": "true",
    **{f"i-r-{name}": value for name, value in {"type": "twoway_fm", **REFINEMENT}.items()},
    **{f"r-{name}": value for name, value in {"type": "kway_fm_km1", **REFINEMENT}.items()},
}


def kahypar_partition(mask: BoolArray, k: int, balance: float, seeds: list[int]) -> list[IntArray]:
    """Labels that keep the connectivity minus one small: rows are vertices, a column joins the rows that use it.

    KaHyPar takes `balance` as its epsilon, relative to ceil(R / k); rows beyond the capacity are moved afterwards.

    Raises:
        ImportError: kahypar is not installed.
    """
    kahypar = require("kahypar")
    from methods.structured_tickets.partition.shared_columns import shared_columns

    shared = mask[
        :, mask.sum(axis=0) > 1
    ]  # a column of one row is never cut; KaHyPar crashes if it has only such columns
    if not shared.size:
        return random_partition(mask, k, balance, seeds)
    columns, rows = np.nonzero(shared.T)
    starts = np.searchsorted(columns, np.arange(shared.shape[1] + 1))
    gram, most = shared_columns(mask), capacity(len(mask), k, balance)
    partitions = []
    for seed in seeds:
        hypergraph = kahypar.Hypergraph(len(mask), shared.shape[1], starts.tolist(), rows.tolist(), k)
        kahypar.partition(hypergraph, _context(kahypar, k, balance, seed))
        labels = np.array([hypergraph.blockID(row) for row in range(len(mask))], dtype=np.int64)
        partitions.append(rebalanced(labels, gram, k, most))
    return partitions


def _context(kahypar: Any, k: int, balance: float, seed: int) -> Any:
    context = kahypar.Context()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "km1.ini"
        path.write_text("".join(f"{name}={value}\n" for name, value in CONFIGURATION.items()))
        context.loadINIconfiguration(str(path))
    context.setK(k)
    context.setEpsilon(balance - 1)
    context.setSeed(seed % 2**31)
    context.suppressOutput(True)
    return context


def connectivity_minus_one(mask: BoolArray, labels: IntArray) -> int:
    """Sum over non-empty columns of (groups that have a nonzero in it - 1): the objective of hMETIS and KaHyPar."""
    touched = np.stack([mask[labels == group].any(axis=0) for group in np.unique(labels[labels >= 0])])
    return int(np.maximum(touched.sum(axis=0) - 1, 0).sum())
