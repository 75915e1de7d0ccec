"""TU sets: a hand-made one through PyG against its definition, and the real ones against published counts."""

from pathlib import Path

import numpy as np
import pytest

from harness.contract.split import splits_from_arrays
from harness.data.access import DataAccess
from harness.data.datasets import locate, open_dataset, verify
from harness.errors import DataCorrupted
from harness.families import dataset_entry
from harness.protocols.graphs.arrays import GraphCollection, GraphDataset
from harness.protocols.graphs.readers.tudataset import read

ENTRY = dataset_entry("tu/MUTAG")
COUNTS = {  # graphs, classes, mean nodes, mean undirected edges
    "tu/MUTAG": (188, 2, 17.9, 19.8),
    "tu/PTC": (344, 2, 25.6, 26.0),
}


@pytest.fixture(scope="session")
def real_access(data_root: Path, tmp_path_factory: pytest.TempPathFactory) -> DataAccess:
    return DataAccess(data_root, tmp_path_factory.mktemp("cache"), offline=True)


def write_tiny(folder: Path, labels: list[int] | None) -> Path:
    """Twelve graphs: a triangle and a path a-b-c by turns, one edge in one direction only, a self-loop."""
    raw = folder / "MUTAG" / "raw"
    raw.mkdir(parents=True)
    edges, indicator, classes = [], [], []
    for graph in range(12):
        first = 3 * graph + 1
        pairs = [(0, 1), (1, 2)] + ([(0, 2)] if graph % 2 == 0 else [])
        both = [(first + a, first + b) for a, b in pairs] + [(first + b, first + a) for a, b in pairs]
        edges += [*both[:-1], (first, first)] if graph == 0 else both
        indicator += [graph + 1] * 3
        classes.append(1 if graph % 2 == 0 else -1)
    (raw / "MUTAG_A.txt").write_text("".join(f"{a}, {b}\n" for a, b in edges))
    (raw / "MUTAG_graph_indicator.txt").write_text("".join(f"{g}\n" for g in indicator))
    (raw / "MUTAG_graph_labels.txt").write_text("".join(f"{c}\n" for c in classes))
    if labels:
        (raw / "MUTAG_node_labels.txt").write_text("".join(f"{c}\n" for c in labels * 12))
    return folder / "MUTAG"


def test_tiny_set_without_fold_lists(tmp_path: Path) -> None:
    payload = read(write_tiny(tmp_path, [7, 3, 7]), ENTRY)
    collection = GraphCollection.from_payload(payload)
    assert payload["targets"].tolist() == [1, 0] * 6
    assert collection.num_nodes.tolist() == [3] * 12
    assert collection.num_edges.tolist() == [3, 2] * 6
    assert collection.edge_index[:, :10].T.tolist() == [
        [0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1], [3, 4], [4, 3], [4, 5], [5, 4],
    ]  # fmt: skip
    assert collection.node_codes[:6].tolist() == [[1, 1], [0, 1], [1, 1], [1, 0], [0, 1], [1, 0]]
    assert collection.cardinalities.tolist() == [2, 2]
    assert "stratified" in payload.facts["folds"]
    splits = splits_from_arrays(payload.arrays)
    assert len(splits) == 10
    assert np.array_equal(np.sort(np.concatenate([s.test for s in splits])), np.arange(12))


def test_tiny_set_without_labels_with_fold_lists(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path, None)
    lists = folder / "10fold_idx"
    lists.mkdir()
    for fold in range(10):
        (lists / f"test_idx-{fold + 1}.txt").write_text(f"{9 - fold}\n")
    payload = read(folder, ENTRY)
    assert not payload["node_codes"][:, 0].any()
    assert payload["cardinalities"].tolist() == [1, 2]
    first, *_, last = splits_from_arrays(payload.arrays)
    assert (first.test.tolist(), first.valid.tolist()) == ([9], [0])
    assert last.train.tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert "distributed" in payload.facts["folds"]


