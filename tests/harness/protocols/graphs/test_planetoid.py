"""Planetoid sets against published counts."""

from pathlib import Path

import numpy as np
import pytest

from harness.data.access import DataAccess
from harness.data.datasets import open_dataset
from harness.errors import DataCorrupted
from harness.families import dataset_entry
from harness.protocols.graphs.arrays import NodeDataset
from harness.protocols.graphs.readers.edges import degrees
from harness.protocols.graphs.readers.planetoid import read


@pytest.mark.parametrize(
    ("name", "nodes", "edges", "features", "classes", "isolated"),
    [("Cora", 2708, 5278, 1433, 7, 0), ("CiteSeer", 3327, 4552, 3703, 6, 48)],
)
def test_published_counts(
    name: str, nodes: int, edges: int, features: int, classes: int, isolated: int, data_root: Path, tmp_path: Path
) -> None:
    data = open_dataset(f"planetoid/{name}", DataAccess(data_root, tmp_path, offline=True))
    assert isinstance(data, NodeDataset)
    graph, (split,) = data.graph, data.splits
    assert (graph.num_nodes, graph.num_features, data.num_classes) == (nodes, features, classes)
    assert graph.edge_index.shape == (2, 2 * edges)
    assert int((degrees(graph.edge_index, nodes) == 0).sum()) == isolated
    assert set(graph.feature_values) == {1.0}
    assert np.bincount(data.targets[split.train]).tolist() == [20] * classes
    assert (len(split.valid), len(split.test)) == (500, 1000)


def test_missing_raw_file_never_asks_the_network(tmp_path: Path) -> None:
    (tmp_path / "Cora" / "raw").mkdir(parents=True)
    with pytest.raises(DataCorrupted, match="missing"):
        read(tmp_path / "Cora", dataset_entry("planetoid/Cora"))
