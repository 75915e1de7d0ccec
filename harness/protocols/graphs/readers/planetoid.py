"""Planetoid citation graphs (Yang et al. 2016), public split, through ``torch_geometric.datasets.Planetoid``.

The raw files are pickles. PyG opens them after a check of their hashes and can build only arrays: a file without
a known checksum (a data root without a manifest, a first download) is not trusted.
"""

from pathlib import Path

import numpy as np

from harness.contract.split import Split, split_arrays
from harness.data.entry import DatasetEntry
from harness.data.restricted_pickle import arrays_only
from harness.errors import DataCorrupted
from harness.payload import Payload
from harness.protocols.graphs.readers.block_model import node_graph
from harness.protocols.graphs.readers.edges import undirected_edges

READER = "torch_geometric.datasets.Planetoid"


def read(folder: Path, entry: DatasetEntry) -> Payload:
    """Read ``folder/raw``; PyG writes ``folder/processed``. Features stay the raw bag of words, not normalised.

    Raises:
        DataCorrupted: a raw file is missing, damaged or holds anything but arrays.
    """
    from torch_geometric.datasets import Planetoid
    from torch_geometric.io import planetoid as reader

    class LocalPlanetoid(Planetoid):
        """Do nothing: files are never downloaded here."""

        def download(self) -> None:
            raise DataCorrupted(f"{entry.name}: raw files are missing below {folder}")

    with arrays_only(reader):
        data = LocalPlanetoid(str(folder.parent), entry.options["name"], split="public")[0]
    ends = data.edge_index.numpy()
    graph = node_graph(undirected_edges(ends[0], ends[1], data.num_nodes), data.x.numpy())
    targets = data.y.numpy().astype(np.int64)
    masks = (data.train_mask, data.val_mask, data.test_mask)
    split = Split(*(np.flatnonzero(mask.numpy()) for mask in masks))
    shared = graph.payload()
    facts = {
        **shared.facts,
        "kind": "nodes",
        "num_classes": int(targets.max()) + 1,
        "reader": READER,
        "folds": "the public split",
    }
    return Payload({**shared.arrays, "targets": targets, **split_arrays([split])}, facts)
