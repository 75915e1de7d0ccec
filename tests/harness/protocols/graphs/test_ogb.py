"""OGB sets in ogb's own on-disk form, its guards, and its evaluator against ours."""

import builtins
import gzip
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.contract.scoring import accuracy, roc_auc
from harness.contract.split import splits_from_arrays
from harness.data.access import DataAccess
from harness.data.datasets import open_dataset, verify
from harness.errors import DataCorrupted
from harness.families import dataset_entry
from harness.protocols.graphs.arrays import GraphDataset
from harness.protocols.graphs.readers.ogb_evaluation import ogb_evaluate
from harness.protocols.graphs.readers.ogb_guards import guarded_ogb
from harness.protocols.graphs.readers.ogb_sets import read_graphs, read_nodes
from tests.harness.data.conftest import Declare

ATOM_DIMS = [119, 5, 12, 12, 10, 6, 6, 2, 2]
SIZES = [3, 4, 2, 5, 3, 4]  # nodes of path graphs
LABELS = [0, 1, 0, 1, 1, 0]


def write(path: Path, rows: Iterable[Iterable[float]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(",".join(map(str, row)) + "\n" for row in rows).encode()))


def write_split(folder: Path, train: list[int], valid: list[int], test: list[int]) -> None:
    for name, items in (("train", train), ("valid", valid), ("test", test)):
        write(folder / f"{name}.csv.gz", ([item] for item in items))


def write_molecules(root: Path) -> Path:
    """Paths of atoms, each bond once, as ogb ships molecules."""
    folder = root / "ogb" / "ogbg_molhiv"
    atoms = np.random.default_rng(0).integers(0, ATOM_DIMS, size=(sum(SIZES), 9))
    bonds = [(i, i + 1) for size in SIZES for i in range(size - 1)]
    write(folder / "raw" / "edge.csv.gz", bonds)
    write(folder / "raw" / "edge-feat.csv.gz", [(0, 0, 0)] * len(bonds))
    write(folder / "raw" / "node-feat.csv.gz", atoms.tolist())
    write(folder / "raw" / "graph-label.csv.gz", ([label] for label in LABELS))
    write(folder / "raw" / "num-node-list.csv.gz", ([size] for size in SIZES))
    write(folder / "raw" / "num-edge-list.csv.gz", ([size - 1] for size in SIZES))
    write_split(folder / "split" / "scaffold", [5, 0, 1], [2], [4, 3])
    (folder / "RELEASE_v1.txt").touch()
    return folder


def write_papers(root: Path) -> Path:
    """A directed cycle of ten papers, one citation returned."""
    folder = root / "ogb" / "ogbn_arxiv"
    edges = [(i, (i + 1) % 10) for i in range(10)] + [(1, 0)]
    write(folder / "raw" / "edge.csv.gz", edges)
    write(folder / "raw" / "node-feat.csv.gz", [[i / 2, 0.0, -1.5] for i in range(10)])
    write(folder / "raw" / "node-label.csv.gz", ([i % 3] for i in range(10)))
    write(folder / "raw" / "node_year.csv.gz", ([2000 + i] for i in range(10)))
    write(folder / "raw" / "num-node-list.csv.gz", [[10]])
    write(folder / "raw" / "num-edge-list.csv.gz", [[len(edges)]])
    write_split(folder / "split" / "time", [0, 1, 2, 3, 4], [5, 6], [7, 8, 9])
    (folder / "RELEASE_v1.txt").touch()
    return folder


@pytest.fixture
def tiny(access: DataAccess, declare: Declare) -> DataAccess:
    """The two sets, tiny, in the data root; their published sizes put aside."""
    declare(*(replace(dataset_entry(name), items=None) for name in ("ogb/ogbg-molhiv", "ogb/ogbn-arxiv")))
    assert access.root is not None
    write_molecules(access.root)
    write_papers(access.root)
    return access


def test_molecules_through_the_front_door(tiny: DataAccess) -> None:
    data = open_dataset("ogb/ogbg-molhiv", tiny)
    assert isinstance(data, GraphDataset)
    atoms = np.random.default_rng(0).integers(0, ATOM_DIMS, size=(sum(SIZES), 9))
    assert np.array_equal(data.collection.node_codes, atoms)
    assert data.collection.cardinalities.tolist() == ATOM_DIMS
    assert data.collection.num_nodes.tolist() == SIZES
    assert data.collection.num_edges.tolist() == [size - 1 for size in SIZES]
    assert data.collection.edge_index[:, :4].T.tolist() == [[0, 1], [1, 0], [1, 2], [2, 1]]
    assert (data.targets.tolist(), data.num_classes) == (LABELS, 2)
    (split,) = data.splits
    assert [part.tolist() for part in (split.train, split.valid, split.test)] == [[0, 1, 5], [2], [3, 4]]
    assert "ogb's official scaffold split" in data.provenance
    assert verify("ogb/ogbg-molhiv", tiny).fingerprint == data.fingerprint