def test_an_edge_between_two_graphs_is_refused(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path, [7, 3, 7])
    with (folder / "raw" / "MUTAG_A.txt").open("a") as file:
        file.write("4, 9\n9, 4\n")  # a node of the second and one of the third graph
    with pytest.raises(DataCorrupted, match="graph 1 has 3 nodes and an edge that ends at a node of another graph"):
        read(folder, ENTRY)


def test_every_column_of_node_labels_is_kept(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path, None)
    rows = [(7, 1), (3, 5), (7, 2)]
    (folder / "raw" / "MUTAG_node_labels.txt").write_text("".join(f"{a}, {b}\n" for a, b in rows * 12))
    payload = read(folder, ENTRY)
    assert payload["node_codes"][:3].tolist() == [[1, 0, 1], [0, 2, 1], [1, 1, 1]]
    assert payload["cardinalities"].tolist() == [2, 3, 2]


def test_node_labels_must_match_the_nodes(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path, [7, 3, 7])
    with (folder / "raw" / "MUTAG_node_labels.txt").open("a") as file:
        file.write("3\n")
    with pytest.raises(DataCorrupted, match="each of 36 nodes, got 37 rows"):
        read(folder, ENTRY)


def test_missing_raw_file_never_asks_the_network(tmp_path: Path) -> None:
    folder = write_tiny(tmp_path, None)
    (folder / "raw" / "MUTAG_A.txt").unlink()
    with pytest.raises(DataCorrupted, match="missing"):
        read(folder, ENTRY)


@pytest.mark.parametrize("name", COUNTS)
def test_published_counts(name: str, real_access: DataAccess) -> None:
    data = open_dataset(name, real_access)
    assert isinstance(data, GraphDataset)
    graphs, classes, nodes, edges = COUNTS[name]
    assert (len(data.collection), data.num_classes) == (graphs, classes)
    assert data.collection.num_nodes.mean() == pytest.approx(nodes, abs=0.05)
    assert data.collection.num_edges.mean() == pytest.approx(edges, abs=0.05)
    assert len(data.splits) == 10
    for fold, split in enumerate(data.splits):
        parts = np.sort(np.concatenate([split.train, split.valid, split.test]))
        assert np.array_equal(parts, np.arange(graphs))
        listed = real_access.root / "tudataset" / name[3:] / "10fold_idx" / f"test_idx-{fold + 1}.txt"  # type: ignore[operator]
        assert set(split.test) == set(map(int, listed.read_text().split()))
        assert np.array_equal(split.valid, data.splits[fold - 1].test)


def test_graphs_equal_the_raw_text(real_access: DataAccess) -> None:
    """The arrays against the raw text, read without any library."""
    data = open_dataset("tu/MUTAG", real_access)
    assert isinstance(data, GraphDataset)
    assert real_access.root is not None
    raw = real_access.root / "tudataset" / "MUTAG" / "raw"
    pairs = np.loadtxt(raw / "MUTAG_A.txt", delimiter=",", dtype=np.int64) - 1
    assert np.array_equal(data.collection.edge_index.T, np.unique(pairs, axis=0))
    labels = np.loadtxt(raw / "MUTAG_node_labels.txt", dtype=np.int64)
    assert np.array_equal(np.unique(labels)[data.collection.node_codes[:, 0]], labels)
    indicator = np.loadtxt(raw / "MUTAG_graph_indicator.txt", dtype=np.int64)
    assert np.array_equal(data.collection.num_nodes, np.bincount(indicator)[1:])
    classes = np.loadtxt(raw / "MUTAG_graph_labels.txt", dtype=np.int64)
    assert np.array_equal(np.unique(classes)[data.targets], classes)


def test_real_set_verifies_against_the_manifest(real_access: DataAccess) -> None:
    assert locate("tu/MUTAG", real_access).status == "data root"
    found = verify("tu/MUTAG", real_access)
    assert found.fingerprint == open_dataset("tu/MUTAG", real_access).fingerprint
    assert "14 raw files" in found.checks[0]
