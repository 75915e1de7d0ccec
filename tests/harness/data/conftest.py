"""Fixtures of the data tests: an empty cache, a misbehaving server, and a set with a reader of a few lines."""

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import families
from harness.data.access import DataAccess
from harness.data.entry import DatasetEntry, RawLayout
from tests.harness.data.local_server import LocalServer

READER = '''
"""Reads `raw/targets.txt`: one class number a line; a ring over the items is the graph."""
import numpy as np
from harness.protocols.graphs.readers.block_model import node_graph
from harness.protocols.graphs.readers.edges import undirected_edges
from harness.data.folds import stratified_split
from harness.contract.split import split_arrays
from harness.errors import DataCorrupted
from harness.payload import Payload


def read(folder, entry):
    (folder / "processed").mkdir()
    text = (folder / "raw" / "targets.txt").read_text()
    if "stop" in text:
        raise DataCorrupted("the file says stop")
    targets = np.array(text.split(), dtype=np.int64)
    n = len(targets)
    nodes = np.arange(n)
    graph = node_graph(undirected_edges(nodes, (nodes + 1) % n, n), np.eye(n))
    split = stratified_split(targets, 1, 1, entry.name)
    facts = {"kind": "nodes", "num_classes": 2, "reader": "toy", "folds": "one split", "num_features": n}
    return Payload({**graph.payload().arrays, "targets": targets, **split_arrays([split])}, facts)
'''

SLOW_READER = """
import time
from pathlib import Path
from toy_reader import read as read_at_once


def read(folder, entry):
    Path(entry.options["started"]).touch()
    time.sleep(entry.options["seconds"])
    return read_at_once(folder, entry)
"""

Declare = Callable[..., None]

TARGETS = "0\n1\n0\n1\n0\n1\n0\n1\n"


@pytest.fixture
def access(tmp_path: Path) -> DataAccess:
    """An empty data root, an empty cache, no network."""
    root = tmp_path / "root"
    root.mkdir()
    return DataAccess(root, tmp_path / "cache", offline=True)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """A server without files."""
    started = LocalServer()
    yield started
    started.stop()


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Declare data sets beside those of the families, or in place of those with their names."""

    def add(*entries: DatasetEntry) -> None:
        known = {**families.dataset_entries(), **{entry.name: entry for entry in entries}}
        monkeypatch.setattr(families, "dataset_entries", lambda: known)

    return add


@pytest.fixture
def toy_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declare: Declare) -> DatasetEntry:
    """A real set of one raw file, declared, that a process of its own can read."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "toy_reader.py").write_text(textwrap.dedent(READER))
    (modules / "slow_reader.py").write_text(textwrap.dedent(SLOW_READER))
    monkeypatch.setenv("PYTHONPATH", str(modules))
    layout = RawLayout("toy/T", ("raw/targets.txt",), ("raw/*.txt",), archive_folder="T")
    entry = DatasetEntry(
        name="toy/T",
        title="toy",
        type="harness.protocols.graphs.arrays:NodeDataset",
        kind="real",
        loader="toy_reader:read",
        licence="none",
        urls=("https://example.org/sets/T.zip",),
        raw=layout,
        classes=2,
    )
    declare(entry)
    return entry


@pytest.fixture
def toy_file(access: DataAccess, toy_entry: DatasetEntry) -> Path:
    """The toy set's raw file, in the data root."""
    assert access.root is not None
    path = access.root / "toy" / "T" / "raw" / "targets.txt"
    path.parent.mkdir(parents=True)
    path.write_text(TARGETS)
    return path