def test_papers(tiny: DataAccess, tmp_path: Path) -> None:
    payload = read_nodes(write_papers(tmp_path / "work"), dataset_entry("ogb/ogbn-arxiv"))
    assert payload["edge_index"].shape == (2, 20)
    assert payload["feature_indices"].tolist() == [2] + [0, 2] * 9
    assert payload["feature_values"][:3].tolist() == [-1.5, 0.5, -1.5]
    assert payload["targets"].tolist() == [i % 3 for i in range(10)]
    assert (payload.facts["num_classes"], payload.facts["num_features"]) == (40, 3)
    assert splits_from_arrays(payload.arrays)[0].test.tolist() == [7, 8, 9]


def test_another_release_raises_instead_of_asking(tmp_path: Path) -> None:
    folder = write_molecules(tmp_path)
    (folder / "RELEASE_v1.txt").rename(folder / "RELEASE_v0.txt")
    with pytest.raises(DataCorrupted, match="Will you update the dataset now"):
        read_graphs(folder, dataset_entry("ogb/ogbg-molhiv"))
    assert (folder / "raw" / "edge.csv.gz").exists()


def test_missing_raw_file_never_asks_the_network(tmp_path: Path) -> None:
    folder = write_molecules(tmp_path)
    (folder / "raw" / "edge.csv.gz").unlink()
    with pytest.raises(DataCorrupted, match="missing"):
        read_graphs(folder, dataset_entry("ogb/ogbg-molhiv"))


def test_atom_features_out_of_range(tmp_path: Path) -> None:
    folder = write_molecules(tmp_path)
    write(folder / "raw" / "node-feat.csv.gz", [[0] * 8 + [2]] * sum(SIZES))
    with pytest.raises(DataCorrupted, match="atom feature is out of ogb's range"):
        read_graphs(folder, dataset_entry("ogb/ogbg-molhiv"))


def test_targets_with_gaps(tmp_path: Path) -> None:
    folder = write_molecules(tmp_path)
    write(folder / "raw" / "graph-label.csv.gz", ([label] for label in ["nan", *LABELS[1:]]))
    with pytest.raises(DataCorrupted, match="without gaps"):
        read_graphs(folder, dataset_entry("ogb/ogbg-molhiv"))


def test_guards_put_everything_back(tmp_path: Path) -> None:
    import torch

    before = (builtins.input, torch.load, sys.modules.get("outdated"), os.environ.get("OUTDATED_IGNORE"))
    with pytest.raises(DataCorrupted, match="sure"), guarded_ogb(tmp_path):
        input("sure?")
    after = (builtins.input, torch.load, sys.modules.get("outdated"), os.environ.get("OUTDATED_IGNORE"))
    assert after == before


def test_only_the_file_that_ogb_wrote_is_loaded_with_objects(tmp_path: Path) -> None:
    import torch
    from torch_geometric.data import Data

    own = tmp_path / "processed" / "geometric_data_processed.pt"
    own.parent.mkdir()
    other = tmp_path / "other.pt"
    torch.save(Data(num_nodes=2), other)
    with guarded_ogb(tmp_path):
        torch.save(Data(num_nodes=2), own)
        assert torch.load(str(own)).num_nodes == 2
        with pytest.raises(Exception, match="weights_only"):
            torch.load(other)
    with pytest.raises(Exception, match="weights_only"):
        torch.load(own)


@pytest.mark.parametrize(
    ("guard", "starts"), [("guarded_ogb", False), ("nullcontext", True)], ids=["guarded", "bare"]
)
def test_importing_ogb_starts_no_thread_and_asks_no_network(guard: str, starts: bool) -> None:
    """The bare import, which does start one, shows that the guard is what prevents it."""
    script = f"""
import socket, sys, threading
def refuse(*a, **k): raise AssertionError("the network was asked")
socket.getaddrinfo = socket.create_connection = refuse
started = []
start = threading.Thread.start
threading.Thread.start = lambda self: (started.append(self.name), start(self))
from contextlib import nullcontext
from harness.protocols.graphs.readers.ogb_guards import guarded_ogb
with {guard}():
    import ogb.version
print(bool(started))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == [str(starts)]


def test_our_metrics_equal_those_of_ogb() -> None:
    generator = np.random.default_rng(1)
    targets = generator.integers(0, 2, 200)
    scores = np.round(generator.normal(size=(200, 2)) + 0.5 * np.eye(2)[targets], 1)
    by_ogb = ogb_evaluate("ogb/ogbg-molhiv", targets, scores)
    assert by_ogb == {"rocauc": pytest.approx(roc_auc(scores[:, 1] - scores[:, 0], targets), abs=1e-12)}
    targets, scores = generator.integers(0, 40, 300), generator.normal(size=(300, 40))
    scores[np.arange(150), targets[:150]] += 9
    assert ogb_evaluate("ogbn-arxiv", targets, scores) == {"acc": pytest.approx(accuracy(scores, targets))}
    with pytest.raises(ValueError, match="ogbg- or ogbn-"):
        ogb_evaluate("tu/MUTAG", targets, scores)
